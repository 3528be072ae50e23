"""Lists of disadvantaged municipalities: the real ones of 2022, and our own form."""

import csv
import zipfile
from collections import Counter
from functools import partial

import pytest

from geodata import reference
from geodata.readers.disadvantaged_lists import read_disadvantaged_list
from geodata.schemas import TABLES, conform
from tests.unit.disadvantaged_files import (
    CATEGORY_HEADER,
    KASO_HEADER,
    KASO_ROWS,
    OWN_HEADER,
    assert_refused,
    csv_text,
    rules_by_row,
    write_text,
)

TABLE = "raw.disadvantaged_municipality"


@pytest.fixture
def write(tmp_path):
    """Write one text file and give its path."""
    return partial(write_text, tmp_path)


refused = partial(assert_refused, read_disadvantaged_list)


# the ministry's lists


@pytest.mark.shared
def test_the_real_lists_add_up_to_the_published_totals(shared_data):
    folder = shared_data / "data/disadvantaged_municipalities_2022"
    kaso = folder / "kaso_municipalities_2022.csv"
    category = folder / "municipality_category_2022.csv"
    read = read_disadvantaged_list([kaso, category])
    table = read.tables[TABLE]
    counts = table.groupby(["kind", "extent"]).size().to_dict()
    assert counts == {
        ("kaso", "full"): 713,
        ("kaso", "partial"): 158,
        ("kaso", "deemed"): 14,
        ("listed", "full"): 819,
        ("listed", "partial"): 292,
        ("listed", "none"): 630,
    }
    assert read.accepted_count == read.read_count == 885 + 1741
    assert read.rejected.empty
    assert read.vintage == "2022-04-01"
    assert conform(TABLES[TABLE], table).num_rows == 885 + 1741
    assert any("4 lists of areas are cut short" in note for note in read.notes)


@pytest.mark.shared
def test_the_real_lists_are_what_the_csv_module_reads(shared_data):
    folder = shared_data / "data/disadvantaged_municipalities_2022"
    path = folder / "kaso_municipalities_2022.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = read_disadvantaged_list([path]).tables[TABLE].set_index("city_code")
    assert table.index.to_list() == [row["municipality_code"] for row in rows]
    areas = {row["municipality_code"]: row["kaso_areas"] for row in rows}
    assert table["areas_ja"].fillna("").to_dict() == areas
    assert Counter(row["kaso_kind"] for row in rows)["一部過疎"] == 158
    path = folder / "municipality_category_2022.csv"
    with path.open(encoding="utf-8", newline="") as file:
        wanted = {
            r["municipality_code"]: r["disadvantaged"] for r in csv.DictReader(file)
        }
    table = read_disadvantaged_list([path]).tables[TABLE].set_index("city_code")
    assert table["extent"].to_dict() == wanted
    assert "01100" in table.index  # designated cities as a whole, no wards


def test_a_list_of_2022_that_is_not_whole_is_used_with_a_warning(write):
    path = write("kaso_municipalities_2022.csv", csv_text(KASO_HEADER, KASO_ROWS))
    read = read_disadvantaged_list([path])
    table = read.tables[TABLE].set_index("city_code")
    assert table["extent"].to_dict() == {
        "32209": "full",
        "32203": "partial",
        "01206": "deemed",
    }
    assert table.loc["32203", "areas_ja"] == "佐田町|多伎町"
    assert rules_by_row(read) == {4: "inconsistent_total"}
    assert (read.accepted_count, read.rejected_count) == (3, 0)
    assert "885" in read.rejected["message_en"].iloc[0]
    assert read.vintage == "2022"


@pytest.mark.shared
def test_the_list_of_2022_under_another_year_is_refused(shared_data, write):
    folder = shared_data / "data/disadvantaged_municipalities_2022"
    text = (folder / "kaso_municipalities_2022.csv").read_text(encoding="utf-8")
    path = write("kaso_municipalities_2024.csv", text)
    refused([path], path.name, "2024", "2022-04-01")


