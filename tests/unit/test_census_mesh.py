"""Census mesh statistics: what a row means, and which file it is."""

import pytest
from census_files import KYOTO, Row, census, population, table, with_rows, written

from geodata.readers.census.header import normal_label
from geodata.readers.census_mesh import read_census_mesh

# --- what a row means -----------------------------------------------------------------


def test_a_numeric_total_is_taken_as_it_is_and_gassan_is_never_added(tmp_path):
    frame = population(with_rows(tmp_path))
    assert frame["population_count"].to_dict() == {
        523600001: 10,
        523600002: 50,
        523600003: 3,
        523600004: 2,
        523600011: 35,
    }
    assert set(frame["pop_status"]) == {"counted"}
    assert frame["household_count"].tolist() == [1, 1, 1, 1, 20]


def test_withheld_details_are_null_and_zero_is_zero(tmp_path):
    age65 = population(with_rows(tmp_path))["age65_count"]
    assert age65.isna().tolist() == [False, False, True, True, False]
    assert age65.dropna().tolist() == [0, 7, 12]


def test_a_withheld_total_is_zero_persons_of_a_disclosure_group(tmp_path):
    read = with_rows(tmp_path, Row("523600003", "*", "2", "523600002", household="*"))
    row = population(read).loc[523600003]
    assert (row["population_count"], row["pop_status"]) == (0, "suppressed")
    assert row["disclosure_group"] == 523600002
    assert row.isna()["household_count"]
    assert read.tables["raw.census_extent"]["population_count"].tolist() == [97]


def test_the_receiver_is_in_its_own_disclosure_group_and_plain_cells_in_none(tmp_path):
    group = population(with_rows(tmp_path))["disclosure_group"]
    assert group.dropna().to_dict() == dict.fromkeys(
        [523600002, 523600003, 523600004], 523600002
    )


@pytest.mark.parametrize("none", ["-", ""])
def test_a_dash_or_nothing_is_none_which_is_zero(tmp_path, none):
    read = with_rows(
        tmp_path, Row("523600001", none, household=none, age65=none), KYOTO[1]
    )
    row = population(read).loc[523600001]
    assert row["population_count"] == row["household_count"] == row["age65_count"] == 0
    assert row["pop_status"] == "counted"
    assert read.rejected.empty


def test_blanks_round_fields_are_no_fault(tmp_path):
    lines = table(KYOTO)
    lines[2][4] = " 10 "
    frame = population(read_census_mesh([written(tmp_path, lines)]))
    assert frame.loc[523600001, "population_count"] == 10


# --- which file it is -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "statistics", "keys", "level"),
    [
        ("tblT001140S5236.txt", "T001140", ["52360000", "52360001"], "m3"),
        ("tblT001142Q5236.txt", "T001142", ["5236000011", "5236000012"], "m5"),
        ("tblT001231E5236.txt", "T001231", ["52360000111", "52360000112"], "m6"),
        ("tblT001171S5236.zip", "T001171", ["52360000", "52360001"], "m3"),
    ],
)
def test_the_digits_of_key_code_tell_the_level(tmp_path, name, statistics, keys, level):
    rows = [Row(key, "5") for key in keys]
    read = read_census_mesh([census(tmp_path, name, rows, statistics)])
    assert set(read.tables["raw.mesh_population"]["level"]) == {level}
    assert any("ten digits" in note for note in read.notes) == (level == "m5")


def test_labels_tell_the_columns_not_their_numbers(tmp_path):
    lines = table(KYOTO)
    for line in lines:
        line[4], line[9] = line[9], line[4]  # the total stands sixth, under code 001
    lines[0][4], lines[0][9] = "T001141001", "T001141006"
    lines[1][9] = "　 人口(総数)"
    lines[1][22] = "65歳以上人口総数"
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["population_count"].sum() == 100
    assert any("T001141006" in note and "label" in note for note in read.notes)


def test_further_columns_may_stand_between_the_known_ones(tmp_path):
    lines = table(KYOTO)
    for at, line in enumerate(lines):
        line[1:1] = (
            [["HYOSYO", "CITYNAME"], ["", ""]][at] if at < 2 else ["1", "京都市"]
        )
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["population_count"].sum() == 100
    assert any("column(s) HYOSYO, CITYNAME not used" in note for note in read.notes)


def test_a_statistic_without_households_gives_null_not_zero(tmp_path):
    lines = [line[:37] for line in table(KYOTO)]
    read = read_census_mesh([written(tmp_path, lines)])
    assert population(read)["household_count"].isna().all()
    assert any("世帯総数" in note and "null" in note for note in read.notes)


def test_an_unknown_statistics_id_is_read_with_year_and_datum_not_stated(tmp_path):
    path = census(tmp_path, "tblT009999H5236.txt", KYOTO, "T009999")
    read = read_census_mesh([path])
    assert (read.vintage, read.datum) == ("not stated", "not stated")
    assert population(read)["population_count"].sum() == 100


@pytest.mark.parametrize(
    ("label", "normal"),
    [
        ("　人口（総数）", "人口総数"),
        ("人口(総数) 男", "人口総数男"),
        ("　６５歳以上人口　総数", "65歳以上人口総数"),
    ],
)
def test_labels_are_compared_without_widths_blanks_and_brackets(label, normal):
    assert normal_label(label) == normal


def test_a_file_of_another_name_is_told_by_its_content(tmp_path):
    read = read_census_mesh([census(tmp_path, "population.csv", KYOTO)])
    (extent,) = read.tables["raw.census_extent"].to_dict("records")
    assert (extent["unit"], extent["code"]) == ("mesh1", "5236")
    assert any("by its content" in note for note in read.notes)
