"""Saved answers of the licence search: individual licences, pages, refusals."""

import functools
import json
import zipfile
from datetime import date

import pandas as pd
import pytest

from geodata.errors import SourceError
from geodata.readers.licence.rows import band_classes_of
from geodata.readers.licences import read_licences
from tests.unit.licence_files import (
    LTE,
    MMWAVE,
    RAKUTEN,
    SUB6,
    counts_of,
    csv_answer,
    csv_fields,
    faults_of,
    json_answer,
    save_json,
    save_page,
    save_text,
    station,
    table_of,
)

DAY = pd.Timestamp("2023-03-24")

STATIONS = (
    station(1, "滋賀県大津市", SUB6),
    station(2, "滋賀県大津市", MMWAVE),
    station(3, "滋賀県大津市", MMWAVE + r"\n" + SUB6),
    station(4, "滋賀県犬上郡豊郷町", SUB6),
    station(5, "北海道札幌市中央区", LTE),
    station(6, "東京都", SUB6),
)
COUNTS = {
    ("25201", "sub6"): 2,
    ("25201", "mmwave"): 2,
    ("25441", "sub6"): 1,
    ("01101", "reuse_mid"): 1,
}


@pytest.fixture(params=["json", "csv"])
def save(request):
    """Save stations as a page in either form."""
    return functools.partial(save_page, request.param)


def test_each_record_is_one_station_in_each_class_it_has_frequencies_in(save, tmp_path):
    read = read_licences([save(tmp_path / "page", *STATIONS)])
    table = table_of(read)
    counts = counts_of(read)
    assert {key: counts[key] for key in COUNTS} == COUNTS
    nowhere = table[table["city_code"].isna()]
    assert nowhere["pref_code"].to_list() == ["13"]
    assert table["station_count"].sum() == 7
    assert (read.read_count, read.accepted_count) == (6, 6)
    assert set(table["licensee"]) == {RAKUTEN}
    assert set(table["carrier"]) == {"rakuten"}
    assert set(table["licence_kind"]) == {"individual"}
    assert set(table["counted_on"]) == {DAY}
    assert read.vintage == "2023-03-24"


def test_a_page_inside_an_archive_is_read_in_place(save, tmp_path):
    page = save(tmp_path / "page", *STATIONS)
    path = tmp_path / "answers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(page, f"2023/{page.name}")
        archive.writestr("README.md", "not data")
    assert read_licences([path]).read_count == 6


def test_pages_of_one_query_add_up(save, tmp_path):
    paths = [
        save(tmp_path / "a1", *STATIONS[:4], total=6),
        save(tmp_path / "a2", *STATIONS[4:], total=6),
        save(tmp_path / "b", station(1, "滋賀県彦根市")),
    ]
    read = read_licences(paths)
    assert read.read_count == 7
    assert counts_of(read)[("25202", "sub6")] == 1


def test_a_missing_page_is_refused_with_the_number_of_records_it_holds(save, tmp_path):
    path = save(tmp_path / "page", *STATIONS, total=1506)
    wanted = rf"{path.name}: 6 of 1,506 records .*2023-03-24, 1,500 are missing"
    with pytest.raises(SourceError, match=wanted):
        read_licences([path])


def test_a_page_too_many_is_refused(save, tmp_path):
    path = save(tmp_path / "page", *STATIONS, total=5)
    with pytest.raises(SourceError, match=r"6 records, but .* says totalCount 5"):
        read_licences([path])


def test_pages_of_two_days_are_not_added_up(save, tmp_path):
    paths = [
        save(tmp_path / "a", *STATIONS[:3], total=6),
        save(tmp_path / "b", *STATIONS[3:], total=6, day="2023-04-01"),
    ]
    with pytest.raises(SourceError, match="3 of 6 records"):
        read_licences(paths)


def test_a_page_given_twice_is_refused(save, tmp_path):
    first = save(tmp_path / "page", *STATIONS)
    second = save(tmp_path / "copy", *STATIONS)
    with pytest.raises(SourceError, match=r"copy\.\w+: has the same content as page"):
        read_licences([first, second])


def test_faulty_records_are_kept_apart_and_the_others_are_read(save, tmp_path):
    path = save(
        tmp_path / "page",
        station(1, "滋賀県大津市"),
        station(2, "滋賀県大阪市"),
        station(3, "＊＊＊＊＊"),
        station(4, "滋賀県大津市", name="*****"),
        station(1, "滋賀県彦根市"),
        station(6, "滋賀県大津市", "＊＊＊＊＊"),
    )
    read = read_licences([path])
    layer, first = ("musen", 1) if path.suffix == ".json" else ("", 2)
    assert counts_of(read) == {("25201", "sub6"): 1, ("25201", "unknown"): 1}
    assert sorted((row[2] - first, *row[3:5]) for row in faults_of(read)) == [
        (1, "tdfkCd", "unknown_municipality"),
        (2, "tdfkCd", "missing_value"),
        (3, "name", "missing_value"),
        (4, "no", "repeated_key"),
    ]
    assert {row[0] for row in faults_of(read)} == {path.name}
    assert {row[1] for row in faults_of(read)} == {layer}
    assert (read.read_count, read.accepted_count, read.rejected_count) == (6, 2, 4)


