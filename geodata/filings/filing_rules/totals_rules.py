"""Rules that hold prefecture and cell totals against finer rows of the same filing."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import reference
from geodata.filings.filing_rules.accepted import Booleans, Filed, Integers
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.filing_rules.year_counts import (
    PREFECTURES,
    ROUNDING,
    YEARS,
    percent_half_up,
)
from geodata.filings.findings import FindingLog
from geodata.filings.plan_toml.withdrawals import PLACES
from geodata.placement.count_events import ADVANCED_CLASSES

BOTH = "n_advanced + n_ordinary"
"""Name of the total that is compared in place of ``n_ordinary`` alone."""

RATE = "base_deployment_rate_pct"

_CLASS_ALL = "all"
_SHOWN_CELLS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Compared:
    """One filed column beside what the finer rows give, an element for each row.

    NaN where nothing was filed or nothing can be computed: that is no difference.
    """

    column: str
    quantity: str
    filed: Floats
    computed: np.ndarray
    counted: np.ndarray | str
    tolerance: float = 0.0

    def note(self, filed: Filed, log: FindingLog, rule_id: str, table: str) -> None:
        """Note a finding on each row that differs by more than the tolerance."""
        difference = self.filed - self.computed
        filed.note(
            log,
            rule_id,
            np.abs(difference) > self.tolerance + ROUNDING,
            table,
            self.column,
            quantity=self.quantity,
            filed=self.filed,
            computed=self.computed,
            difference=np.round(difference, 1),
            counted=self.counted,
            place=filed.table(table)[PLACES[table]],
            fiscal_year=filed.table(table)["fiscal_year"].to_numpy(),
        )


@filing_rule("control_total_differs", tables=("prefecture_counts",))
def _control_total_differs(filed: Filed, log: FindingLog) -> None:
    """Filed totals of each prefecture and year against the finest rows.

    Advanced stations, and advanced and ordinary together (all stations, indoor ones
    too, repeaters not), as ``core.control_total`` compares them. Of years that the
    finest table leaves out there is nothing to compare.
    """
    rows, counts = filed.prefecture_counts, filed.year_counts
    at = (rows["pref_code"].astype("int64").to_numpy(), _year_index(rows))
    advanced, total = _number(rows, "n_advanced"), _both(rows)
    totals, is_filed = counts.prefectures, counts.is_filed[at[1]]
    of_advanced, of_all = (
        np.where(is_filed, of[at], np.nan) for of in (totals.advanced, totals.station)
    )
    for compared in (
        _Compared("n_advanced", "n_advanced", advanced, of_advanced, counts.file),
        _Compared("n_ordinary", BOTH, total, of_all, counts.file),
        _compared_rates(filed, at),
    ):
        compared.note(filed, log, "control_total_differs", "prefecture_counts")


def _compared_rates(filed: Filed, at: tuple[Integers, Integers]) -> _Compared:
    """5G基盤展開率 of each row against the served target meshes of its prefecture."""
    counts, targets = filed.year_counts, filed.year_counts.targets
    served, target_count = counts.served_by_prefecture[at], targets.by_prefecture[at[0]]
    file = counts.file
    counted = [
        f"{file}: {numerator}/{denominator} {targets.source}"
        for numerator, denominator in zip(served, target_count, strict=True)
    ]
    return _Compared(
        RATE,
        RATE,
        _number(filed.prefecture_counts, RATE),
        np.where(counts.is_filed[at[1]], percent_half_up(served, target_count), np.nan),
        np.array(counted, object),
        filed.options.tolerances.rate_points,
    )


@filing_rule("nation_sum_differs", tables=("prefecture_counts",))
def _nation_sum_differs(filed: Filed, log: FindingLog) -> None:
    """Sum of the 47 totals of a year against all finer rows.

    Years without all 47, or that the finest table leaves out, are not compared.
    """
    nation, is_filed = filed.year_counts.nation, filed.year_counts.is_filed
    sums = complete_sums(filed)
    for year, row in sums[is_filed[sums.index - YEARS[0]]].iterrows():
        at = (0, int(year) - YEARS[0])
        computed = nation.advanced[at], nation.station[at]
        if (row["advanced"], row["station"]) != computed:
            log.add(
                "nation_sum_differs",
                file=filed.prefecture_counts["file"].iloc[0],
                column="n_advanced",
                value=row["advanced"],
                fiscal_year=year,
                advanced=computed[0],
                filed_station=row["station"],
                station=computed[1],
                counted=filed.year_counts.file,
            )


def complete_sums(filed: Filed) -> pd.DataFrame:
    """Sums of the filed prefecture totals, of years with all 47 prefectures.

    Returns
    -------
    DataFrame, index fiscal year
        ``advanced``, ``station`` (advanced and ordinary), int64.
    """
    rows = filed.prefecture_counts
    by_year = pd.DataFrame(
        {
            "year": rows["fiscal_year"].to_numpy("int64"),
            "advanced": rows["n_advanced"].to_numpy("int64"),
            "station": (rows["n_advanced"] + rows["n_ordinary"]).to_numpy("int64"),
        }
    ).groupby("year")
    return by_year.sum()[by_year.size() == PREFECTURES - 1]


@filing_rule("mesh_count_differs", tables=("stations", "mesh_counts"))
def _mesh_count_differs(filed: Filed, log: FindingLog) -> None:
    """Filed counts of each cell, year and class against the stations.

    ``n_advanced`` counts what its class counts for 5G基盤展開率; of classes that do
    not count for it, every outdoor advanced station. Then all outdoor stations, and
    the indoor ones.
    """
    rows, file = filed.mesh_counts, filed.year_counts.file
    advanced, other, indoor = _counts_by_kind(filed)
    for column, quantity, given, computed in (
        ("n_advanced", "n_advanced", _number(rows, "n_advanced"), advanced),
        ("n_ordinary", BOTH, _both(rows), advanced + other),
        ("n_indoor", "n_indoor", _number(rows, "n_indoor"), indoor),
    ):
        compared = _Compared(column, quantity, given, computed, file)
        compared.note(filed, log, "mesh_count_differs", "mesh_counts")


@filing_rule("mesh_count_absent", tables=("stations", "mesh_counts"))
def _mesh_count_absent(filed: Filed, log: FindingLog) -> None:
    """Cells with stations of which no count is filed, in one finding."""
    cells = np.unique(filed.mesh2[filed.is_counted])
    absent = cells[~np.isin(cells, filed.mesh_counts["mesh2"].to_numpy())]
    if len(absent):
        log.add(
            "mesh_count_absent",
            file=filed.mesh_counts["file"].iloc[0],
            column="mesh2",
            value=" ".join(str(code) for code in absent[:_SHOWN_CELLS]),
            count=len(absent),
        )


def _counts_by_kind(filed: Filed) -> Integers:
    """Stations that each row of ``mesh_counts`` counts at its year end.

    Returns
    -------
    ndarray of int64, shape (3, rows)
        Advanced ones, other outdoor ones, indoor ones.
    """
    classes = pa.array([_CLASS_ALL, *reference.band_classes()["band_class"]])
    rows = filed.mesh_counts
    class_of_rows = _positions(filed.table("mesh_counts")["band_class"], classes)
    of_rows = rows["mesh2"].to_numpy("int64") * len(classes) + class_of_rows
    keys, of_rows = np.unique(of_rows, return_inverse=True)
    of_class = _positions(filed.table("stations")["band_class"], classes)
    ways = []
    if (class_of_rows != 0).any():
        ways.append((of_class, filed.is_advanced | _is_other_advanced(filed)))
    if (class_of_rows == 0).any():  # ``all``
        ways.append((np.zeros_like(of_class), filed.is_advanced))
    is_indoor = filed.table("stations")["indoor"].to_numpy()
    counts = np.zeros((3, len(rows)), np.int64)
    for in_cell, is_advanced in ways:
        key, is_asked = _find(filed.mesh2 * len(classes) + in_cell, keys)
        kind = np.where(is_indoor, 2, np.where(is_advanced, 0, 1))
        ends = filed.year_counts.stations_of(key * 3 + kind, len(keys) * 3, is_asked)
        by_kind = ends.reshape(len(keys), 3, -1)
        counts += by_kind[of_rows, :, _year_index(rows)].T
    return counts


def _is_other_advanced(filed: Filed) -> Booleans:
    """Outdoor advanced stations of classes that never count for 5G基盤展開率."""
    stations = filed.station_columns("band_class", "station_type", "indoor")
    is_other = ~stations["band_class"].isin(ADVANCED_CLASSES)
    is_advanced = (stations["station_type"] == "advanced") & ~stations["indoor"]
    return (is_other & is_advanced).to_numpy(bool)


def _positions(values: pa.ChunkedArray, among: pa.Array) -> Integers:
    """Position of each value in `among`, where all of them stand."""
    return pc.index_in(values, value_set=among).to_numpy().astype(np.int64)


def _find(values: Integers, keys: Integers) -> tuple[Integers, Booleans]:
    """Position of each value in sorted `keys`, and whether it is there."""
    at = np.searchsorted(keys, values).clip(max=len(keys) - 1)
    return at, keys[at] == values


def _year_index(rows: pd.DataFrame) -> Integers:
    return rows["fiscal_year"].to_numpy("int64") - YEARS[0]


def _both(rows: pd.DataFrame) -> Floats:
    return _number(rows, "n_advanced") + _number(rows, "n_ordinary")


def _number(rows: pd.DataFrame, name: str) -> Floats:
    return rows[name].to_numpy(float, na_value=np.nan)
