from datetime import date
from pathlib import Path

import pytest

from flows.settings import check_options, read_settings
from geodata.errors import SettingsError
from geodata.filings import Limits, Tolerances


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_caller_wins_over_the_environment_and_that_over_the_file(monkeypatch):
    Path("kiban.toml").write_text(
        'out = "file"\nworkspace = "file"\nsources = "file"\n'
    )
    monkeypatch.setenv("KIBAN_OUT", "environment")
    monkeypatch.setenv("KIBAN_WORKSPACE", "environment")
    settings = read_settings(out=Path("caller"), workspace=None)
    assert (settings.out, settings.workspace, settings.sources) == (
        Path("caller"),
        Path("environment"),
        Path("file"),
    )


def test_filings_of_the_environment_are_parted_by_colons(monkeypatch):
    monkeypatch.setenv("KIBAN_FILINGS", "a:b")
    assert read_settings().filings == (Path("a"), Path("b"))


def test_filings_of_the_file_are_a_list():
    Path("kiban.toml").write_text('filings = ["a", "b"]\n')
    assert read_settings().filings == (Path("a"), Path("b"))


@pytest.mark.parametrize("content", [b'other = "x"', b"out = ", b'out = "\xff"'])
def test_a_file_that_cannot_be_used_is_one_clear_error(content):
    Path("kiban.toml").write_bytes(content)
    with pytest.raises(SettingsError, match="settings cannot be used"):
        read_settings()


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2101, 3, 31)])
def test_a_day_outside_the_plans_is_refused(day):
    with pytest.raises(SettingsError, match="as_of"):
        read_settings(as_of=day)


def test_limits_and_tolerances_are_tables_of_the_file_and_of_the_environment(
    monkeypatch,
):
    Path("kiban.toml").write_text(
        "[filing_limits]\nmax_ratio = 50\nmax_rows = 7\n"
        "[filing_tolerances]\nmoved_m = 12\n"
    )
    monkeypatch.setenv("KIBAN_FILING_LIMITS__MAX_ROWS", "9")
    options = check_options(read_settings())
    assert options.limits == Limits(max_ratio=50, max_rows=9)
    assert options.tolerances == Tolerances(moved_m=12)
    assert (options.waivers, options.accept_repairs) == ((), False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[filing_limits]\nmax_size = 50\n", "filing_limits.max_size"),
        ("[filing_limits]\nmax_ratio = 0\n", "max_ratio is 0"),
        ('[filing_limits]\nmax_ratio = "x"\n', "filing_limits.max_ratio"),
        ("[filing_tolerances]\nmoved_m = -1\n", "moved_m is -1"),
        ("[filing_tolerances]\nmoved_m = nan\n", "moved_m is nan"),
        ("filing_limits = 1\n", "filing_limits"),
    ],
)
def test_a_limit_that_cannot_be_used_is_named(text, said):
    Path("kiban.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        read_settings()


def test_waivers_are_read_where_they_are_set():
    Path("waivers.toml").write_text(
        '[[waiver]]\nrule = "eirp_high"\ncarrier = "kddi"\nreason = "trial"\n'
        'granted_by = "MIC"\nexpires_on = 2022-03-31\n'
    )
    settings = read_settings(waivers=Path("waivers.toml"), accept_repairs=True)
    options = check_options(settings)
    assert [waiver.rule_id for waiver in options.waivers] == ["eirp_high"]
    assert options.accept_repairs
    Path("waivers.toml").write_text("[[waiver]]\n")
    with pytest.raises(SettingsError, match=r"waiver\[1\]\.rule: missing"):
        check_options(settings)
