"""Filings whose every text attacks whoever shows it, and a strict reader of pages."""

import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path

from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    STATION_COLUMNS,
    STATIONS,
    check,
    csv_text,
)

MARKUP = "</td></script><script>alert(1)</script><img src=x onerror='alert(2)'>"
NASTY = MARKUP + "\"'`&lt; {{ 7 * 7 }} {% raw %} \u202e\u200b\x9b31m"
"""Markup, quotes, template code, bidirectional and control characters."""

FORMULAS = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "＝1",
    "＋1",
    "－1",
    "＠A",
)

PAGE_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "input", "div", "nav"),
    *("label", "header", "p", "span", "h1", "h2", "dl", "dt", "dd", "main", "section"),
    *("pre", "ul", "li", "b", "i", "table", "thead", "tbody", "tr", "th", "td"),
    *("code", "a", "br", "details", "summary"),
    *("svg", "g", "path", "rect", "text", "tspan"),
}
"""Elements of a receipt; none of them fetches or runs anything by itself."""

PAGE_ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "type", "id", "checked"),
    *("class", "for", "aria-label", "role", "href", "open"),
    *("viewbox", "transform", "d", "x", "y", "width", "height", "text-anchor"),
}


class PageReader(HTMLParser):
    """Tags, attributes, links and text of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data


def hostile_rows(folder: Path):
    """Report of a zip: attacks in cells, in the header, in names, in a reason."""
    nasty_rows = [
        ADVANCED | {"station_id": f"X{at}", name: text}
        for text in (NASTY, *FORMULAS, " =2+2", "\t=3")
        for at, name in enumerate(STATION_COLUMNS[2:])
    ]
    high = ADVANCED | {"station_id": "H1", "lat": "35.7", "antenna_height_m": "120"}
    rows = [row | {NASTY: NASTY} for row in (*STATIONS, high, *nasty_rows)]
    reason = json.dumps(NASTY)
    known = f'acknowledged = [{{rule = "antenna_height_high", reason = {reason}}}]\n'
    folder.mkdir(parents=True)
    path = folder / "<b onclick=1>&\"'.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("plan.toml", PLAN.replace("[[band", known + "[[band", 1))
        archive.writestr("stations.csv", csv_text(rows, [*STATION_COLUMNS, NASTY]))
        archive.writestr("<img src=x onerror=alert(1)>\u202e.csv", "x")
    return check(path)


def hostile_plan(folder: Path):
    """Report of a folder whose ``plan.toml`` attacks in every key and value."""
    text = json.dumps(NASTY)
    plan = PLAN.replace('"docomo"', text).replace('"docomo-2019"', text)
    plan = plan.replace('"JGD2011"', text).replace('"n78"', text)
    extra = f"synthetic_note = {text}\n{text} = {text}\n"
    folder.mkdir(parents=True)
    content = plan.replace("[[band", extra + "[[band", 1)
    (folder / "plan.toml").write_text(content, "utf-8")
    return check(folder)
