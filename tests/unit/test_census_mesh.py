"""Census mesh statistics: what a row means, and which file it is."""

import pytest
from census_files import KYOTO, Row, census, population, table, with_rows, written

from geodata.errors import SourceError
from geodata.readers.census.header import normal_label
from geodata.readers.census_mesh import read_census_mesh
from geodata.schemas import TABLES, conform

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


# --- several censuses -----------------------------------------------------------------


def files_of_2015_and_2020(folder):
    old = [Row("523600001", "12"), Row("523600002", "55", household="9")]
    return [
        census(folder, "tblT001141H5236.txt", KYOTO),
        census(folder, "tblT000847H5236.zip", old, "T000847"),
    ]


def test_two_censuses_are_read_side_by_side_each_with_its_year(tmp_path):
    read = read_census_mesh(files_of_2015_and_2020(tmp_path))
    frame = read.tables["raw.mesh_population"]
    sums = frame.groupby("census_year")["population_count"].sum()
    assert sums.to_dict() == {2015: 67, 2020: 100}
    extent = read.tables["raw.census_extent"]
    assert extent["census_year"].tolist() == [2015, 2020]
    assert extent["population_count"].tolist() == [67, 100]
    assert read.vintage == ""  # each file has its own
    assert read.edition == (
        "T000847, m4, one file per mesh1; T001141, m4, one file per mesh1"
    )
    assert read.datum == "JGD2000, JGD2011"
    for name, one in read.tables.items():
        conform(TABLES[name], one)


def test_levels_and_units_must_agree_within_a_census_only(tmp_path):
    new, old = files_of_2015_and_2020(tmp_path)
    rows = [Row("52360000", "7"), Row("52360001", "8")]
    coarse = census(tmp_path, "tblT000846S5236.txt", rows, "T000846")
    read = read_census_mesh([new, coarse])
    levels = read.tables["raw.mesh_population"].groupby("census_year")["level"]
    assert levels.unique().map(list).to_dict() == {2015: ["m3"], 2020: ["m4"]}
    with pytest.raises(SourceError, match="level m4 in the one and m3 in the other"):
        read_census_mesh([new, old, coarse])


def test_links_and_gaps_stay_within_their_census(tmp_path):
    new = census(tmp_path, "tblT001141H5236.txt", KYOTO)
    gives = [Row("523600003", "3", "2", "523600002"), Row("523600001", "n/a")]
    old = census(tmp_path, "tblT000847H5236.txt", gives, "T000847")
    read = read_census_mesh([new, old])
    # 523600002 receives in 2020, but has no row in 2015: the link leads nowhere.
    assert set(read.rejected["file"]) == {"tblT000847H5236.txt"}
    assert "broken_link" in set(read.rejected["rule_id"])
    gaps = read.tables["raw.census_gap"]
    assert gaps[["census_year", "mesh2", "row_count"]].to_numpy().tolist() == [
        [2015, 523600, 2]
    ]
    assert read.tables["raw.mesh_population"]["census_year"].tolist() == [2020] * 5


def test_an_unlisted_statistic_has_no_census_year(tmp_path):
    read = read_census_mesh([census(tmp_path, "tblT009999H5236.txt", KYOTO, "T009999")])
    for one in read.tables.values():
        assert one["census_year"].isna().all()


def test_columns_of_2015_under_their_own_numbers_need_no_note(tmp_path):
    lines = [line[:45] for line in table(KYOTO, "T000847")]
    for line in lines:  # 2015: 65 and over is number 016, households 025
        line[4 + 15], line[4 + 18] = line[4 + 18], line[4 + 15]
        line[4 + 24], line[4 + 33] = line[4 + 33], line[4 + 24]
    lines[0][4:] = [f"T000847{n:03d}" for n in range(1, 42)]
    lines[1][4] = "　人口総数"
    path = written(tmp_path, lines, "tblT000847H5236.txt")
    read = read_census_mesh([path])
    frame = population(read)
    assert frame["household_count"].tolist() == [1, 1, 1, 1, 20]
    assert frame["age65_count"].dropna().tolist() == [0, 7, 12]
    assert not any("as its label says" in note for note in read.notes)
