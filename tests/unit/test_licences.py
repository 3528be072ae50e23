"""Lists of licence counts by municipality: totals, faults and refusals."""

import csv
import zipfile
from datetime import date

import pandas as pd
import pytest

from geodata.errors import SourceError
from geodata.readers.licences import read_licences
from tests.unit.licence_files import (
    LIST_4G,
    LIST_5G,
    RAKUTEN,
    counts_of,
    save_list_4g,
    save_list_5g,
    save_text,
    table_of,
)

DAY = pd.Timestamp("2023-03-24")


def real_rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_list_of_blanket_counts_is_read_with_its_day_and_carrier(tmp_path):
    read = read_licences([save_list_4g(tmp_path)])
    assert counts_of(read) == {
        ("13103", "lte"): 3,
        ("25201", "lte"): 103,
        ("25202", "lte"): 35,
        ("27102", "lte"): 7,
    }
    table = table_of(read)
    assert set(table["licence_kind"]) == {"blanket"}
    assert set(table["licensee"]) == {RAKUTEN}
    assert set(table["counted_on"]) == {pd.Timestamp("2022-07-21")}
    assert (read.read_count, read.accepted_count) == (4, 4)


def test_a_list_by_band_has_a_row_for_each_class_and_keeps_zero(tmp_path):
    read = read_licences([save_list_5g(tmp_path)])
    assert counts_of(read) == {
        ("25201", "mmwave"): 11,
        ("25201", "sub6"): 16,
        ("25202", "mmwave"): 5,
        ("25202", "sub6"): 5,
        ("25441", "mmwave"): 0,
        ("25441", "sub6"): 0,
    }
    assert (read.read_count, read.accepted_count) == (3, 3)
    assert set(table_of(read)["counted_on"]) == {DAY}


def test_a_code_in_the_lists_of_two_bureaus_is_added_up(tmp_path):
    kinki = save_list_4g(tmp_path)
    text = LIST_4G.partition("250007")[0] + "10006,北海道,,5\n12025,北海道,函館市,5\n"
    text += "12033,北海道,小樽市,0\n"
    hokkaido = save_list_4g(tmp_path, text, "01_hokkaido.csv")
    read = read_licences([kinki, hokkaido])
    assert counts_of(read)[("13103", "lte")] == 6
    assert counts_of(read)[("01202", "lte")] == 5
    assert read.read_count == 7
    assert (
        "1 municipality occurs in more than one list (13103), as some licences are "
        "filed with a bureau other than the place's; the counts were added up."
    ) in read.notes


def test_lists_are_read_from_an_archive_named_after_the_carrier(tmp_path):
    path = save_list_4g(tmp_path)
    archive = tmp_path / "musen_rakuten_4g.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(path, path.name)
        file.write(path.with_name("updated.csv"), "updated.csv")
    assert counts_of(read_licences([archive]))[("25201", "lte")] == 103


def test_faulty_rows_of_a_list_are_rejected_and_totals_warned_about(tmp_path):
    text = LIST_5G.replace("252018,滋賀県,大津市,11,16", "252019,滋賀県,大津市,11,16")
    text += "252026,滋賀県,彦根市,1,1\n252034,滋賀県,長浜市,x,1\n"
    text += "252042,滋賀県,守山市,1,1\n259993,滋賀県,無名市,1,1\n252069,滋賀県\n"
    read = read_licences([save_list_5g(tmp_path, text)])
    errors = read.rejected[read.rejected["severity"] == "ERROR"]
    rows = errors[["row", "column", "rule_id"]].to_numpy().tolist()
    assert sorted(rows) == [
        [3, "団体コード", "check_digit"],
        [6, "団体コード", "repeated_key"],
        [7, "ミリ波", "bad_value"],
        [8, "市区町村名", "bad_value"],
        [9, "団体コード", "unknown_municipality"],
        [10, "", "wrong_field_count"],
    ]
    warnings = read.rejected[read.rejected["severity"] == "WARNING"]
    assert set(warnings["rule_id"]) == {"inconsistent_total"}
    assert (read.read_count, read.accepted_count) == (8, 2)


def test_extra_columns_of_a_list_are_noted(tmp_path):
    text = "\n".join(line + ",x" for line in LIST_5G.splitlines()) + "\n"
    read = read_licences([save_list_5g(tmp_path, text)])
    assert read.accepted_count == 3
    assert any("further column(s) x not used" in note for note in read.notes)


