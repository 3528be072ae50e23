"""The receipt as a page: complete, bounded, in two languages, and never alive."""

import re

import numpy as np
import pytest

from geodata import mesh, reference
from geodata.filings import receipt, receipt_page
from geodata.filings.receipt import japan_map
from geodata.filings.receipt.printable import printable
from tests.unit.filing_builder import (
    ADVANCED,
    PLAN,
    STATIONS,
    check,
    read_rows,
    stations_csv,
    write_filing,
)
from tests.unit.hostile_filings import (
    NASTY,
    PAGE_ATTRIBUTES,
    PAGE_TAGS,
    PageReader,
    hostile_plan,
    hostile_rows,
)

HIGH = ADVANCED | {
    "station_id": "X1",
    "site_id": "S9",
    "lat": "35.665498",
    "lon": "139.759640",
    "antenna_height_m": "120",
}


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_filed_text_is_never_markup_and_never_lost(hostile, tmp_path):
    report = hostile(tmp_path / "in")
    page = PageReader(receipt_page(report))
    assert page.tags <= PAGE_TAGS
    assert page.attributes <= PAGE_ATTRIBUTES
    assert all(link.startswith("#rule-") for link in page.links)
    assert page.open == []
    values = {v for v in report.findings["value"].to_pylist() if v is not None}
    assert any(NASTY[:50] in value for value in values)
    shown = [one for part in receipt(report)["first_findings_by_rule"].values()
             for one in part]  # fmt: skip
    for one in shown:
        assert printable(one["message_ja"]) in page.text
        assert printable(one["value"] or "") in page.text
    assert printable(report.name) in page.text
    assert all(printable(file.name) in page.text for file in report.files)


@pytest.mark.parametrize("hostile", [hostile_rows, hostile_plan])
def test_no_control_character_reaches_the_page(hostile, tmp_path):
    page = receipt_page(hostile(tmp_path / "in"))
    assert all(line.isprintable() for line in page.split("\n"))
    assert "\\u202e" in page


def test_a_reason_given_is_shown_with_its_state(tmp_path):
    page = PageReader(receipt_page(hostile_rows(tmp_path / "in")))
    assert f"acknowledged{printable(NASTY.strip())}" in page.text


def test_the_page_runs_nothing_and_fetches_nothing(tmp_path):
    page = receipt_page(read_rows(tmp_path, *STATIONS))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy
    assert not re.search(r"<script|javascript:|https?:|@import|url\(", page)


def test_both_languages_are_in_the_page_and_japanese_comes_first(tmp_path):
    page = receipt_page(read_rows(tmp_path, *STATIONS, ADVANCED | {"lat": "x"}))
    assert re.search(r'id="ja" checked>', page)
    assert page.count('class="ja"') == page.count('class="en"') > 50
    text = PageReader(page).text
    assert "lat が数値ではありません: x" in text
    assert "lat is not a number: x" in text


def test_a_filing_without_findings_says_so(tmp_path):
    good = check(write_filing(tmp_path / "good"))
    page = PageReader(receipt_page(good))
    assert good.warning_count == good.error_count == 0
    assert "対応することはありません。" in page.text
    assert "acknowledged = [" not in page.text
    assert good.files[0].sha256 in page.text
    assert "svg" not in page.tags


def test_a_filing_whose_plan_cannot_be_read_goes_by_its_name(tmp_path):
    report = read_rows(tmp_path, plan="=")
    page = receipt_page(report)
    assert f'<h1><span class="ja" lang="ja">{report.name}</span>' in page
    assert '<details id="rule-plan_not_toml" open>' in page
    assert f"{report.name}.findings.csv" in page


def test_a_rule_shows_its_first_100_findings_and_counts_all(tmp_path):
    bad = [ADVANCED | {"station_id": f"Y{at}", "lat": "x"} for at in range(150)]
    report = read_rows(tmp_path, *STATIONS, *bad)
    page = PageReader(receipt_page(report))
    assert page.text.count("lat is not a number: x") == 100
    assert "150 件のうち 100 件" in page.text
    assert len(receipt(report)["first_findings_by_rule"]["number_format"]) == 100


