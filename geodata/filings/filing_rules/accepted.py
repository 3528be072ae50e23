"""Accepted rows of one filing, with what rules across rows and files ask of them."""

from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh, reference
from geodata.filings.filing_rules.year_counts import (
    PREFECTURES,
    YearCounts,
    year_index,
)
from geodata.filings.findings import FindingLog
from geodata.filings.options import CheckOptions
from geodata.filings.report import FilingReport
from geodata.filings.row_rules.land_cells import (
    coast_cells,
    prefecture_sets,
    slot,
    slot_count,
)
from geodata.filings.tables.layout import TABLES
from geodata.placement.nearest import nearest_cell
from geodata.placement.stations import is_qualifying, planned_from, site_keys
from geodata.schemas import to_frame

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
"""Day number of what never happens."""

NO_PREFECTURE = 0

NO_ROW = -1
"""Row number where there is no such row."""

_KEY = ["station_id", "band"]
_PLAN_COLUMNS = [
    "planned_start",
    "planned_fy",
    "planned_quarter",
    "actual_start",
    "status",
]


class Filed:
    """One filing whose rows are settled; what is asked for is computed once.

    Parameters
    ----------
    report : FilingReport
        Accepted or superseded; a rejected filing has no rows.
    options : CheckOptions
        Tolerances and the target meshes.
    previous : Filed, optional
        The last accepted version of the plan before this one.
    """

    def __init__(
        self,
        report: FilingReport,
        options: CheckOptions,
        previous: "Filed | None" = None,
    ) -> None:
        self.report = report
        self.options = options
        self.previous = previous

    def has(self, *tables: str) -> bool:
        """Whether the filing has accepted rows of every one of `tables`."""
        held = self.report.tables()
        return all(len(held.get(table, ())) for table in tables)

    @cached_property
    def finest(self) -> str:
        """Finest table that has accepted rows: it counts, the others control it."""
        return next(table.stem for table in TABLES if self.has(table.stem))

    @cached_property
    def year_counts(self) -> YearCounts:
        """Counts of the finest table at fiscal year ends, plans included."""
        return YearCounts(self)

    def table(self, name: str) -> pa.Table:
        """Accepted rows of ``stations``, ``mesh_counts`` or ``prefecture_counts``."""
        return self.report.tables()[name]

    def station_columns(self, *names: str) -> pd.DataFrame:
        """Columns of ``raw.station`` in stored order, as a frame."""
        return to_frame(self.table("stations").select(names))

    @cached_property
    def mesh_counts(self) -> pd.DataFrame:
        """Rows of ``raw.mesh_count`` in stored order, as a frame."""
        return to_frame(self.table("mesh_counts"))

    @cached_property
    def prefecture_counts(self) -> pd.DataFrame:
        """Rows of ``raw.prefecture_count`` in stored order, as a frame."""
        return to_frame(self.table("prefecture_counts"))

    @cached_property
    def lon(self) -> npt.NDArray[np.float64]:
        """Longitude of each station row, degrees, JGD2011."""
        return self.table("stations")["lon"].to_numpy()

    @cached_property
    def lat(self) -> npt.NDArray[np.float64]:
        """Latitude of each station row, degrees, JGD2011."""
        return self.table("stations")["lat"].to_numpy()

    @cached_property
    def mesh3(self) -> Integers:
        """1 km cell of each station row."""
        return mesh.encode(self.lon, self.lat, "m3")

    @property
    def mesh2(self) -> Integers:
        """Secondary mesh of each station row."""
        return self.mesh3 // 100

    @cached_property
    def prefecture(self) -> Integers:
        """Prefecture 1-47 of each station row by its 1 km cell, else `NO_PREFECTURE`.

        The most likely one where a cell touches several
        (:func:`geodata.reference.mesh3_prefecture`).
        """
        return _listed_prefecture(self.mesh3)

    @cached_property
    def placed_prefecture(self) -> Integers:
        """Prefecture 1-47 of each station row, as a run without boundaries places it.

        A cell that is not listed as land takes the nearest listed one's
        (:func:`geodata.placement.places.place_points`).
        """
        codes = self.prefecture.copy()
        is_off_land = codes == NO_PREFECTURE
        if is_off_land.any():
            coast = coast_cells()
            nearest = coast[nearest_cell(self.mesh3[is_off_land], coast)]
            codes[is_off_land] = _listed_prefecture(nearest)
        return codes

    @cached_property
    def listed_prefectures(self) -> Integers:
        """Prefectures that the crosswalk lists in each station row's cell, as bits.

        0 where the cell is not listed as land (see
        :func:`geodata.filings.row_rules.land_cells.prefecture_sets`).
        """
        return prefecture_sets(self.mesh3)

    @cached_property
    def declared_prefecture(self) -> Integers:
        """Prefecture 1-47 that each station row declares, else `NO_PREFECTURE`."""
        codes = self.table("stations")["pref_code"].combine_chunks()
        if codes.null_count == len(codes):
            return np.full(len(codes), NO_PREFECTURE, np.int64)
        known = pa.array(reference.prefectures()["pref_code"], pa.string())
        at = pc.index_in(codes, value_set=known).fill_null(-1)
        return at.to_numpy(zero_copy_only=False).astype(np.int64) + 1

    @cached_property
    def is_standing(self) -> Booleans:
        """Whether each station row is planned or stands: it is not retired."""
        status = self.table("stations")["status"]
        return pc.not_equal(status, "retired").to_numpy()

    @property
    def is_national(self) -> bool:
        """Whether stations are filed in all 47 prefectures."""
        if not self.has("stations"):
            return False
        counts = np.bincount(self.prefecture, minlength=PREFECTURES)
        return bool(counts[NO_PREFECTURE + 1 :].all())

    @cached_property
    def starts_on(self) -> Integers:
        """Day number from which each station row counts, plans included; `NEVER`."""
        return _day_numbers(planned_from(self.station_columns(*_PLAN_COLUMNS)))

    @cached_property
    def operates_from(self) -> Integers:
        """Day number of each station row's actual start; `NEVER`."""
        return self._days("actual_start")

    @cached_property
    def ends_on(self) -> Integers:
        """Day number from which each station row no longer counts; `NEVER`."""
        return self._days("end_date")

    @cached_property
    def start_year(self) -> Integers:
        """Fiscal year index (:func:`year_index`) of each row's `starts_on`."""
        return year_index(self.starts_on)

    @cached_property
    def end_year(self) -> Integers:
        """Fiscal year index (:func:`year_index`) of each row's `ends_on`."""
        return year_index(self.ends_on)

    @cached_property
    def site_key(self) -> Integers:
        """Place of each station row; rows of equal key share a site (1e-5 degree)."""
        return site_keys(self.lon, self.lat)

    @cached_property
    def row_before(self) -> Integers:
        """Row of the previous version with each station row's key; else `NO_ROW`.

        The key is ``station_id`` and ``band``, which no other row has.
        """
        if self.previous is None:
            return np.full(len(self.table("stations")), NO_ROW)
        now, before = self.table("stations"), self.previous.table("stations")
        return _find_rows(now.select(_KEY), before.select(_KEY))

    @cached_property
    def is_counted(self) -> Booleans:
        """Whether each station row is a station (repeaters are not)."""
        kind = self.table("stations")["station_type"]
        return pc.not_equal(kind, "repeater").to_numpy()

    @cached_property
    def is_advanced(self) -> Booleans:
        """Whether each station row qualifies for 5G基盤展開率."""
        rows = self.station_columns("station_type", "is_advanced_band", "indoor")
        return is_qualifying(rows).to_numpy(bool)

    def note(
        self,
        log: FindingLog,
        rule_id: str,
        breach: np.ndarray,
        table: str,
        column: str | None,
        **extra: object,
    ) -> None:
        """Note a finding of `rule_id` on each row of `table` where `breach` is true.

        Parameters
        ----------
        log : FindingLog
            Takes the findings.
        rule_id : str
            Rule that is broken; it cannot reject rows any more.
        breach : ndarray of bool, shape (rows of the table,)
        table, column : str
            What to name; the value there is quoted.
        **extra
            Further fields of the message: scalars, or arrays as long as `breach`.
        """
        log.mark(rule_id)
        if not breach.any():
            return
        rows = self.table(table)
        chosen = rows.filter(pa.array(breach))
        values = None if column is None else chosen[column].cast(pa.string())
        log.add_rows(
            rule_id,
            chosen["line"].to_numpy(),
            file=chosen["file"][0].as_py(),
            column=column,
            values=values,
            cells=self._cells(table, chosen, breach),
            **{name: _of(value, breach) for name, value in extra.items()},
        )

    def _days(self, name: str) -> Integers:
        return _day_numbers(self.station_columns(name)[name])

    def _cells(
        self, table: str, chosen: pa.Table, breach: np.ndarray
    ) -> Integers | None:
        if table == "stations":
            return self.mesh2[breach]
        return chosen["mesh2"].to_numpy() if table == "mesh_counts" else None