def test_bad_rows_of_a_list_are_rejected_one_by_one(write):
    rows = [
        *KASO_ROWS,
        {**KASO_ROWS[0], "municipality_code": "1203"},
        {**KASO_ROWS[0], "municipality_code": "32999"},
        {**KASO_ROWS[0], "municipality_code": "32343", "kaso_kind": "過疎"},
        {**KASO_ROWS[0], "municipality_code": ""},
        {**KASO_ROWS[0]},
    ]
    text = csv_text(KASO_HEADER, rows) + "32386,島根県,飯南町,全部過疎\n\n"
    read = read_disadvantaged_list([write("kaso_municipalities_2023.csv", text)])
    assert rules_by_row(read) == {
        5: "bad_value",
        6: "unknown_municipality",
        7: "unknown_code",
        8: "missing_value",
        9: "repeated_key",
        10: "wrong_field_count",
    }
    assert (read.read_count, read.accepted_count, read.rejected_count) == (9, 3, 6)
    faults = read.rejected.set_index("row")
    assert faults.loc[5, "column"] == "municipality_code"
    assert "leading zero" in faults.loc[5, "message_en"]
    assert faults.loc[9, "value"] == "32209"


# the project's own list


def test_the_own_list_takes_any_kind_and_extent(write):
    rows = [
        {
            "kind": "henchi",
            "city_code": "32209",
            "extent": "partial",
            "areas_ja": "波多",
        },
        {"kind": "okinawa", "city_code": "47207", "extent": "full"},
        {"kind": "kaso", "city_code": "32209", "extent": "deemed"},
        {"kind": "kaso", "city_code": "32201", "extent": "none"},
    ]
    rows[0]["areas_ja"] = "波多"
    path = write("disadvantaged_2024-04-01.csv", csv_text(OWN_HEADER, rows))
    read = read_disadvantaged_list([path])
    table = read.tables[TABLE]
    assert table[["kind", "city_code", "extent"]].to_dict("records") == [
        {key: row[key] for key in ("kind", "city_code", "extent")} for row in rows
    ]
    assert table["areas_ja"].fillna("").to_list() == ["波多", "", "", ""]
    assert read.vintage == "2024-04-01"
    assert conform(TABLES[TABLE], table).num_rows == 4


def test_codes_with_check_digits_are_verified_and_cut(write):
    good = [reference.six_digit_code(code) for code in ("01202", "32209")]
    wrong = good[1][:5] + str((int(good[1][5]) + 1) % 10)
    codes = [*good, wrong, "32343", reference.six_digit_code("32999")]
    rows = [{"kind": "kaso", "city_code": code, "extent": "full"} for code in codes]
    read = read_disadvantaged_list([write("list.csv", csv_text(OWN_HEADER, rows))])
    assert read.tables[TABLE]["city_code"].to_list() == ["01202", "32209"]
    assert rules_by_row(read) == {
        4: "check_digit",
        5: "bad_value",
        6: "unknown_municipality",
    }


def test_areas_are_optional_and_further_columns_noted(write):
    header = ("kind", "city_code", "extent", "remark")
    rows = [{"kind": "rito", "city_code": "32525", "extent": "full", "remark": "x"}]
    read = read_disadvantaged_list([write("rito.csv", csv_text(header, rows))])
    assert read.tables[TABLE]["areas_ja"].isna().all()
    assert read.notes == ("rito.csv: further column(s) remark not used.",)


def test_unknown_kinds_and_extents_are_unknown_codes(write):
    rows = [
        {"kind": "island", "city_code": "32525", "extent": "full"},
        {"kind": "rito", "city_code": "32526", "extent": "whole"},
        {"kind": "rito", "city_code": "32527", "extent": "full"},
    ]
    read = read_disadvantaged_list([write("list.csv", csv_text(OWN_HEADER, rows))])
    assert rules_by_row(read) == {2: "unknown_code", 3: "unknown_code"}
    assert read.accepted_count == 1


