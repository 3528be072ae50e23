"""Accepted rows of one filing, with what rules across rows and files ask of them."""

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geodata import mesh, reference
from geodata.filings.findings import FindingLog
from geodata.filings.options import CheckOptions
from geodata.filings.report import FilingReport
from geodata.placement.stations import is_qualifying, planned_from
from geodata.schemas import to_frame

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
"""Day number of what never happens."""

NO_PREFECTURE = 0


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

    def table(self, name: str) -> pa.Table:
        """Accepted rows of ``stations``, ``mesh_counts`` or ``prefecture_counts``."""
        return self.report.tables()[name]

    @cached_property
    def stations(self) -> pd.DataFrame:
        """Rows of ``raw.station`` in stored order, as a frame."""
        return to_frame(self.table("stations"))

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
        listed = reference.mesh3_prefecture()
        cells = listed["mesh3"].to_numpy()
        at = np.searchsorted(cells, self.mesh3).clip(max=len(cells) - 1)
        codes = _prefecture_numbers()[at]
        return np.where(cells[at] == self.mesh3, codes, NO_PREFECTURE)

    @property
    def is_national(self) -> bool:
        """Whether stations are filed in all 47 prefectures."""
        return self.has("stations") and len(np.unique(self.prefecture)) >= 47

    @cached_property
    def starts_on(self) -> Integers:
        """Day number from which each station row counts, plans included; `NEVER`."""
        return _day_numbers(planned_from(self.stations))

    @cached_property
    def operates_from(self) -> Integers:
        """Day number of each station row's actual start; `NEVER`."""
        return _day_numbers(self.stations["actual_start"])

    @cached_property
    def ends_on(self) -> Integers:
        """Day number from which each station row no longer counts; `NEVER`."""
        return _day_numbers(self.stations["end_date"])

    @cached_property
    def is_counted(self) -> Booleans:
        """Whether each station row is a station (repeaters are not)."""
        return (self.stations["station_type"] != "repeater").to_numpy(bool)

    @cached_property
    def is_advanced(self) -> Booleans:
        """Whether each station row qualifies for 5G基盤展開率."""
        return is_qualifying(self.stations).to_numpy(bool)

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

    def _cells(
        self, table: str, chosen: pa.Table, breach: np.ndarray
    ) -> Integers | None:
        if table == "stations":
            return self.mesh2[breach]
        return chosen["mesh2"].to_numpy() if table == "mesh_counts" else None


def _prefecture_numbers() -> Integers:
    return reference.mesh3_prefecture()["pref_code"].astype("int64").to_numpy()


def _day_numbers(days: pd.Series) -> Integers:
    numbers = days.to_numpy().astype("datetime64[D]").astype("int64")
    return np.where(days.isna().to_numpy(), NEVER, numbers)


def _of(value: object, breach: np.ndarray) -> object:
    if isinstance(value, pd.Series):
        value = value.to_numpy()
    return value[breach] if isinstance(value, np.ndarray) else value
