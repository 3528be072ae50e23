"""サブ6展開率: share of the high-traffic 1 km cells that sub-6 serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.cell_rates import CellScopes, cell_scopes, row_status, with_rates
from coverage.editions import FILED
from coverage.exact import reaches
from coverage.labels import (
    COMBINED,
    RunLabels,
    State,
    carriers_with_counts,
    labelled,
)
from geodata import mesh
from geodata.errors import TableError
from geodata.reference import Target

_SUB6 = "sub6"
_SHARE_ERROR = 1e-9
_STARTS = {"operating": "operating_from", "planned": "planned_from"}

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sub6Tables:
    """What tells which cells sub-6 serves.

    Attributes
    ----------
    stations : DataFrame
        Rows of ``core.station``: ``carrier``, ``band_class``, ``is_outdoor``,
        ``mesh3``, ``operating_from``, ``planned_from``, ``ends_on``.
    editions : DataFrame
        Rows of ``core.coverage_edition``; those filed as sub6 are used.
    shares : DataFrame
        Rows of ``core.mesh4_coverage``: ``edition``, ``mesh4``, ``covered_share``.
    forms : DataFrame
        Rows of ``core.carrier_filing``.
    """

    stations: pd.DataFrame
    editions: pd.DataFrame
    shares: pd.DataFrame
    forms: pd.DataFrame


def sub6_rate(
    high_traffic: pd.DataFrame | None,
    tables: Sub6Tables,
    scopes: pd.DataFrame,
    states: Sequence[State],
    labels: RunLabels,
    *,
    denominator_source: str,
    area_share: Fraction,
    target_share: Fraction,
) -> pd.DataFrame | None:
    """サブ6展開率 per scope, carrier, day and basis.

    A high-traffic cell (高トラヒックエリア) is served when an outdoor sub-6 station of
    the carrier is on air in it (repeaters count, indoor stations do not), or when the
    carrier's filed sub-6 areas cover `area_share` of it or more.

    Parameters
    ----------
    high_traffic : DataFrame or None
        ``mesh3``, ``pref_code``, ``is_likely``: every prefecture that a high-traffic
        cell touches, of which one is likely (majority). Not modified.
    tables : Sub6Tables
        Stations, coverage areas and filings. Not modified.
    scopes : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    states : sequence of (date, basis)
        Days and bases to report.
    labels : RunLabels
        What holds for the whole run, but for the denominator.
    denominator_source : str
        Of the high-traffic cells: ``official``, or ``derived:hightraffic-v1``.
    area_share : Fraction
        Part of a cell to be covered, inclusive: 3/4.
    target_share : Fraction
        Goal of サブ6展開率: 80/100.

    Returns
    -------
    DataFrame or None
        Columns of ``out.sub6_rate``; None where no high-traffic cell is known. Under
        ``majority`` prefectures and bureaus add up to the nation. Combined is the
        union of the carriers' served cells, not of their areas.

    Raises
    ------
    TableError
        A cell has no likely prefecture or several, a prefecture is unknown, or a
        share is not between 0 and 1.

    Notes
    -----
    A carrier whose filing does not tell every station by place is ``no_cells`` with
    null numbers, even where it filed sub-6 areas: with the areas alone the count
    would be too low, and nobody could see it. Its areas are not in combined either.
    Modelled areas never count. Source: domain.md 3.6.
    """
    if high_traffic is None or high_traffic.empty:
        return None
    cells = _checked(high_traffic, scopes)
    likely = cells[cells["is_likely"]]
    members = cell_scopes(likely, cells, scopes, "mesh3")
    codes = likely["mesh3"].to_numpy("int64")
    told = _carriers_with_places(tables.forms, labels)
    areas = _areas_in_force(tables.editions, states, told)
    by_station = _with_station(tables.stations, codes, states, told)
    served = by_station | _mostly_covered(tables.shares, codes, areas, told, area_share)
    rows = _grid(states, areas, told, labels).merge(members.scopes, how="cross")
    rows["denominator_count"] = np.tile(
        members.matrix.sum(axis=0), len(states) * len(labels.rows)
    )
    rows["status"] = row_status(rows, told, carriers_with_counts(tables.forms))
    rows["target_pct"] = float(100 * target_share)
    rows["numerator_count"] = _counted(served, members, told, labels)
    rows["station_cell_count"] = _counted(by_station, members, told, labels)
    rows = _with_parts(with_rates(rows, target_share))
    return labelled(rows, told, replace(labels, denominator_source=denominator_source))


def sub6_goal(targets: Sequence[Target]) -> Fraction:
    """Share of the high-traffic cells that every carrier is to serve: 80 %."""
    (goal,) = [target for target in targets if target.target_id == "sub6_80_fy2027"]
    return goal.share


def _checked(high_traffic: pd.DataFrame, scopes: pd.DataFrame) -> pd.DataFrame:
    """High-traffic cells with their bureaus, ascending."""
    bureau_of = scopes.set_index("pref_code")["bureau_code"]
    ordered = high_traffic.sort_values(["mesh3", "pref_code"], ignore_index=True)
    cells = ordered.assign(
        bureau_code=ordered["pref_code"].map(bureau_of),
        is_likely=ordered["is_likely"].astype(bool),
    )
    is_strange = cells["bureau_code"].isna()
    if is_strange.any():
        first = cells[is_strange].iloc[0]
        raise TableError(
            f"High-traffic cell {first['mesh3']}: prefecture '{first['pref_code']}' is "
            "none of the run; wanted two digits of JIS X 0401."
        )
    count = cells.groupby("mesh3")["is_likely"].sum()
    if (count != 1).any():
        first = count.index[count != 1][0]
        raise TableError(
            f"High-traffic cell {first} has {count[first]} likely prefectures; wanted "
            "one, so that the prefectures add up to the nation."
        )
    return cells


def _carriers_with_places(forms: pd.DataFrame, labels: RunLabels) -> list[str]:
    """Carriers whose filings tell every station by place, in display order."""
    told = set(forms.loc[forms["has_sites"].astype(bool), "carrier"])
    return [carrier for carrier in labels.carriers if carrier in told]


def _with_station(
    stations: pd.DataFrame, codes: Integers, states: Sequence[State], told: list[str]
) -> Booleans:
    """Cells with an outdoor sub-6 station, of shape (states, carriers, cells)."""
    chosen = stations[
        (stations["band_class"] == _SUB6)
        & stations["is_outdoor"].astype(bool)
        & stations["carrier"].isin(told)
        & stations["mesh3"].isin(codes)
    ]
    carrier = pd.Index(told).get_indexer(chosen["carrier"])
    cell = np.searchsorted(codes, chosen["mesh3"].to_numpy("int64"))
    served = np.zeros((len(states), len(told), len(codes)), bool)
    for at, (day, basis) in enumerate(states):
        on_day = pd.Timestamp(day)
        has_begun = chosen[_STARTS[basis]] <= on_day  # false where it has no start
        has_ended = chosen["ends_on"] <= on_day
        is_on = (has_begun & ~has_ended).to_numpy(bool)
        served[at, carrier[is_on], cell[is_on]] = True
    return served


def _areas_in_force(
    editions: pd.DataFrame, states: Sequence[State], told: list[str]
) -> list[dict[str, tuple[str, pd.Timestamp]]]:
    """Edition and day of each carrier's filed sub-6 areas, for every state."""
    chosen = editions[
        (editions["band_class"] == _SUB6)
        & (editions["coverage_source"] == FILED)
        & editions["carrier"].isin(told)
    ]
    found: list[dict[str, tuple[str, pd.Timestamp]]] = [{} for _ in states]
    places = {(pd.Timestamp(day), basis): at for at, (day, basis) in enumerate(states)}
    for row in chosen.to_dict("records"):
        at = places.get((row["as_of"], row["basis"]))
        if at is not None:
            found[at][row["carrier"]] = (row["edition"], row["coverage_as_of"])
    return found


