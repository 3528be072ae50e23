"""Rules on a filing against the last accepted version of the same plan."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh
from geodata.calendar import fiscal_year_of
from geodata.filings.filing_rules.accepted import (
    NEVER,
    NO_ROW,
    Booleans,
    Filed,
    Integers,
)
from geodata.filings.filing_rules.movement import (
    Moves,
    Points,
    compass,
    measure,
    moved_alike,
    moved_by_tokyo_shift,
)
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.filing_rules.year_counts import YEARS, year_index
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.plan_toml.withdrawals import (
    COUNTS,
    PLACES,
    explained,
    falls_since,
    placed_counts,
    withdrawn,
)
from geodata.filings.row_rules.station_rules import STATUSES
from geodata.filings.tables.layout import TABLES

_PLANNED, _RETIRED = STATUSES.index("planned"), STATUSES.index("retired")
_PLAN_STATUSES = (_PLANNED, STATUSES.index("licensed"))

_SETTLED_COLUMNS = {
    "actual_start_changed": ("actual_start",),
    "end_date_changed": ("end_date",),
    "station_type_changed": ("station_type",),
    "indoor_changed": ("indoor",),
    "frequency_changed": ("freq_low_mhz", "freq_high_mhz"),
}
"""Columns that a new version should leave as they are, by the rule that says so."""


COMPARED = [
    "file",
    "line",
    "station_id",
    "band",
    "lat",
    "lon",
    "freq_low_mhz",
    "freq_high_mhz",
    "station_type",
    "indoor",
    "planned_start",
    "planned_fy",
    "planned_quarter",
    "actual_start",
    "end_date",
    "status",
]
"""Columns of a station that the rules between versions look at."""


@filing_rule("as_of_backwards", "form_coarser", tables=())
def _filing_goes_back(filed: Filed, log: FindingLog) -> None:
    now, before = filed.report.filing, _previous(filed).report.filing
    if now["as_of"] < before["as_of"]:
        log.add(
            "as_of_backwards",
            file=PLAN_FILE,
            column="as_of",
            value=now["as_of"],
            earlier=before["as_of"],
        )
    forms = [table.stem for table in TABLES]
    if forms.index(now["form"]) > forms.index(before["form"]):
        log.add("form_coarser", value=now["form"], earlier=before["form"])


@filing_rule("status_backwards")
def _status_backwards(filed: Filed, log: FindingLog) -> None:
    before = _ranks(_previous(filed))[filed.row_before]
    is_back = (filed.row_before != NO_ROW) & (_ranks(filed) < before)
    _note_change(filed, log, "status_backwards", is_back, "status")


@filing_rule(*_SETTLED_COLUMNS)
def _settled_columns(filed: Filed, log: FindingLog) -> None:
    """A value that was not given before, or is not now, has not changed."""
    for rule_id, columns in _SETTLED_COLUMNS.items():
        for column in columns:
            now = filed.table("stations")[column]
            differs = pc.fill_null(pc.not_equal(now, _before(filed, column)), False)
            _note_change(filed, log, rule_id, differs.to_numpy(), column)


@filing_rule("start_slipped")
def _start_slipped(filed: Filed, log: FindingLog) -> None:
    """Rows that counted from a plan; what no longer starts at all has not slipped."""
    previous, row = _previous(filed), filed.row_before
    was_plan = np.isin(_ranks(previous), _PLAN_STATUSES)
    was_plan &= previous.table("stations")["actual_start"].is_null().to_numpy()
    before, now = previous.starts_on[row], filed.starts_on
    is_later = (row != NO_ROW) & was_plan[row] & (now > before) & (now != NEVER)
    years, earlier = np.zeros(len(row), np.int64), np.zeros(len(row), np.int64)
    years[is_later] = year_index(now[is_later]) + YEARS[0]
    earlier[is_later] = year_index(before[is_later]) + YEARS[0]
    is_late = years > earlier
    extra: dict[str, object] = {
        "years": years - earlier,
        "fiscal_year": years,
        "earlier_fiscal_year": earlier,
    }
    is_told = np.zeros(len(row), bool)
    for column in ("actual_start", "planned_start", "planned_fy"):
        is_given = filed.table("stations")[column].is_valid().to_numpy()
        is_meant = is_late & is_given & ~is_told
        _note_change(filed, log, "start_slipped", is_meant, column, **extra)
        is_told |= is_meant


@filing_rule("station_moved", "moved_together", "moved_by_datum_shift")
def _station_moved(filed: Filed, log: FindingLog) -> None:
    """Rows that moved alike are told as one, the others one by one."""
    over_m = filed.options.tolerances.moved_m
    after = Points(filed.lon, filed.lat)
    before = Points(*(_before_number(filed, name) for name in ("lon", "lat")))
    moves = measure(before, after, over_m)
    is_alone = moves.over(over_m) & ~_told_as_one(filed, log, before, after, moves)
    _note_change(
        filed,
        log,
        "station_moved",
        is_alone,
        "lat",
        metres=_one_decimal(moves.metres),
        compass=compass(moves.azimuth_deg),
    )


def _told_as_one(
    filed: Filed, log: FindingLog, before: Points, after: Points, moves: Moves
) -> Booleans:
    """Rows told by one finding, because most of the filing moved in the same way."""
    over_m = filed.options.tolerances.moved_m
    is_moved = moves.over(over_m)
    none = np.zeros(len(is_moved), bool)
    if not _is_most(filed, is_moved):
        return none
    is_shifted, datums = moved_by_tokyo_shift(before, after, over_m)
    if _is_most(filed, is_moved & is_shifted):
        extra = {"source": datums[0], "target": datums[1]}
        return _tell_as_one(
            filed, log, "moved_by_datum_shift", is_moved & is_shifted, moves, **extra
        )
    is_alike = moved_alike(before, after, is_moved, over_m)
    if _is_most(filed, is_alike):
        return _tell_as_one(filed, log, "moved_together", is_alike, moves)
    return none


def _is_most(filed: Filed, chosen: Booleans) -> bool:
    """Whether `chosen` rows are most of those filed before, on more than a few sites.

    A few rows may have moved together because their one mast was surveyed again.
    """
    tolerances = filed.options.tolerances
    compared = np.count_nonzero(filed.row_before != NO_ROW)
    if chosen.sum() < max(tolerances.moved_together_share * compared, 1):
        return False
    return len(np.unique(filed.site_key[chosen])) >= tolerances.moved_together_sites


def _tell_as_one(
    filed: Filed,
    log: FindingLog,
    rule_id: str,
    chosen: Booleans,
    moves: Moves,
    **extra: object,
) -> Booleans:
    metres, azimuth = moves.middle(chosen)
    log.add(
        rule_id,
        file=_file(filed),
        column="lat",
        value=int(chosen.sum()),
        compared=int(np.count_nonzero(filed.row_before != NO_ROW)),
        metres=f"{metres:.1f}",
        compass=compass(azimuth),
        **extra,
    )
    return chosen


@filing_rule("station_vanished", "planned_station_vanished", "retired_station_vanished")
def _station_vanished(filed: Filed, log: FindingLog) -> None:
    previous = _previous(filed)
    ranks = _ranks(previous)
    is_gone = np.ones(len(ranks), bool)
    is_gone[filed.row_before[filed.row_before != NO_ROW]] = False
    is_planned, is_retired = ranks == _PLANNED, ranks == _RETIRED
    for rule_id, is_meant in (
        ("station_vanished", ~is_planned & ~is_retired),
        ("planned_station_vanished", is_planned),
        ("retired_station_vanished", is_retired),
    ):
        gone = previous.table("stations").filter(pa.array(is_gone & is_meant))
        log.add_rows(
            rule_id,
            np.zeros(len(gone), np.int64),
            file=_file(filed),
            column="station_id",
            values=gone["station_id"],
            cells=mesh.encode(gone["lon"].to_numpy(), gone["lat"].to_numpy(), "m2"),
            band=gone["band"],
            status=gone["status"],
            earlier_line=gone["line"],
        )


@filing_rule("mesh_count_fell_since", "mesh_count_vanished", tables=("mesh_counts",))
def _mesh_counts_since(filed: Filed, log: FindingLog) -> None:
    _note_falls(filed, log, "mesh_counts", "mesh_count_fell_since")
    _note_vanished_counts(filed, log, "mesh_counts", "mesh_count_vanished")


@filing_rule(
    "prefecture_count_fell_since",
    "prefecture_count_vanished",
    tables=("prefecture_counts",),
)
def _prefecture_counts_since(filed: Filed, log: FindingLog) -> None:
    _note_falls(filed, log, "prefecture_counts", "prefecture_count_fell_since")
    _note_vanished_counts(filed, log, "prefecture_counts", "prefecture_count_vanished")


def _note_falls(filed: Filed, log: FindingLog, table: str, rule_id: str) -> None:
    """Cumulative counts of years past that no withdrawal record explains."""
    plan = filed.report.plan
    now = placed_counts(filed, table)
    falls = falls_since(now, _settled_counts(filed, table), COUNTS[table])
    if plan is not None:
        falls = falls[~explained(falls, withdrawn(plan, table))]
    for column in COUNTS[table]:
        fell = falls.loc[falls[column] < falls[f"{column}_before"]]
        breach, earlier = np.zeros(len(now), bool), np.zeros(len(now), np.int64)
        breach[fell.index] = True
        earlier[fell.index] = fell[f"{column}_before"]
        filed.note(
            log,
            rule_id,
            breach,
            table,
            column,
            earlier=earlier,
            place=filed.table(table)[PLACES[table]],
            fiscal_year=now["fiscal_year"],
        )


def _note_vanished_counts(
    filed: Filed, log: FindingLog, table: str, rule_id: str
) -> None:
    """Rows of years past; ``all`` in place of classes, or the reverse, is not gone."""
    now, before = placed_counts(filed, table), _settled_counts(filed, table)
    is_kept = _keys(before, before["band_class"]).isin(_keys(now, now["band_class"]))
    now_all, before_all = now["band_class"] == "all", before["band_class"] == "all"
    is_kept |= _keys(before, ~before_all).isin(_keys(now, now_all))
    gone = before[~is_kept]
    log.add_rows(
        rule_id,
        np.zeros(len(gone), np.int64),
        file=str(filed.table(table)["file"][0].as_py()),
        column=PLACES[table],
        values=pa.array(gone[PLACES[table]].astype(str), pa.string()),
        cells=gone["place"].to_numpy() if table == "mesh_counts" else None,
        fiscal_year=gone["fiscal_year"].to_numpy(),
        band_class=pa.array(gone["band_class"], pa.string()),
        earlier_line=gone["line"].to_numpy(),
    )


def _keys(counts: pd.DataFrame, kind: pd.Series) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([counts["place"], counts["fiscal_year"], kind])


def _settled_counts(filed: Filed, table: str) -> pd.DataFrame:
    """Rows of the last version for fiscal years that had ended on its ``as_of``."""
    previous = _previous(filed)
    counts = placed_counts(previous, table)
    next_day = previous.report.filing["as_of"] + timedelta(days=1)
    return counts[counts["fiscal_year"] < fiscal_year_of(next_day)]


def _note_change(
    filed: Filed,
    log: FindingLog,
    rule_id: str,
    breach: Booleans,
    column: str,
    **extra: object,
) -> None:
    """Note a finding on station rows, with the earlier value and its line."""
    if breach.any():
        earlier, line = _before(filed, column), _before(filed, "line")
        extra |= {"earlier": earlier, "earlier_line": line}
        filed.note(log, rule_id, breach, "stations", column, **extra)


def _before(filed: Filed, column: str) -> pa.ChunkedArray:
    """Value of each station row in the last version; null where it was not there."""
    row = filed.row_before
    column_before = _previous(filed).table("stations")[column]
    return column_before.take(pa.array(row, mask=row == NO_ROW))


def _before_number(filed: Filed, column: str) -> np.ndarray:
    return _before(filed, column).to_numpy()


def _ranks(filed: Filed) -> Integers:
    """Place of each station row's status in `STATUSES`."""
    status = filed.table("stations")["status"].combine_chunks()
    return pc.index_in(status, value_set=pa.array(STATUSES)).to_numpy()


def _one_decimal(metres: np.ndarray) -> pa.Array:
    return pa.array(metres).cast(pa.decimal128(12, 1), safe=False)


def _file(filed: Filed) -> str:
    return str(filed.table("stations")["file"][0].as_py())


def _previous(filed: Filed) -> Filed:
    """The last version; rules that need one do not run without."""
    if filed.previous is None:
        raise ValueError("There is no earlier version to compare with.")
    return filed.previous
