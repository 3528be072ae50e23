from datetime import date
from pathlib import Path

import pytest

from flows.settings import read_settings
from geodata.errors import SettingsError


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