def test_without_detail_the_band_is_unknown(tmp_path):
    as_json = json_answer(STATIONS[0], detail=False)
    as_csv = csv_answer(STATIONS[1], fields=5)
    paths = [
        save_json(tmp_path / "a.json", as_json),
        save_text(tmp_path / "b.csv", as_csv),
    ]
    assert counts_of(read_licences(paths)) == {("25201", "unknown"): 2}


def test_an_answer_of_no_licence_has_no_row(save, tmp_path):
    read = read_licences([save(tmp_path / "page")])
    assert table_of(read).empty
    assert read.read_count == 0


def test_names_are_read_for_the_day_of_the_answer(save, tmp_path):
    ward = station(1, "静岡県浜松市天竜区")
    old = save(tmp_path / "old", ward, day="2023-12-31")
    new = save(tmp_path / "new", ward, day="2024-01-01")
    table = table_of(read_licences([old, new]))
    by_day = dict(zip(table["counted_on"].dt.date, table["city_code"], strict=True))
    assert by_day == {date(2023, 12, 31): "22137", date(2024, 1, 1): "22140"}


@pytest.mark.parametrize(
    ("name", "carrier"),
    [
        ("株式会社ＮＴＴドコモ", "docomo"),
        ("KDDI株式会社", "kddi"),
        ("沖縄セルラー電話株式会社", "kddi"),
        ("ソフトバンク株式会社", "softbank"),
        (RAKUTEN, "rakuten"),
        ("Wireless City Planning株式会社", None),
    ],
)
def test_a_licensee_is_a_carrier_by_its_companys_name(name, carrier, save, tmp_path):
    read = read_licences([save(tmp_path / "p", station(1, "滋賀県大津市", name=name))])
    found = table_of(read)["carrier"].iloc[0]
    assert found == carrier if carrier else pd.isna(found)
    assert any("no carrier" in note for note in read.notes) == (carrier is None)


@pytest.mark.parametrize(
    ("emissions", "classes"),
    [
        (SUB6, ("sub6",)),
        (MMWAVE, ("mmwave",)),
        (SUB6 + r"\n" + MMWAVE, ("sub6", "mmwave")),
        (r"40M0X7W\t3599.99 MHz\t40 W", ("reuse_mid",)),
        (r"40M0X7W\t2,350 MHz\t40 W", ("new_mid",)),
        (r"10M0X7W\t768000 kHz\t40 W", ("reuse_low",)),
        (r"100MX7W\t4.65 GHz\t40 W", ("unknown",)),
        (r"F3E\t400 MHz\t5 W\n99M9X7W\t4550 MHz\t1 W", ("sub6",)),
        ("１００ＭＸ７Ｗ　２７．１５　ＧＨｚ", ("mmwave",)),
        ("1AF", ("unknown",)),
        ("＊＊＊＊＊", ("unknown",)),
        ("", ("unknown",)),
    ],
)
def test_the_class_is_that_of_the_frequencies(emissions, classes):
    assert band_classes_of(emissions) == classes


# answers that cannot be used


def test_a_json_answer_cut_short_is_refused_with_the_place(tmp_path):
    path = save_json(tmp_path / "page.json", json_answer(*STATIONS))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match=r"page\.json, line \d+.*cut short"):
        read_licences([path])


def test_a_csv_answer_cut_short_lacks_records(tmp_path):
    text = csv_answer(*STATIONS)
    path = save_text(tmp_path / "page.csv", text[: text.rindex("6,楽天")])
    with pytest.raises(SourceError, match=r"page\.csv: 5 of 6 records.*1 are missing"):
        read_licences([path])


@pytest.mark.parametrize("name", ["page.json", "page.csv"])
def test_an_empty_file_is_refused(name, tmp_path):
    with pytest.raises(SourceError, match=rf"{name}, line 1: found an empty file"):
        read_licences([save_text(tmp_path / name, "")])


def test_another_encoding_is_refused_with_line_and_byte(tmp_path):
    path = save_text(tmp_path / "page.csv", csv_answer(*STATIONS), "cp932")
    with pytest.raises(SourceError, match=r"page\.csv, line 2: .*byte 0x.* not UTF-8"):
        read_licences([path])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"errs": [{"errcd": "C001"}]}, r"found errs; wanted a list answer"),
        ([1], r"found a list, wanted a list answer"),
        ({"musen": [], "musenInformation": {"totalCount": "0"}}, r"lastUpdateDate"),
        (
            {
                "musen": [],
                "musenInformation": {"totalCount": "?", "lastUpdateDate": "2023-03-24"},
            },
            r"totalCount: found '\?', wanted a number",
        ),
        ({"musen": "x", "musenInformation": {}}, r"wanted a list answer"),
    ],
)
def test_json_of_another_kind_is_refused(content, message, tmp_path):
    path = save_text(tmp_path / "page.json", json.dumps(content))
    with pytest.raises(SourceError, match=message):
        read_licences([path])


