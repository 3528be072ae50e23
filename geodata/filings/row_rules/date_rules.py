"""Rules on the dates of one row of ``stations.csv`` (domain.md 4.2)."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.calendar import fiscal_year_end, period_ends
from geodata.filings.findings import mask_of
from geodata.filings.row_rules.frequency_rules import Ranges
from geodata.filings.row_rules.station_rules import FIRST_START, FISCAL_YEARS
from geodata.filings.tables.rows import Hit, Rows, row_rule


def _day(day: date) -> pa.Scalar:
    return pa.scalar(day, pa.date32())


@row_rule("planned_missing", "stations")
def _planned_missing(rows: Rows) -> np.ndarray:
    has_plan = rows.is_given("planned_start") | rows.is_given("planned_fy")
    return rows.is_value("status", "planned", "licensed") & ~has_plan


@row_rule("planned_fy_range", "stations")
def _planned_fy_range(rows: Rows) -> np.ndarray:
    year = rows.number("planned_fy")
    return (year < FISCAL_YEARS[0]) | (year > FISCAL_YEARS[1])


@row_rule("planned_start_range", "stations")
def _planned_start_range(rows: Rows) -> np.ndarray:
    start = rows.typed["planned_start"]
    first, last = date(FISCAL_YEARS[0], 4, 1), fiscal_year_end(FISCAL_YEARS[1])
    is_outside = pc.or_(pc.less(start, _day(first)), pc.greater(start, _day(last)))
    return mask_of(is_outside)


@row_rule("planned_quarter_range", "stations")
def _planned_quarter_range(rows: Rows) -> np.ndarray:
    quarter = rows.number("planned_quarter")
    return (quarter < 1) | (quarter > 4)


@row_rule("planned_quarter_alone", "stations")
def _planned_quarter_alone(rows: Rows) -> np.ndarray:
    return rows.is_given("planned_quarter") & ~rows.is_given("planned_fy")


@row_rule("planned_disagree", "stations")
def _planned_disagree(rows: Rows) -> Hit:
    start = rows.typed["planned_start"]
    at = np.flatnonzero(mask_of(start.is_valid()))
    start = start.take(pa.array(at))
    month = pc.month(start).to_numpy()
    fiscal_year = pc.year(start).to_numpy() - (month < 4)
    quarter = (month - 4) % 12 // 3 + 1
    is_other = np.zeros(len(rows), bool)
    is_other[at] = _differs(rows.number("planned_fy")[at], fiscal_year)
    is_other[at] |= _differs(rows.number("planned_quarter")[at], quarter)
    extra: dict[str, object] = {
        "fy": rows.text["planned_fy"],
        "quarter": rows.text["planned_quarter"],
    }
    return Hit(is_other, "planned_start", extra)


def _differs(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return ~np.isnan(given) & (given != wanted)


@row_rule("actual_start_missing", "stations")
def _actual_start_missing(rows: Rows) -> np.ndarray:
    return rows.is_value("status", "operating") & ~rows.is_given("actual_start")


@row_rule("actual_start_early", "stations")
def _actual_start_early(rows: Rows) -> np.ndarray:
    is_early = mask_of(pc.less(rows.typed["actual_start"], _day(FIRST_START)))
    ranges: Ranges = rows.notes["ranges"]
    return is_early & ranges.is_advanced[ranges.of_row]


@row_rule("actual_start_after_as_of", "stations")
def _actual_start_after_as_of(rows: Rows) -> Hit:
    is_late = pc.greater(rows.typed["actual_start"], _day(rows.plan.as_of))
    return Hit(mask_of(is_late), "actual_start", {"as_of": rows.plan.as_of})


@row_rule("end_date_missing", "stations")
def _end_date_missing(rows: Rows) -> np.ndarray:
    return rows.is_value("status", "retired") & ~rows.is_given("end_date")


@row_rule("end_date_order", "stations")
def _end_date_order(rows: Rows) -> Hit:
    is_before = pc.less(rows.typed["end_date"], rows.typed["actual_start"])
    extra: dict[str, object] = {"actual_start": rows.text["actual_start"]}
    return Hit(mask_of(is_before), "end_date", extra)


@row_rule("end_before_plan", "stations", phase=2)
def _end_before_plan(rows: Rows) -> np.ndarray:
    is_plan = rows.is_value("status", "planned", "licensed")
    never = is_plan & ~rows.is_given("actual_start") & ~rows.is_rejected
    at = np.flatnonzero(never & mask_of(rows.typed["end_date"].is_valid()))
    ends = period_ends(
        *(
            pd.Series(rows.number(name)[at]).astype("Int64")
            for name in ("planned_fy", "planned_quarter")
        )
    )
    start = _days(rows, "planned_start", at).fillna(ends)
    breach = np.zeros(len(rows), bool)
    breach[at] = (_days(rows, "end_date", at) <= start).to_numpy()
    return breach


def _days(rows: Rows, column: str, at: np.ndarray) -> pd.Series:
    return rows.typed[column].take(pa.array(at)).to_pandas(date_as_object=False)


@row_rule("retired_never_started", "stations", phase=2)
def _retired_never_started(rows: Rows) -> np.ndarray:
    never = rows.is_value("status", "retired") & ~rows.is_given("actual_start")
    return never & ~rows.is_rejected


@row_rule("status_dates", "stations", phase=2)
def _status_dates(rows: Rows) -> Hit:
    """The dates decide what counts, so a status that denies them is named."""
    as_of = _day(rows.plan.as_of)
    has_begun = rows.is_value("status", "planned", "licensed") & rows.is_given(
        "actual_start"
    )
    has_ended = mask_of(pc.less_equal(rows.typed["end_date"], as_of))
    ends_later = mask_of(pc.greater(rows.typed["end_date"], as_of))
    differs = (
        has_begun
        | (rows.is_value("status", "operating") & has_ended)
        | (rows.is_value("status", "retired") & ends_later)
    )
    extra: dict[str, object] = {"as_of": rows.plan.as_of}
    return Hit(differs & ~rows.is_rejected, "status", extra)
