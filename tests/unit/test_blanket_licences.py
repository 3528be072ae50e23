"""Blanket licences: counts by municipality in the note of an answer."""

import functools

import pytest

from geodata.readers.licences import read_licences
from tests.unit.licence_files import (
    BLANKET_NOTE,
    LTE,
    SECTION,
    SUB6,
    counts_of,
    faults_of,
    save_page,
    station,
    table_of,
)


@pytest.fixture(params=["json", "csv"])
def save(request):
    """Save stations as a page in either form."""
    return functools.partial(save_page, request.param)


def blanket(note, spec=LTE, number=1):
    return station(number, "東京都港区", spec, note=note)


def test_the_places_of_a_note_are_counted_and_their_totals_checked(save, tmp_path):
    read = read_licences([save(tmp_path / "page", blanket(BLANKET_NOTE))])
    assert counts_of(read) == {
        ("01101", "reuse_mid"): 56,
        ("01102", "reuse_mid"): 1701,
        ("25201", "reuse_mid"): 103,
        ("25441", "reuse_mid"): 2,
    }
    assert set(table_of(read)["licence_kind"]) == {"blanket"}
    assert (read.read_count, read.accepted_count) == (4, 4)
    assert read.rejected.empty


def test_blanket_and_individual_licences_of_one_answer_are_told_apart(save, tmp_path):
    page = save(
        tmp_path / "page", station(1, "滋賀県大津市"), blanket(BLANKET_NOTE, number=2)
    )
    counts = counts_of(read_licences([page]), "licence_kind", "city_code", "band_class")
    assert counts[("individual", "25201", "sub6")] == 1
    assert counts[("blanket", "25201", "reuse_mid")] == 103


def test_a_total_that_the_places_do_not_add_up_to_is_a_warning(save, tmp_path):
    note = BLANKET_NOTE.replace("滋賀県(105)", "滋賀県(106)")
    read = read_licences([save(tmp_path / "page", blanket(note))])
    (fault,) = faults_of(read)
    assert fault[2:] == (4, "note", "inconsistent_total", "滋賀県(106)")
    assert set(read.rejected["severity"]) == {"WARNING"}
    assert (read.read_count, read.accepted_count) == (4, 4)


def test_a_prefecture_without_places_is_a_row_of_its_own(save, tmp_path):
    note = SECTION + r"\n---\n沖縄県(12)\n滋賀県(3)\n大津市(3)"
    table = table_of(read_licences([save(tmp_path / "page", blanket(note))]))
    rows = table[["pref_code", "city_code", "station_count"]].fillna("").to_numpy()
    assert rows.tolist() == [["25", "25201", 3], ["47", "", 12]]


def test_faulty_places_of_a_note_are_rejected_one_by_one(save, tmp_path):
    note = (
        SECTION + r"\n---\n滋賀県(200)\n大津市(103)\n神戸市(5)\n大津市(9)"
        r"\n彦根市(一二)\n長浜市(8"
    )
    read = read_licences([save(tmp_path / "page", blanket(note))])
    rejected = [f[2:] for f in faults_of(read) if f[4] != "inconsistent_total"]
    assert sorted(rejected) == [
        (3, "note", "unknown_municipality", "神戸市(5)"),
        (4, "note", "repeated_key", "大津市(9)"),
        (5, "note", "bad_value", "彦根市(一二)"),
        (6, "note", "bad_value", "長浜市(8"),
    ]
    assert counts_of(read) == {("25201", "reuse_mid"): 103}
    assert (read.read_count, read.rejected_count) == (5, 4)


def test_other_kinds_of_blanket_licence_are_named_and_not_counted(save, tmp_path):
    other = r"携帯電話（フェムトセル基地局）\n---\n滋賀県(9)\n大津市(9)"
    both = BLANKET_NOTE + r"\n" + other
    page = save(tmp_path / "page", blanket(other), blanket(both, number=2))
    read = read_licences([page])
    assert counts_of(read)[("25201", "reuse_mid")] == 103
    assert read.read_count == 4
    assert any("2 section(s)" in n and "フェムトセル" in n for n in read.notes)


def test_a_blanket_licence_of_several_classes_does_not_tell_the_band(save, tmp_path):
    page = save(tmp_path / "p", blanket(BLANKET_NOTE, LTE + r"\n" + SUB6))
    assert {band for _, band in counts_of(read_licences([page]))} == {"unknown"}


def test_a_blanket_licence_without_a_name_is_rejected(save, tmp_path):
    hidden = blanket(BLANKET_NOTE) | {"name": "＊＊＊＊＊"}
    read = read_licences([save(tmp_path / "page", hidden)])
    assert table_of(read).empty
    assert set(read.rejected["rule_id"]) == {"missing_value"}
    assert (read.read_count, read.rejected_count) == (4, 4)
