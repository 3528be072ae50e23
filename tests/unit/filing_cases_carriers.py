"""Filings that trip ``rules/carriers.toml``, and good ones that run its rules."""

from geodata.filings import check_filings
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    TODAY,
    stations_csv,
    write_filing,
)

BLOCKS = {
    "docomo": ("n78", 3600, 3700),
    "kddi": ("n78", 3700, 3800),
    "softbank": ("n77", 3900, 4000),
    "rakuten": ("n77", 3800, 3900),
}
"""Band and block of the station that each carrier files here."""

HOMES = {"docomo": "35.68", "kddi": "35.69", "softbank": "35.70", "rakuten": "35.71"}
"""Latitude of the carrier's own site."""


def plan_of(carrier, *allocations):
    """A plan with its block of `BLOCKS` and further `allocations`."""
    head = PLAN.partition("[[band")[0].replace("docomo", carrier)
    return head + "".join(
        f'[[band_allocation]]\nband = "{band}"\nfreq_low_mhz = {low}\n'
        f"freq_high_mhz = {high}\ncertified_on = 2019-04-10\n"
        for band, low, high in (BLOCKS[carrier], *allocations)
    )


def row(carrier, number=1, **values):
    """A good row on the carrier's block and site, with other `values`."""
    band, low, high = BLOCKS[carrier]
    return (
        ADVANCED
        | {
            "station_id": f"{carrier}{number}",
            "site_id": f"{carrier}{number}",
            "lat": f"{HOMES[carrier]}1236",
            "band": band,
            "freq_low_mhz": str(low),
            "freq_high_mhz": str(high),
        }
        | values
    )


def of_carriers(filed, plans=None):
    """Reports by carrier on filings checked together; `filed` gives their rows."""

    def reports(folder):
        for carrier, rows in filed.items():
            text = (plans or {}).get(carrier) or plan_of(carrier)
            write_filing(
                folder / carrier, plan_toml=text, stations_csv=stations_csv(*rows)
            )
        checked = check_filings([folder], today=TODAY)
        return {report.carrier: report for report in checked}

    return reports


def first(filed, plans=None):
    """The report of the first carrier of several."""
    reports = of_carriers(filed, plans)
    return lambda folder: reports(folder)[next(iter(filed))]


SHARED = {"lat": "35.6812361", "shared": "true"}
ALONE = {"lat": "35.6812362", "shared": "false"}
"""The same place to 1e-5 degree, said to be shared or not."""

ALL = {carrier: [row(carrier)] for carrier in BLOCKS}
WIDE = plan_of("docomo", ("n1", 2125, 2145))
NEXT = plan_of("kddi", ("n1", 2110, 2130))

TRIPS = {
    "shared_site_one_sided": first(
        {"docomo": [row("docomo", **SHARED)], "kddi": [row("kddi", **ALONE)]}
    ),
    "same_site_not_shared": first(
        {"docomo": [row("docomo", **ALONE)], "kddi": [row("kddi", **ALONE)]}
    ),
    "allocation_overlaps_carrier": first(
        {"docomo": [row("docomo")], "kddi": [row("kddi")]},
        {"docomo": WIDE, "kddi": NEXT},
    ),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

GOOD = {
    "one of four carriers": first(ALL),
    "a site that two carriers share": first(
        {"docomo": [row("docomo", **SHARED)], "kddi": [row("kddi", **SHARED)]}
    ),
    "frequencies split by area": first(
        {"docomo": [row("docomo")], "rakuten": [row("rakuten")]},
        {
            "docomo": plan_of("docomo", ("n3", 1860, 1880)),
            "rakuten": plan_of("rakuten", ("n3", 1860, 1880)),
        },
    ),
}
"""Filings that trip no rule; between them every rule runs."""
