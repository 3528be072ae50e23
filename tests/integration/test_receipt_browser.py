"""The receipt in a real browser: it shows itself in both languages and runs nothing."""

import json
import re
import shutil
import subprocess

import pytest

from geodata.filings import receipt_page
from tests.unit.filing_builder import ADVANCED, STATIONS, read_rows
from tests.unit.hostile_filings import (
    PAGE_ATTRIBUTES,
    PAGE_TAGS,
    PageReader,
    hostile_plan,
    hostile_rows,
)

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the chromium browser"),
]

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n')
PROBE = """<script>
const seen = (name) => [...document.querySelectorAll(".page ." + name)]
  .filter((part) => part.getClientRects().length).length;
const count = () => ({ ja: seen("ja"), en: seen("en") });
const first = count();
document.querySelector("label[for=en]").click();
const second = count();
document.querySelector("label[for=ja]").click();
document.title = JSON.stringify([first, second, count()]);
</script></body>"""


def browse(tmp_path, page, *options):
    """What the browser prints when it opens a page."""
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8")
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}",
         *options, path.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def page_of(folder):
    return receipt_page(read_rows(folder, *STATIONS, ADVANCED | {"lat": "x"}))


def title_of(dom):
    return re.search(r"<title>(.*?)</title>", dom)[1]


def test_the_switch_shows_one_language_at_a_time(tmp_path):
    page = POLICY.sub("", page_of(tmp_path / "in")).replace("</body>", PROBE)
    before, switched, back = json.loads(title_of(browse(tmp_path, page, "--dump-dom")))
    assert before["en"] == switched["ja"] == 0
    assert before["ja"] == switched["en"] > 50
    assert back == before


def test_the_policy_of_the_page_runs_no_script(tmp_path):
    page = page_of(tmp_path / "in").replace("</body>", PROBE)
    assert title_of(browse(tmp_path, page, "--dump-dom")).startswith("受付票")


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_the_browser_makes_no_element_of_filed_text(hostile, tmp_path):
    dom = browse(tmp_path, receipt_page(hostile(tmp_path / "in")), "--dump-dom")
    page = PageReader(dom)
    assert page.tags <= PAGE_TAGS
    assert page.attributes <= PAGE_ATTRIBUTES
    assert all(link.startswith("#rule-") for link in page.links)
    assert "alert(1)" in page.text


def test_both_languages_can_be_seen(tmp_path):
    japanese = page_of(tmp_path / "in")
    english = japanese.replace('id="ja" checked', 'id="ja"')
    english = english.replace('id="en"', 'id="en" checked', 1)
    pictures = []
    for name, page in (("ja", japanese), ("en", english)):
        picture = tmp_path / f"{name}.png"
        browse(tmp_path, page, "--window-size=1200,1600", f"--screenshot={picture}")
        pictures.append(picture.read_bytes())
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert all(len(picture) > 50_000 for picture in pictures)
    assert pictures[0] != pictures[1]