def test_open_findings_are_shown_before_answered_ones(tmp_path):
    rows = [HIGH | {"station_id": f"Y{at}"} for at in range(103)]
    known = (
        'acknowledged = [{rule = "antenna_height_high", reason = "tower", '
        f'file = "stations.csv", lines = {list(range(5, 106))}}}]\n'
    )
    filing = write_filing(
        tmp_path / "in",
        plan_toml=PLAN.replace("[[band", known + "[[band", 1),
        stations_csv=stations_csv(*STATIONS, *rows),
    )
    shown = receipt(check(filing))["first_findings_by_rule"]["antenna_height_high"]
    assert [one["line"] for one in shown[:3]] == [106, 107, 5]
    assert [one["state"] for one in shown[:3]] == ["open", "open", "acknowledged"]
    assert len(shown) == 100


def test_the_page_of_a_good_filing_is_small(tmp_path):
    page = receipt_page(check(write_filing(tmp_path / "good")))
    assert len(page.encode()) < 300_000


def test_the_land_on_the_map_is_every_secondary_mesh_once():
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", japan_map.land_path())
    assert "".join(f"M{x} {y}h{n}v1h-{n}z" for x, y, n, _ in runs) == (
        japan_map.land_path()
    )
    cells = [(int(x) + at, int(y)) for x, y, n, _ in runs for at in range(int(n))]
    assert len(cells) == len(set(cells)) == len(reference.mesh2_facts())


def test_a_cell_stands_on_the_map_where_it_lies_in_japan():
    one = {"rejected_count": 1, "warned_count": 0}
    places = {"sapporo": "644142", "tokyo": "533946", "osaka": "523504",
              "naha": "392725", "okinotorishima": "303650"}  # fmt: skip
    marks, outside_count = japan_map.marks(dict.fromkeys(places.values(), one))
    at = dict(zip(places, marks, strict=True))
    assert [mark.cell for mark in marks] == list(places.values())
    assert at["sapporo"].y < at["tokyo"].y < at["osaka"].y < at["naha"].y
    assert at["naha"].x < at["osaka"].x < at["tokyo"].x < at["sapporo"].x
    inset = japan_map.INSETS[0]
    assert inset.x < at["okinotorishima"].x < inset.x + inset.width
    assert outside_count == 0


def test_a_cell_outside_the_map_is_counted():
    far = mesh.to_text(mesh.encode(152.0, 22.0, "m2"), "m2")
    counts = {"rejected_count": 0, "warned_count": 2}
    assert japan_map.marks({far: counts}) == ([], 1)


def test_every_cell_of_the_frames_stays_on_the_map():
    for frame in japan_map.FRAMES:
        columns = np.array([frame.west, frame.west + frame.width - 1])
        rows = np.array([frame.south, frame.south + frame.height - 1])
        assert frame.holds(columns, rows).all()
        x, y = frame.place(columns, rows)
        assert (x >= 0).all()
        assert (y >= 0).all()
        assert (x < japan_map.MAIN.width).all()
        assert (y < japan_map.MAIN.height).all()


@pytest.mark.parametrize(
    ("count", "shade"), [(1, 1), (2, 2), (9, 2), (10, 3), (99, 3), (100, 4)]
)
def test_the_shade_of_a_cell_follows_its_rows(count, shade):
    assert japan_map.shade(count) == shade


def test_a_rejected_row_marks_its_cell_red_and_an_open_warning_amber(tmp_path):
    low = ADVANCED | {"station_id": "Z1", "lat": "34.69", "lon": "135.5"}
    rows = [*STATIONS, HIGH, low | {"antenna_height_m": "900"}]
    page = receipt_page(read_rows(tmp_path, *rows))
    assert re.search(
        r'<rect class="rejected s1"[^>]*><title>513573|523504: 不受理', page
    )
    assert re.search(r'<rect class="warned s1"[^>]*><title>533936: 不受理', page)