def test_a_municipality_listed_in_two_files_counts_once(write):
    row = {"kind": "henchi", "city_code": "32209", "extent": "partial"}
    other = {"kind": "henchi", "city_code": "32343", "extent": "partial"}
    one = write("henchi_a.csv", csv_text(OWN_HEADER, [row]))
    two = write("henchi_b.csv", csv_text(OWN_HEADER, [other, row]))
    read = read_disadvantaged_list([one, two])
    assert read.tables[TABLE]["city_code"].to_list() == ["32209", "32343"]
    fault = read.rejected.iloc[0]
    assert (fault["file"], fault["row"], fault["rule_id"]) == (
        "henchi_b.csv",
        3,
        "repeated_key",
    )


def test_lists_are_read_inside_archives(tmp_path):
    path = tmp_path / "lists.zip"
    row = {"kind": "henchi", "city_code": "32209", "extent": "partial"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("henchi.csv", csv_text(OWN_HEADER, [row]))
        archive.writestr("readme.txt", "no list")
    read = read_disadvantaged_list([path])
    assert read.accepted_count == 1


def test_the_vintage_may_stand_in_the_sidecar(write):
    row = {"kind": "kaso", "city_code": "32209", "extent": "full"}
    path = write("list.csv", csv_text(OWN_HEADER, [row]))
    write("list.csv.toml", 'vintage = "2024-04-01"\n')
    assert read_disadvantaged_list([path]).vintage == "2024-04-01"


# files that are refused


def test_lists_of_two_years_of_one_kind_are_refused(write):
    row = {"kind": "kaso", "city_code": "32209", "extent": "full"}
    one = write("kaso_municipalities_2022.csv", csv_text(KASO_HEADER, KASO_ROWS))
    two = write("kaso_2024.csv", csv_text(OWN_HEADER, [row]))
    refused([one, two], "kaso for 2024", "for 2022")


def test_a_sidecar_of_another_year_is_refused(write):
    path = write("kaso_municipalities_2023.csv", csv_text(KASO_HEADER, KASO_ROWS))
    write("kaso_municipalities_2023.csv.toml", 'vintage = "2024-04-01"\n')
    refused([path], "name says 2023", "vintage 2024-04-01")


def test_a_list_named_as_another_form_is_refused(write):
    row = {"municipality_code": "32209", "category_id": 8, "disadvantaged": "full"}
    text = csv_text(CATEGORY_HEADER, [row])
    path = write("kaso_municipalities_2022.csv", text)
    refused([path], path.name, "line 1", "kaso_kind")


def test_a_list_named_after_another_kind_is_refused(write):
    row = {"kind": "rito", "city_code": "32525", "extent": "full"}
    path = write("henchi_2024.csv", csv_text(OWN_HEADER, [row]))
    refused([path], "named after 'henchi'", "holds rito")


@pytest.mark.parametrize("column", ["municipality_code", "kaso_kind", "kaso_areas"])
def test_a_list_without_a_column_is_refused(write, column):
    header = [name for name in KASO_HEADER if name != column]
    path = write("kaso_municipalities_2022.csv", csv_text(header, KASO_ROWS))
    refused([path], path.name, "line 1", column, "wanted")


def test_a_list_cut_within_a_row_is_refused(write):
    text = csv_text(KASO_HEADER, KASO_ROWS)[:-6]
    path = write("kaso_municipalities_2022.csv", text)
    refused([path], path.name, "line 4", "ends within", "6")


@pytest.mark.parametrize("text", ["", ",".join(OWN_HEADER) + "\n"])
def test_an_empty_list_is_refused(write, text):
    path = write("list.csv", text)
    refused([path], "list.csv", "wanted")


def test_a_list_in_cp932_is_refused(write):
    text = csv_text(KASO_HEADER, KASO_ROWS)
    path = write("kaso_municipalities_2022.csv", text, "cp932")
    refused([path], path.name, "line 2: wanted UTF-8", "byte 0x")


def test_a_damaged_archive_of_lists_is_refused(write):
    path = write("lists.zip", "PK\x03\x04 cut")
    refused([path], "lists.zip", "wanted")


def test_no_list_at_all_is_refused(write):
    path = write("list.txt", "kind\n")
    refused([path], "list.txt", "found no .csv file")
