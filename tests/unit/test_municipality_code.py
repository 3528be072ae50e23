"""Municipality codes: forms, changes over the years, and names."""

import csv
from datetime import date

import pandas as pd
import pytest

from geodata import reference
from geodata.errors import TableError
from geodata.reference.municipality_code import LISTED_ON

BEFORE_REFORM = date(2023, 12, 31)
AFTER_REFORM = date(2024, 1, 1)


def codes(*values):
    return pd.Series(list(values), dtype="str")


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# check digit and forms


@pytest.mark.parametrize(
    ("code", "six"),
    [
        ("01101", "011011"),
        ("13224", "132241"),
        ("01000", "010006"),
        ("13000", "130001"),
        ("47000", "470007"),
        ("02204", "022047"),
    ],
)
def test_the_check_digit_is_that_of_the_sourced_examples(code, six):
    assert reference.six_digit_code(code) == six


@pytest.mark.parametrize("code", ["1101", "011011", "0110a", "", "０１１０１"])
def test_a_check_digit_is_of_five_digits_only(code):
    with pytest.raises(TableError, match="wanted five digits"):
        reference.check_digit(code)


def test_each_form_reads_its_own_writing():
    expected = ["01101", "47201"]
    five = reference.five_digit_codes(codes("01101", "47201"), "five")
    six = reference.five_digit_codes(codes("011011", "472018"), "six")
    number = reference.five_digit_codes(
        codes("11011", "472018"), "number_with_check_digit"
    )
    for found in (five, six, number):
        assert found.to_list() == expected


def test_the_same_digits_mean_another_place_in_another_form():
    text = codes("11011")
    assert reference.five_digit_codes(text, "five").to_list() == ["11011"]
    number = reference.five_digit_codes(text, "number_with_check_digit")
    assert number.to_list() == ["01101"]


def test_numbers_are_read_as_their_digits():
    numbers = pd.Series([11011, 250007], index=[7, 3])
    found = reference.five_digit_codes(numbers, "number_with_check_digit")
    assert found.to_dict() == {7: "01101", 3: "25000"}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("011012", "six"),
        ("01101", "six"),
        ("011011", "five"),
        ("48101", "five"),
        ("00101", "five"),
        ("11012", "number_with_check_digit"),
        ("011011", "number_with_check_digit"),
        ("480002", "number_with_check_digit"),
        ("11011.0", "number_with_check_digit"),
        ("", "five"),
        (None, "six"),
    ],
)
def test_wrong_digits_are_null(text, form):
    assert reference.five_digit_codes(codes(text), form).isna().all()


@pytest.mark.shared
def test_every_check_digit_of_the_offices_is_right(shared_data):
    offices = rows(shared_data / "data/municipal_offices/localgovjp-utf8.csv")
    six = codes(*(office["lgcode"] for office in offices))
    five = reference.five_digit_codes(six, "six")
    assert five.to_list() == [office["cid"].zfill(5) for office in offices]
    assert len(five) == 1916
    assert set(five) <= reference.known_municipality_codes()


# changes


@pytest.mark.parametrize(
    ("code", "day", "current", "how"),
    [
        ("22131", BEFORE_REFORM, "22131", "same"),
        ("22131", AFTER_REFORM, "22138", "merged"),
        ("22135", AFTER_REFORM, "22135", "split"),
        ("22136", AFTER_REFORM, "22139", "merged"),
        ("22137", AFTER_REFORM, "22140", "renumbered"),
        ("22140", BEFORE_REFORM, "22137", "renumbered"),
        ("22138", BEFORE_REFORM, "22138", "not_yet"),
        ("22130", AFTER_REFORM, "22130", "same"),
        ("40305", date(2018, 9, 30), "40305", "same"),
        ("40305", date(2018, 10, 1), "40231", "renumbered"),
        ("40231", date(2018, 9, 30), "40305", "renumbered"),
        ("03422", date(2011, 9, 26), "03209", "merged"),
        ("03209", date(2011, 9, 25), "03209", "same"),
        ("43201", date(2012, 4, 1), "43201", "split"),
        ("28221", date(2019, 5, 1), "28221", "same"),
    ],
)
def test_a_code_is_called_by_the_day(code, day, current, how):
    found = reference.codes_on(codes(code), day).iloc[0]
    assert (found["current_code"], found["how"]) == (current, how)


def test_nobodys_code_is_unknown_and_keeps_its_row():
    found = reference.codes_on(codes("99999", None, "01101"), AFTER_REFORM)
    assert found["how"].to_list() == ["unknown", "unknown", "same"]
    assert found["current_code"].isna().to_list() == [True, True, False]


@pytest.mark.parametrize(
    ("code", "listed", "how"),
    [
        ("01101", "01101", "same"),
        ("22138", "22130", "whole_city"),
        ("22139", "22130", "whole_city"),
        ("22140", "22137", "renumbered"),
        ("43201", "43100", "whole_city"),
        ("04423", "04216", "renumbered"),
        ("09367", "09203", "merged"),
    ],
)
def test_codes_of_any_year_have_their_place_on_the_list_of_2020(code, listed, how):
    found = reference.to_listed(codes(code)).iloc[0]
    assert (found["listed_code"], found["how"]) == (listed, how)


def test_every_known_code_has_a_place_on_the_list():
    every = codes(*sorted(reference.known_municipality_codes()))
    listed = reference.to_listed(every)
    assert set(listed["listed_code"]) <= set(reference.municipalities()["city_code"])
    assert (listed["listed_code"].str[:2] == every.str[:2]).all()


