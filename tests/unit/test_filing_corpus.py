"""Every filing of the corpus gives exactly the findings that stand beside it."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from geodata.filings import CheckOptions, FilingReport, check_filings, rules
from geodata.filings.answers.answer import NOTED, OPEN
from geodata.filings.answers.waivers import read_waivers
from geodata.filings.catalogue import INFO, SUBJECTS
from tests.unit.filing_builder import TODAY
from tests.unit.filing_corpus_zip import zipped

CORPUS = Path(__file__).resolve().parent.parent / "data" / "filings"
BROKEN = sorted(CORPUS.glob("broken/*.toml"))
GOOD = sorted(CORPUS.glob("good/*.toml"))
BY_ID = {rule.id: rule for rule in rules()}


def expectation(path: Path) -> dict:
    return tomllib.loads(path.read_text("utf-8"))


def checked(path: Path, wanted: dict, folder: Path) -> list[FilingReport]:
    """Reports on what the expectation at `path` speaks of."""
    home = path.with_suffix("")
    filing = home / wanted.get("check", "")
    if "zip" in wanted:
        filing = zipped(CORPUS, wanted["zip"], folder / f"{home.name}.zip")
    previous = home / wanted["previous"] if "previous" in wanted else None
    waivers = read_waivers(home / wanted["waivers"]) if "waivers" in wanted else ()
    consent = wanted.get("accept_repairs", False)
    options = CheckOptions(waivers=waivers, accept_repairs=consent)
    return check_filings([filing], today=TODAY, options=options, previous=previous)


def findings_of(reports: list[FilingReport]) -> Counter:
    is_alone = len(reports) == 1
    return Counter(
        (
            None if is_alone else report.name,
            *(finding[key] for key in ("rule_id", "file", "line", "column", "state")),
        )
        for report in reports
        for finding in report.findings.to_pylist()
    )


def findings_wanted(wanted: dict) -> Counter:
    return Counter(
        (
            entry.get("filing"),
            entry["rule"],
            *(entry.get(key) for key in ("file", "line", "column")),
            entry.get("state", _usual_state(entry["rule"])),
        )
        for entry in wanted["findings"]
    )


def _usual_state(rule_id: str) -> str:
    return NOTED if BY_ID[rule_id].severity == INFO else OPEN


@pytest.mark.parametrize("path", [*BROKEN, *GOOD], ids=lambda path: path.stem)
def test_a_filing_gives_these_findings_and_no_others(path, tmp_path):
    wanted = expectation(path)
    reports = checked(path, wanted, tmp_path)
    found, expected = findings_of(reports), findings_wanted(wanted)
    assert dict(found - expected) == {}, "found, not expected"
    assert dict(expected - found) == {}, "expected, not found"
    names = [None] if len(reports) == 1 else [report.name for report in reports]
    filings = wanted.get("filing", {None: wanted})
    assert set(names) == set(filings)
    for name, report in zip(names, reports, strict=True):
        told, row = filings[name], report.filing
        assert report.status == told["status"]
        counts = (row["accepted_count"], row["rejected_count"])
        assert counts == (told["accepted_count"], told["rejected_count"])


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_filing_is_accepted_as_a_whole(path):
    wanted = expectation(path)
    for told in wanted.get("filing", {None: wanted}).values():
        assert told["status"] in ("accepted", "superseded")
        assert told["rejected_count"] == 0
    assert wanted["findings"] == []


def test_the_corpus_is_large_and_speaks_of_every_subject():
    assert len(BROKEN) >= 60
    assert len(GOOD) >= 10
    named = [
        entry["rule"] for path in BROKEN for entry in expectation(path)["findings"]
    ]
    assert set(named) <= set(BY_ID)
    assert {BY_ID[rule_id].subject for rule_id in named} == set(SUBJECTS)


def test_every_folder_has_an_expectation_and_every_expectation_a_fault():
    folders = {
        path for kind in ("broken", "good") for path in CORPUS.glob(f"{kind}/*/")
    }
    expected = {path.with_suffix("") for path in (*BROKEN, *GOOD)}
    assert folders <= expected
    for path in (*BROKEN, *GOOD):
        wanted = expectation(path)
        assert wanted["fault"].endswith(".")
        assert ("zip" in wanted) != path.with_suffix("").is_dir()
    assert all(expectation(path)["findings"] for path in BROKEN)


def test_the_files_are_small_enough_to_be_read_by_a_person():
    sizes = {path: path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()}
    assert max(sizes.values()) < 20_000, max(sizes, key=sizes.get)
