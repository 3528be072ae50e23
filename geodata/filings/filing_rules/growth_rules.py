"""Rule on the pace of the plan: stations added a year against what was built."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geodata.calendar import fiscal_year_end, fiscal_year_of
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.filing_rules.year_counts import YEARS
from geodata.filings.findings import FindingLog

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class _Pace:
    """Stations built in a fiscal year, carried on to the whole of it."""

    fiscal_year: int
    count: int


@filing_rule("growth_over_pace")
def _growth_over_pace(filed: Filed, log: FindingLog) -> None:
    """Station x band added in a fiscal year that is not over, against the pace so far.

    Where nothing had started by the end of the last full fiscal year there is no pace,
    and nothing is found.

    Notes
    -----
    The default of ten times the pace lets what is known of real building pass: the
    nation went from about 21,000 stations at the end of FY2020 to 302,118 at the end
    of FY2024 (domain.md 8), on average 3.4 times the first full year, and no year of
    the reference scenario exceeds five times. Rows repeated for every band, or a plan
    moved into one year, lie above it. Below ``growth_floor_count`` stations a
    year a multiple says nothing.
    """
    limits, last_year = filed.options.tolerances, _last_full_year(filed)
    pace = _pace(filed, last_year)
    if pace is None:
        return
    is_meant = filed.is_counted & (filed.starts_on < filed.ends_on)
    added = np.bincount(filed.start_year[is_meant], minlength=len(YEARS) + 1)
    for year in YEARS[last_year < YEARS]:
        count = int(added[year - YEARS[0]])
        is_fast = count > limits.growth_factor * pace.count
        if is_fast and count >= limits.growth_floor_count:
            log.add(
                "growth_over_pace",
                file=filed.table("stations")["file"][0].as_py(),
                value=count,
                fiscal_year=int(year),
                pace_year=pace.fiscal_year,
                pace=pace.count,
                factor=round(count / pace.count, 1),
                limit=f"{limits.growth_factor:g}",
            )


def _last_full_year(filed: Filed) -> int:
    """Last fiscal year that was over on the filing's as-of day."""
    as_of: date = filed.report.filing["as_of"]
    year = fiscal_year_of(as_of)
    return year if as_of == fiscal_year_end(year) else year - 1


def _pace(filed: Filed, last_year: int) -> _Pace | None:
    """What started in the last year with a start, up to `last_year`; None: never.

    Where the carrier's service began within that year, the count is carried on to a
    whole year.
    """
    starts = filed.operates_from[filed.is_counted]
    starts = starts[starts <= _day_number(fiscal_year_end(last_year))]
    if not len(starts):
        return None
    year = fiscal_year_of(_EPOCH + timedelta(days=int(starts.max())))
    first_day = _day_number(fiscal_year_end(year - 1)) + 1
    day_count = _day_number(fiscal_year_end(year)) - first_day + 1
    in_service = day_count - max(0, int(starts.min()) - first_day)
    count = int(np.count_nonzero(starts >= first_day))
    return _Pace(year, round(count * day_count / in_service))


def _day_number(day: date) -> int:
    return (day - _EPOCH).days