def test_codes_are_valid_from_their_first_day_until_the_next_code_begins():
    assert reference.valid_on("22138", AFTER_REFORM)
    assert not reference.valid_on("22138", BEFORE_REFORM)
    assert not reference.valid_on("43100", date(2012, 3, 31))
    assert reference.valid_on("43100", date(2012, 4, 1))
    assert reference.valid_on("28221", date(2010, 12, 31))
    assert reference.valid_on("28221", date(2020, 12, 31))
    assert not reference.valid_on("99999", AFTER_REFORM)


def test_the_list_holds_exactly_the_codes_valid_on_its_day():
    listed = set(reference.municipalities()["city_code"])
    known = reference.known_municipality_codes()
    assert {code for code in known if reference.valid_on(code, LISTED_ON)} == listed


def test_every_change_names_places_with_their_kind():
    changes = reference.municipality_changes()
    names = pd.concat([changes["old_name_ja"], changes["new_name_ja"]])
    assert names.str.endswith(("市", "区", "町", "村")).all()
    assert changes["changed_on"].min() > pd.Timestamp("2010-10-01")


# Changes cannot be computed from these lists: they all hold the codes of 2020.
@pytest.mark.shared
def test_no_list_of_2020_to_2026_has_a_code_that_the_list_of_2020_lacks(shared_data):
    listed = set(reference.municipalities()["city_code"])
    n03 = pd.read_parquet(
        shared_data / "data/admin_n03_2021/n03_2021_municipalities_s0010.parquet",
        columns=["N03_007"],
    )["N03_007"]
    assert set(n03.dropna()) - {""} <= listed
    offices = rows(shared_data / "data/municipal_offices/localgovjp-utf8.csv")
    assert {office["lgcode"][:5] for office in offices} <= listed
    # ... and the offices "of 2026-07-09" still have the wards abolished in 2024:
    abolished = {c for c in listed if not reference.valid_on(c, date(2026, 7, 9))}
    assert abolished == {f"2213{n}" for n in range(1, 8)}
    assert abolished <= {office["lgcode"][:5] for office in offices}


# names


@pytest.mark.parametrize(
    ("place", "day", "code"),
    [
        ("北海道札幌市中央区", AFTER_REFORM, "01101"),
        ("滋賀県犬上郡豊郷町", AFTER_REFORM, "25441"),
        ("滋賀県豊郷町", AFTER_REFORM, "25441"),
        ("東京都八丈島八丈町", AFTER_REFORM, "13401"),
        ("東京都三宅島三宅村", AFTER_REFORM, "13381"),
        ("東京都御蔵島村", AFTER_REFORM, "13382"),
        ("茨城県龍ヶ崎市", AFTER_REFORM, "08208"),
        ("高知県高岡郡檮原町", AFTER_REFORM, "39405"),
        ("奈良県大和郡山市", AFTER_REFORM, "29203"),
        ("静岡県 浜松市天竜区", BEFORE_REFORM, "22137"),
        ("静岡県浜松市天竜区", AFTER_REFORM, "22140"),
        ("静岡県浜松市中区", AFTER_REFORM, "22131"),
        ("熊本県熊本市", date(2012, 3, 31), "43201"),
        ("熊本県熊本市", date(2012, 4, 1), "43100"),
        ("兵庫県篠山市", AFTER_REFORM, "28221"),
        ("宮城県黒川郡富谷町", AFTER_REFORM, "04423"),
        ("北海道古宇郡泊村", AFTER_REFORM, "01403"),
        ("京都府京都市北区", AFTER_REFORM, "26101"),
    ],
)
def test_a_place_is_found_by_its_name(place, day, code):
    found = reference.codes_of_places(codes(place), day).iloc[0]
    assert (found["pref_code"], found["city_code"]) == (code[:2], code)


@pytest.mark.parametrize("place", ["北海道国後郡泊村", "大阪府大津市", "滋賀県x"])
def test_a_place_that_is_not_there_has_a_prefecture_only(place):
    found = reference.codes_of_places(codes(place), AFTER_REFORM).iloc[0]
    assert pd.notna(found["pref_code"])
    assert pd.isna(found["city_code"])
    assert not found["is_prefecture"]


def test_a_prefecture_alone_is_told_from_a_place_that_is_not_there():
    places = codes("東京都", "東京", None)
    found = reference.codes_of_places(places, AFTER_REFORM)
    assert found["is_prefecture"].to_list() == [True, False, False]
    assert found["pref_code"].isna().to_list() == [False, True, True]


@pytest.mark.shared
def test_every_name_of_the_real_lists_leads_to_its_code(shared_data):
    data = shared_data / "data"
    named = {
        office["pref"] + office["city"]: office["lgcode"]
        for office in rows(data / "municipal_offices/localgovjp-utf8.csv")
    }
    for path in sorted(data.glob("musen_rakuten_*/*.csv")):
        for row in rows(path) if path.name != "updated.csv" else []:
            if row["市区町村名"] not in ("", row["都道府県名"]):
                place = row["都道府県名"] + row["市区町村名"]
                named[place] = row["団体コード"].zfill(6)
    places = codes(*named)
    found = reference.codes_of_places(places, date(2022, 7, 21))["city_code"]
    assert len(places) > 2500
    assert found.to_list() == [six[:5] for six in named.values()]