def test_a_json_key_that_is_in_no_record_is_named(tmp_path):
    answer = json_answer(*STATIONS)
    for record in answer["musen"]:
        del record["listInfo"]["tdfkCd"]
    path = save_json(tmp_path / "page.json", answer)
    with pytest.raises(SourceError, match=r"no record has listInfo\.tdfkCd"):
        read_licences([path])


def test_a_csv_answer_without_its_last_fields_is_refused(tmp_path):
    path = save_text(tmp_path / "page.csv", csv_answer(*STATIONS, fields=25))
    with pytest.raises(SourceError, match=r"line 2: 25 fields, wanted 26 .*5"):
        read_licences([path])


def test_a_csv_row_with_another_number_of_fields_is_rejected(tmp_path):
    lines = csv_answer(*STATIONS).splitlines(keepends=True)
    lines[2] = "2,楽天モバイル株式会社,滋賀県大津市\r\n"
    read = read_licences([save_text(tmp_path / "page.csv", "".join(lines))])
    assert [row[2:5] for row in faults_of(read)] == [(3, "", "wrong_field_count")]
    assert (read.read_count, read.accepted_count) == (6, 5)


def test_fields_and_keys_that_are_new_are_noted(tmp_path):
    answer = json_answer(STATIONS[0])
    answer["musen"][0]["extraInfo"] = {"a": "b"}
    text = csv_answer(STATIONS[1]).rstrip("\r\n") + ",new\r\n"
    paths = [
        save_json(tmp_path / "a.json", answer),
        save_text(tmp_path / "b.csv", text),
    ]
    notes = " ".join(read_licences(paths).notes)
    assert "extraInfo" in notes
    assert "b.csv: fields beyond the 26" in notes


def test_an_xml_answer_is_refused_with_the_forms_that_can_be_read(tmp_path):
    path = save_text(tmp_path / "page.xml", "<?xml version='1.0'?><musen/>")
    with pytest.raises(SourceError, match=r"page\.xml, line 1: found '<\?xml.*OF=2"):
        read_licences([path])


def test_no_file_is_refused(tmp_path):
    with pytest.raises(
        SourceError, match=r"README\.md: found no .* wanted a JSON answer"
    ):
        read_licences([save_text(tmp_path / "README.md", "x")])


def test_the_csv_layout_of_the_fixture_has_the_published_fields():
    fields = csv_fields(station(1, "奈良県奈良市", SUB6, note="n"))
    assert (len(fields), fields[23], fields[25]) == (26, SUB6, "n")


@pytest.mark.shared
def test_the_real_answer_is_read_and_its_thirteen_absent_records_are_named(
    shared_data, tmp_path
):
    path = shared_data / "data/musen_webapi_format/list_response_example.json"
    with pytest.raises(SourceError, match=r"1 of 14 records.* 13 are missing"):
        read_licences([path])
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["musenInformation"]["totalCount"] = "1"
    read = read_licences([save_json(tmp_path / "one.json", whole)])
    row = table_of(read).iloc[0]
    assert row["licensee"] == "一般社団法人日本アマチュア無線連盟"
    assert (row["city_code"], row["band_class"]) == ("13116", "unknown")
    assert pd.isna(row["carrier"])


def test_an_answer_without_a_single_record_of_its_total_is_refused(tmp_path):
    path = save_text(tmp_path / "page.csv", "2023-03-24,2\r\n")
    with pytest.raises(SourceError, match=r"0 of 2 records .* 2 are missing"):
        read_licences([path])


def test_a_short_record_of_an_answer_with_detail_is_rejected(tmp_path):
    lines = csv_answer(*STATIONS[:2]).splitlines()
    short = ",".join(lines[1].split(",")[:5])
    text = "\r\n".join([lines[0], short, lines[2], ""])
    read = read_licences([save_text(tmp_path / "page.csv", text)])
    assert faults_of(read) == [("page.csv", "", 2, "", "wrong_field_count", "5")]
    assert (read.read_count, read.accepted_count) == (2, 1)


def test_an_answer_that_ends_within_a_record_is_refused(tmp_path):
    text = csv_answer(*STATIONS[:2])
    path = save_text(tmp_path / "page.csv", text[: text.rindex(",2020-12-07")])
    message = r"page\.csv, line 3: ends within a record \(\d+ fields\).* wanted 26"
    with pytest.raises(SourceError, match=message):
        read_licences([path])


def test_a_last_record_without_a_line_end_is_warned_about(tmp_path):
    text = csv_answer(*STATIONS[:2]).rstrip("\r\n")
    read = read_licences([save_text(tmp_path / "page.csv", text)])
    (warning,) = read.rejected.to_dict("records")
    assert (warning["rule_id"], warning["severity"]) == ("open_end", "WARNING")
    assert (warning["row"], warning["column"]) == (3, "note")
    assert read.accepted_count == 2


def test_a_record_whose_parts_are_texts_has_no_place(tmp_path):
    answer = json_answer(*STATIONS[:2])
    answer["musen"][0] = {"listInfo": "x", "detailInfo": ["y"]}
    read = read_licences([save_json(tmp_path / "page.json", answer)])
    assert read.accepted_count == 1
    assert set(read.rejected["rule_id"]) == {"missing_value"}