def _find_rows(rows: pa.Table, among: pa.Table) -> Integers:
    """Position of each row in `among`, `NO_ROW` where absent; no row repeats.

    A later version mostly begins with the rows of the one before, so that only what
    follows the first difference is searched for.
    """
    same = _equal_rows(rows, among)
    keys = (_joined(table.slice(same)) for table in (rows, among))
    found = pc.index_in(next(keys), value_set=next(keys))
    rest = found.fill_null(NO_ROW - same).to_numpy().astype("int64") + same
    return np.concatenate([np.arange(same), rest])


def _equal_rows(one: pa.Table, other: pa.Table) -> int:
    """Number of rows before the first in which two tables differ."""
    common = min(len(one), len(other))
    differs_at = [
        pc.equal(column.slice(0, common), other[name].slice(0, common)).index(False)
        for name, column in zip(one.column_names, one.columns, strict=True)
    ]
    found = [at.as_py() for at in differs_at]
    return min((at for at in found if at != NO_ROW), default=common)


def _joined(keys: pa.Table) -> pa.Array:
    return pc.binary_join_element_wise(*keys.columns, " ").combine_chunks()


def _listed_prefecture(mesh3: Integers) -> Integers:
    """Most likely prefecture of each 1 km cell, `NO_PREFECTURE` off the listed land."""
    return _prefecture_of_slot()[slot(mesh3)].astype(np.int64)


@cache
def _prefecture_of_slot() -> npt.NDArray[np.int8]:
    """Prefecture number of every cell that :func:`slot` numbers."""
    listed = reference.mesh3_prefecture()
    numbers = np.full(slot_count(), NO_PREFECTURE, np.int8)
    codes = pa.array(listed["pref_code"], pa.string())
    numbers[slot(listed["mesh3"].to_numpy())] = codes.cast(pa.int8()).to_numpy()
    return numbers


def _day_numbers(days: pd.Series) -> Integers:
    numbers = days.to_numpy().astype("datetime64[D]").astype("int64")
    return np.where(days.isna().to_numpy(), NEVER, numbers)


def _of(value: object, breach: np.ndarray) -> object:
    if isinstance(value, pd.Series):
        value = value.to_numpy()
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value.filter(pa.array(breach))
    return value[breach] if isinstance(value, np.ndarray) else value