def _grid(
    states: Sequence[State],
    areas: Sequence[Mapping[str, tuple[str, pd.Timestamp]]],
    told: list[str],
    labels: RunLabels,
) -> pd.DataFrame:
    """One row per state and carrier, with the day of the areas in use."""
    rows = [
        (pd.Timestamp(day), basis, carrier, _area_day(areas[at], carrier, told))
        for at, (day, basis) in enumerate(states)
        for carrier in labels.rows
    ]
    columns = ["as_of", "basis", "carrier", "coverage_as_of"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(coverage_as_of=pd.to_datetime(frame["coverage_as_of"]))


def _area_day(
    areas: Mapping[str, tuple[str, pd.Timestamp]], carrier: str, told: list[str]
) -> pd.Timestamp | None:
    """Day of the sub-6 areas in a number; of combined the oldest."""
    wanted = told if carrier == COMBINED else [carrier]
    days = [areas[one][1] for one in wanted if one in areas]
    return min(days, default=None)


def _mostly_covered(
    shares: pd.DataFrame,
    codes: Integers,
    areas: Sequence[Mapping[str, tuple[str, pd.Timestamp]]],
    told: list[str],
    area_share: Fraction,
) -> Booleans:
    """Cells covered to `area_share`, of shape (states, carriers, cells)."""
    used = sorted(
        {edition for by_carrier in areas for edition, _ in by_carrier.values()}
    )
    is_covered = reaches(_mesh3_shares(shares, used, codes), area_share)
    covered = np.zeros((len(areas), len(told), len(codes)), bool)
    for at, by_carrier in enumerate(areas):
        for carrier, (edition, _) in by_carrier.items():
            covered[at, told.index(carrier)] = is_covered[used.index(edition)]
    return covered


def _mesh3_shares(
    shares: pd.DataFrame, used: list[str], codes: Integers
) -> npt.NDArray[np.float64]:
    """Covered share of each 1 km cell, of shape (editions, cells).

    The mean of its four 500 m cells weighted by area; one without a row is not
    covered at all.
    """
    rows = shares[shares["edition"].isin(used)]
    mesh4 = rows["mesh4"].to_numpy("int64")
    mesh3 = mesh.parent(mesh4, "m4", "m3")
    is_in = np.isin(mesh3, codes)
    rows, mesh4, mesh3 = rows[is_in], mesh4[is_in], mesh3[is_in]
    _check_shares(rows)
    edition = pd.Index(used).get_indexer(rows["edition"])
    at = edition * len(codes) + np.searchsorted(codes, mesh3)
    covered_m2 = rows["covered_share"].to_numpy("float64") * mesh.area_m2(mesh4, "m4")
    summed = np.bincount(at, covered_m2, minlength=len(used) * len(codes))
    result: npt.NDArray[np.float64] = summed.reshape(
        len(used), len(codes)
    ) / mesh.area_m2(codes, "m3")
    return result


def _check_shares(rows: pd.DataFrame) -> None:
    share = rows["covered_share"].to_numpy("float64")
    is_share = (share >= 0) & (share <= 1 + _SHARE_ERROR)
    if not is_share.all():
        first = rows[~is_share].iloc[0]
        raise TableError(
            f"core.mesh4_coverage: edition {first['edition']} covers cell "
            f"{first['mesh4']} to {first['covered_share']}; wanted 0 to 1. Run the "
            "coverage stage again."
        )


def _counted(
    served: Booleans, members: CellScopes, told: list[str], labels: RunLabels
) -> pd.api.extensions.ExtensionArray:
    """Served cells by state, row of the carrier, and scope; 0 where none tells."""
    by_row = np.zeros((len(served), len(labels.rows), served.shape[2]))
    for at, carrier in enumerate(told):
        by_row[:, labels.rows.index(carrier)] = served[:, at]
    by_row[:, labels.rows.index(COMBINED)] = served.any(axis=1)
    # floats hold such counts exactly, and their product is ten times as fast
    counts = by_row.reshape(-1, served.shape[2]) @ members.matrix.astype("float64")
    return pd.array(counts.ravel().astype("int64"), dtype="Int64")


def _with_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """How the numerator came about: by stations, and by areas alone."""
    by_station = rows["station_cell_count"].where(rows["numerator_count"].notna())
    return rows.assign(
        station_cell_count=by_station,
        area_only_cell_count=rows["numerator_count"] - by_station,
    )
