"""Filings that trip ``rules/answers.toml``, and good ones that run its rules."""

from datetime import date

from geodata.filings import Waiver
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    STATIONS,
    check,
    stations_csv,
    write_filing,
)

HIGH = ADVANCED | {
    "station_id": "X1",
    "site_id": "",
    "lat": "35.665498",
    "lon": "139.759640",
    "antenna_height_m": "120",
}
KNOWN = 'acknowledged = [{rule = "antenna_height_high", reason = "tower"}]\n'
WAIVER = Waiver(
    "antenna_height_high", "docomo", "tower", "関東総合通信局", date(2021, 5, 1)
)


def acknowledging(text, *rows):
    """The good stations and `rows`, with `text` in ``plan.toml``."""
    plan = PLAN.replace("[[band", f"{text}\n[[band", 1)
    table = stations_csv(*STATIONS, *rows)
    return lambda folder: check(
        write_filing(folder, plan_toml=plan, stations_csv=table)
    )


def waived(waiver, *rows):
    """The good stations and `rows`, checked with a waiver."""
    table = stations_csv(*STATIONS, *rows)
    return lambda folder: check(
        write_filing(folder, stations_csv=table), waivers=(waiver,)
    )


EXPIRED = Waiver(
    "antenna_height_high", "docomo", "tower", "関東総合通信局", date(2021, 4, 30)
)

TRIPS = {
    "acknowledged_unusable": acknowledging('acknowledged = ["antenna_height_high"]'),
    "acknowledged_rule_unknown": acknowledging(KNOWN.replace("_high", "_range")),
    "acknowledged_unused": acknowledging(KNOWN),
    "waiver_expired": waived(EXPIRED, HIGH),
    "waiver_unused": waived(WAIVER),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {"answers without need": acknowledging("")}
"""Filings that trip no rule; between them every rule runs."""
