"""The receipt of a filing as one self-contained page in Japanese and English."""

from collections import defaultdict
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from geodata import reference
from geodata.filings.catalogue import Rule, rules_by_id
from geodata.filings.not_run import REASONS
from geodata.filings.receipt import japan_map
from geodata.filings.receipt.data import FIRST_FINDINGS_BY_RULE, receipt
from geodata.filings.receipt.next_steps import acknowledgement_lines, next_steps
from geodata.filings.receipt.printable import printable
from geodata.filings.report import FilingReport

_NOTHING = "–"
_BUSIEST_CELLS = 10
_FEW_FINDINGS = 5  # shown without a click


def receipt_page(report: FilingReport) -> str:
    """Receipt of a filing as an HTML page.

    One file without script, image or link to anything outside; both languages are in
    it, and radio buttons choose. Filed text is escaped, and its control characters
    are shown as escapes.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.

    Returns
    -------
    str
        Of bounded size: the first 100 findings of each rule, and counts of all.
    """
    data = receipt(report)
    marks, outside_count = japan_map.marks(data["cells"])
    return _template().render(
        receipt=data,
        filing=data["filing"],
        status=report.status,
        is_partial=report.is_partial,
        title=_title(report),
        steps=next_steps(report),
        snippet=acknowledgement_lines(data["findings_by_rule"]),
        first_count=FIRST_FINDINGS_BY_RULE,
        few=_FEW_FINDINGS,
        not_run=_not_run(report),
        land=japan_map.land_path(),
        frames=(japan_map.MAIN, japan_map.INSETS),
        cell_width=japan_map.CELL_WIDTH,
        marks=marks,
        outside_count=outside_count,
        busiest=_busiest(marks),
    )


@cache
def _template() -> Template:
    pages = Environment(
        loader=PackageLoader("geodata.filings.receipt"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["shown"] = _shown
    pages.filters["number"] = _number
    return pages.get_template("page.html.j2")


def _shown(value: object) -> str:
    return _NOTHING if value is None else printable(str(value))


def _number(value: int | None) -> str:
    return _NOTHING if value is None else f"{value:,}"


def _title(report: FilingReport) -> dict[str, str]:
    """Names of the carrier; what is filed where it is not known, else the filing."""
    carrier = report.carrier
    listed = reference.carriers().set_index("carrier")
    if carrier not in listed.index:
        return dict.fromkeys(("ja", "en"), carrier or report.name)
    return {"ja": listed["name_ja"][carrier], "en": listed["name_en"][carrier]}


def _not_run(report: FilingReport) -> list[dict[str, Any]]:
    by_reason: dict[str, list[Rule]] = defaultdict(list)
    for rule_id, reason in report.reasons_not_run.items():
        by_reason[reason].append(rules_by_id()[rule_id])
    return [
        {"ja": REASONS[reason]["ja"], "en": REASONS[reason]["en"], "rules": rules}
        for reason, rules in by_reason.items()
    ]


def _busiest(marks: list[japan_map.Mark]) -> list[japan_map.Mark]:
    """Cells with most rejected rows, then most warned rows, then by code."""
    ranked = sorted(marks, key=lambda m: (-m.rejected_count, -m.warned_count, m.cell))
    return ranked[:_BUSIEST_CELLS]