def test_a_list_without_a_column_is_refused(tmp_path):
    text = LIST_4G.replace("開設局数", "件数")
    with pytest.raises(SourceError, match=r"line 1: found .*件数; wanted 団体コード"):
        read_licences([save_list_4g(tmp_path, text)])


@pytest.mark.parametrize("cut", [-1, -4, -12])
def test_a_list_cut_short_is_refused_with_the_line(cut, tmp_path):
    with pytest.raises(SourceError, match=r"line 8: .* without a line end"):
        read_licences([save_list_4g(tmp_path, LIST_4G[:cut])])


def test_a_list_without_rows_is_refused(tmp_path):
    text = LIST_4G.partition("\n")[0] + "\n"
    with pytest.raises(SourceError, match="line 2: found no data row"):
        read_licences([save_list_4g(tmp_path, text)])


def test_a_list_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "Rakuten_5G_kinki_20230324.csv"
    save_text(path, LIST_5G, "cp932")
    with pytest.raises(SourceError, match=r"line 1: .*byte 0x.* is not UTF-8"):
        read_licences([path])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Rakuten_5G_kanto_20230324.csv", "name says kanto, but 4 of 4 rows .* kinki"),
        ("Rakuten_5G_kinki.csv", "no day is known.*Rakuten_5G_kinki_20240312"),
        ("Rakuten_5G_kinki_20231324.csv", "no day is known"),
        ("5G_kinki_20230324.csv", "the name tells no carrier.*rakuten"),
        ("Rakuten_KDDI_5G_kinki_20230324.csv", "say kddi and rakuten"),
    ],
)
def test_a_renamed_list_is_refused(name, message, tmp_path):
    with pytest.raises(SourceError, match=message):
        read_licences([save_list_5g(tmp_path / "lists", name=name)])


def test_a_list_renamed_to_another_bureaus_is_refused(tmp_path):
    path = save_list_4g(tmp_path, name="01_hokkaido.csv")
    with pytest.raises(SourceError, match=r"name says hokkaido.*area of kinki"):
        read_licences([path])


def test_a_day_of_the_lists_that_is_none_is_refused(tmp_path):
    path = save_list_4g(tmp_path, updated="area,latest,update\n07_kinki,昨日,1\n")
    with pytest.raises(SourceError, match=r"updated\.csv, line 2, column latest"):
        read_licences([path])


# real files


@pytest.mark.shared
def test_the_real_lists_of_2022_add_up_as_their_readme_says(shared_data):
    folder = shared_data / "data/musen_rakuten_4g_2022"
    paths = sorted(folder.glob("*.csv"))
    read = read_licences(paths)
    rows = [r for p in paths if p.name != "updated.csv" for r in real_rows(p)]
    plain = {}
    for row in rows:
        if row["市区町村名"]:
            code = row["団体コード"].zfill(6)[:5]
            plain[code] = plain.get(code, 0) + int(row["開設局数"])
    totals = [r for r in rows if not r["市区町村名"]]
    assert len(rows) == 1895
    assert sum(plain.values()) == sum(int(r["開設局数"]) for r in totals) == 59_529
    assert counts_of(read, "city_code") == plain
    assert read.rejected.empty
    assert read.read_count == read.accepted_count == 1895 - len(totals) == 1842
    assert len(plain) == 1842 - 6
    assert read.vintage == "2022-07-21"


@pytest.mark.shared
def test_the_real_lists_by_band_add_up_on_each_of_the_five_days(shared_data):
    paths = sorted((shared_data / "data/musen_rakuten_5g_kinki").glob("*.csv"))
    read = read_licences(paths)
    plain, totals = {}, {}
    for path in paths:
        day = date.fromisoformat(path.stem[-8:])
        for row in real_rows(path):
            for column, band in (("ミリ波", "mmwave"), ("sub6", "sub6")):
                if row["市区町村名"] != row["都道府県名"]:
                    key = pd.Timestamp(day), row["団体コード"][:5], band
                    plain[key] = int(row[column])
                    totals[day, band] = totals.get((day, band), 0) + int(row[column])
    assert counts_of(read, "counted_on", "city_code", "band_class") == plain
    assert list(totals.values()) == [
        *(1097, 1116, 1668, 1873, 2189, 3163, 2154, 3216, 2140, 3635)
    ]
    assert read.read_count == read.accepted_count == 5 * 245
    assert read.rejected.empty
    assert read.vintage == "2022-03-29/2026-07-23"
