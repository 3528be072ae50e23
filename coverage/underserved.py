"""Target meshes that no carrier serves, with the reasons: a list for review."""

import numpy as np
import pandas as pd

from coverage.labels import COMBINED, RunLabels, carriers_with_cells, labelled

_CELL = ["as_of", "basis", "mesh2"]


def underserved_mesh(
    status: pd.DataFrame,
    events: pd.DataFrame,
    cells: pd.DataFrame,
    forms: pd.DataFrame,
    labels: RunLabels,
) -> pd.DataFrame:
    """Target meshes without a qualifying advanced station of any carrier.

    Parameters
    ----------
    status : DataFrame
        Rows of ``core.mesh2_status``. Not modified.
    events : DataFrame
        Rows of ``core.station_event``: tells which plan serves a cell later.
    cells : DataFrame
        Rows of ``core.mesh2_cell``: people and designations.
    forms : DataFrame
        Rows of ``core.carrier_filing``. A carrier whose filing is missing, or tells
        no cells, has null rows.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``out.underserved_mesh``. Reasons, semicolon separated:

        ``target_without_parent``
            every row: the cell is a target and nobody has an advanced station;
        ``planned_later``
            a plan serves it after the day; when and by whom stand beside;
        ``plan_overdue``
            a plan should have served it by the day, but nothing operates;
        ``no_plan``
            no filing plans to serve it;
        ``carrier_missing``
            a carrier's filing is missing, so the cell may yet be served;
        ``stations_without_parent``
            carriers have stations there, none of them a qualifying advanced one;
        ``withdrawn``
            it had an advanced station before.

    Notes
    -----
    Source: domain.md 7.1 (project decision). A row is no decision on eligibility.
    """
    unserved = _unserved(status)
    later = _later_service(unserved, events, labels)
    rows = unserved.merge(later, on=_CELL, how="left")
    rows = rows.merge(_carriers_present(status, labels), on=_CELL, how="left")
    rows["carriers_present"] = rows["carriers_present"].fillna("")
    attributes = ["population_count", "disadvantaged_kinds", "is_disadvantaged"]
    rows = rows.merge(
        cells[["mesh2", *attributes]], on="mesh2", how="left", validate="m:1"
    )
    rows["planned_before"] = _served_by_plan(rows, status)
    included = carriers_with_cells(forms)
    is_missing = len(included) < len(labels.carriers)
    rows["reasons"] = _reasons(rows, is_missing)
    rows = labelled(rows.assign(carrier=COMBINED), included, labels)
    return rows.drop(columns=["carrier", "first_advanced_on", "planned_before"])


def _unserved(status: pd.DataFrame) -> pd.DataFrame:
    combined = status[(status["carrier"] == COMBINED) & status["is_target"]]
    is_unserved = ~combined["is_served"].fillna(False).astype(bool)
    columns = [*_CELL, "pref_code", "bureau_code", "first_advanced_on"]
    return combined.loc[is_unserved, columns].reset_index(drop=True)


def _later_service(
    unserved: pd.DataFrame, events: pd.DataFrame, labels: RunLabels
) -> pd.DataFrame:
    """First planned service after each row's day, and by which carriers."""
    planned = events[
        (events["unit"] == "station_band")
        & (events["band_class"] == "all")
        & (events["basis"] == "planned")
        & (events["advanced_delta"] > 0)
        & events["mesh2"].isin(unserved["mesh2"])
    ][["mesh2", "carrier", "effective_on"]].drop_duplicates()
    later = unserved[_CELL].merge(planned, on="mesh2")
    later = later[later["effective_on"] > later["as_of"]]
    first = later.groupby(_CELL)["effective_on"].transform("min")
    on_first = _in_display_order(later[later["effective_on"] == first], labels)
    return (
        on_first.groupby(_CELL)
        .agg(
            served_later_on=("effective_on", "min"),
            served_later_by=("carrier", ";".join),
        )
        .reset_index()
    )


def _carriers_present(status: pd.DataFrame, labels: RunLabels) -> pd.DataFrame:
    has_station = status["station_count"].fillna(0) > 0
    own = status[has_station & status["carrier"].isin(labels.carriers)]
    present = _in_display_order(own, labels).groupby(_CELL)["carrier"].agg(";".join)
    return present.rename("carriers_present").reset_index()


def _in_display_order(rows: pd.DataFrame, labels: RunLabels) -> pd.DataFrame:
    order = {carrier: rank for rank, carrier in enumerate(labels.carriers)}
    return rows.sort_values("carrier", key=lambda names: names.map(order))


def _served_by_plan(rows: pd.DataFrame, status: pd.DataFrame) -> pd.Series:
    """Whether the plans say that the cell is served on the row's day."""
    planned = status[
        (status["carrier"] == COMBINED)
        & (status["basis"] == "planned")
        & status["is_served"].fillna(False)
    ][["as_of", "mesh2"]].assign(planned_before=True)
    merged = rows[["as_of", "mesh2"]].merge(planned, on=["as_of", "mesh2"], how="left")
    return merged["planned_before"].notna()


def _reasons(rows: pd.DataFrame, is_missing: bool) -> list[str]:
    has_later = rows["served_later_on"].notna()
    tests = {
        "target_without_parent": np.ones(len(rows), bool),
        "planned_later": has_later,
        "plan_overdue": rows["planned_before"],
        "no_plan": ~has_later & ~rows["planned_before"],
        "carrier_missing": np.full(len(rows), is_missing),
        "stations_without_parent": rows["carriers_present"] != "",
        "withdrawn": rows["first_advanced_on"].notna(),
    }
    applies = np.column_stack([np.asarray(test, bool) for test in tests.values()])
    names = np.array(list(tests), dtype=object)
    return [";".join(names[row]) for row in applies]
