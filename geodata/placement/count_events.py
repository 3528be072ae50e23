"""Turn filed counts (by cell or by prefecture) into the same changes of counts."""

from datetime import date

import pandas as pd

from geodata.calendar import period_ends

ADVANCED_CLASSES = ("sub6", "mmwave", "all")
"""Classes whose ``n_advanced`` counts for 5G基盤展開率 (domain.md 4.3)."""

_VALUES = ["station", "advanced"]


def mesh_count_events(
    counts: pd.DataFrame, filed_as_of: date, mesh2_facts: pd.DataFrame
) -> pd.DataFrame:
    """Events of one ``mesh_counts.csv``: cumulative counts at fiscal year ends.

    Parameters
    ----------
    counts : DataFrame
        Rows of ``raw.mesh_count`` of one filing. Not modified.
    filed_as_of : date
        The filing's as-of date: years that end on or before it are operating, later
        ones planned.
    mesh2_facts : DataFrame
        ``mesh2``, ``pref_code``, ``prefecture_count``.

    Returns
    -------
    DataFrame
        Columns of ``core.station_event``, unit ``station_band``. Between year ends,
        and for a cell that a later year leaves out, the last count holds.
    """
    levels = counts.assign(
        station=counts[["n_advanced", "n_ordinary", "n_indoor"]].sum(axis=1),
        advanced=counts["n_advanced"].where(
            counts["band_class"].isin(ADVANCED_CLASSES), 0
        ),
    )
    place = ["carrier", "mesh2"]
    by_class = levels[levels["band_class"] != "all"]
    steps = pd.concat(
        [
            _differences(by_class, [*place, "band_class"]),
            _differences(_cell_totals(levels), [*place, "band_class"]),
        ],
        ignore_index=True,
    )
    facts = mesh2_facts[["mesh2", "pref_code", "prefecture_count"]]
    steps = steps.merge(facts, on="mesh2", how="left", validate="m:1")
    steps["is_border_cell"] = steps.pop("prefecture_count") > 1
    return _on_both_bases(steps, filed_as_of)


def prefecture_count_events(counts: pd.DataFrame, filed_as_of: date) -> pd.DataFrame:
    """Events of one ``prefecture_counts.csv``, of a filing that holds nothing finer.

    Cells are not known, so ``mesh2`` is null; classes are not known, so only the
    band class ``all`` has rows.
    """
    levels = counts.assign(
        band_class="all",
        station=counts["n_advanced"] + counts["n_ordinary"],
        advanced=counts["n_advanced"],
    )
    steps = _differences(levels, ["carrier", "pref_code", "band_class"])
    steps["mesh2"] = pd.array([pd.NA] * len(steps), dtype="Int64")
    return _on_both_bases(steps.assign(is_border_cell=False), filed_as_of)


def _cell_totals(levels: pd.DataFrame) -> pd.DataFrame:
    """Total per cell and year: the filed ``all``, or the sum of the classes held."""
    key = ["carrier", "mesh2", "fiscal_year"]
    wide = levels.pivot_table(index=key, columns="band_class", values=_VALUES)
    held = wide.groupby(level=["carrier", "mesh2"]).ffill().fillna(0)
    totals = {}
    for value in _VALUES:
        classes = held[value].drop(columns="all", errors="ignore").sum(axis=1)
        filed = wide[value].get("all", pd.Series(index=wide.index, dtype=float))
        totals[value] = filed.astype("Float64").fillna(classes.astype("Float64"))
    return pd.DataFrame(totals).astype("int64").reset_index().assign(band_class="all")


def _differences(levels: pd.DataFrame, series: list[str]) -> pd.DataFrame:
    """Year-to-year changes of each series of cumulative counts."""
    ordered = levels.sort_values([*series, "fiscal_year"])
    before = ordered.groupby(series)[_VALUES].shift().fillna(0)
    change = (ordered[_VALUES] - before).astype("int64")
    steps = ordered[[*series, "fiscal_year"]].assign(
        station_delta=change["station"], advanced_delta=change["advanced"]
    )
    return steps[(change != 0).any(axis=1)]


def _on_both_bases(steps: pd.DataFrame, filed_as_of: date) -> pd.DataFrame:
    whole_year = pd.Series(pd.NA, index=steps.index, dtype="Int8")
    year_end = period_ends(steps["fiscal_year"].astype("Int16"), whole_year)
    steps = steps.drop(columns="fiscal_year").assign(
        effective_on=year_end, unit="station_band"
    )
    operating = steps[steps["effective_on"] <= pd.Timestamp(filed_as_of)]
    return pd.concat(
        [operating.assign(basis="operating"), steps.assign(basis="planned")],
        ignore_index=True,
    )
