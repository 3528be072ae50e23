import csv

import pandas as pd
import pytest
from broadband_files import (
    FIBRE_HEADER,
    FIBRE_ROWS,
    SUPPORT_HEADER,
    SUPPORT_ROWS,
    csv_bytes,
    workbook,
    write,
)

from geodata.errors import SourceError
from geodata.readers.fibre_towns import read_fibre_towns
from geodata.schemas import TABLES, conform


def csv_file(folder, rows, name="fibre_towns.csv", header=FIBRE_HEADER, **form):
    return write(folder / name, csv_bytes(header, rows, **form))


def changed(**values):
    return tuple(
        (dict(zip(FIBRE_HEADER, FIBRE_ROWS[1], strict=True)) | values).values()
    )


def test_households_add_up_to_what_the_csv_module_reads(tmp_path):
    path = csv_file(tmp_path, FIBRE_ROWS)
    read = read_fibre_towns([path])
    table = read.tables["raw.fibre_town"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("household_count", "fibre_household_count"):
        assert table[name].sum() == sum(int(row[name]) for row in rows) > 0
    assert (table["surveyed_on"] == pd.Timestamp("2024-03-31")).all()
    assert (read.read_count, read.accepted_count, read.vintage) == (3, 3, "2024-03-31")
    assert conform(TABLES["raw.fibre_town"], table).num_rows == 3


def test_a_workbook_with_numbers_reads_like_the_csv_file(tmp_path):
    rows = [[*row[:4], int(row[4]), float(row[5])] for row in FIBRE_ROWS]
    book = workbook(tmp_path / "fibre_towns.xlsx", {"町字": [FIBRE_HEADER, *rows]})
    pd.testing.assert_frame_equal(
        read_fibre_towns([book]).tables["raw.fibre_town"],
        read_fibre_towns([csv_file(tmp_path, FIBRE_ROWS)]).tables["raw.fibre_town"],
    )


@pytest.mark.parametrize(
    ("fault", "column", "rule_id"),
    [
        ({"fibre_household_count": "31"}, "fibre_household_count", "bad_value"),
        ({"fibre_household_count": ""}, "fibre_household_count", "bad_value"),
        ({"household_count": "-1"}, "household_count", "bad_value"),
        ({"household_count": "30.5"}, "household_count", "bad_value"),
        ({"town_key": "13101001"}, "town_key", "bad_value"),
        ({"town_name": " "}, "town_name", "missing_value"),
        ({"surveyed_on": ""}, "surveyed_on", "bad_value"),
    ],
)
def test_a_faulty_row_is_rejected_and_the_others_are_kept(
    tmp_path, fault, column, rule_id
):
    rows = [FIBRE_ROWS[0], changed(**fault), FIBRE_ROWS[2]]
    read = read_fibre_towns([csv_file(tmp_path, rows)])
    found = read.rejected[["row", "column", "rule_id"]].to_numpy().tolist()
    assert found == [[3, column, rule_id]]
    assert (read.read_count, read.accepted_count) == (3, 2)


def test_a_town_surveyed_twice_is_rejected_once(tmp_path):
    rows = [*FIBRE_ROWS, changed(household_count="31")]
    read = read_fibre_towns([csv_file(tmp_path, rows)])
    assert read.rejected["rule_id"].tolist() == ["repeated_key"]
    assert read.tables["raw.fibre_town"]["household_count"].tolist() == [120, 30, 50]


def test_rows_of_two_surveys_are_refused(tmp_path):
    rows = [*FIBRE_ROWS[:2], changed(surveyed_on="2023-03-31", town_key="412010030")]
    with pytest.raises(
        SourceError, match=r"row 4, column surveyed_on: found 2023-03-31"
    ):
        read_fibre_towns([csv_file(tmp_path, rows)])


def test_a_town_in_two_files_is_refused(tmp_path):
    paths = [csv_file(tmp_path, FIBRE_ROWS, name) for name in ("a.csv", "b.csv")]
    with pytest.raises(SourceError, match=r"b\.csv, row 2: .* stands in a\.csv, row 2"):
        read_fibre_towns(paths)


def test_a_file_whose_name_says_another_day_is_refused(tmp_path):
    path = csv_file(tmp_path, FIBRE_ROWS, "fibre_towns_20230331.csv")
    with pytest.raises(SourceError, match=r"found is 2024-03-31.*name says 2023-03-31"):
        read_fibre_towns([path])


def test_an_extra_column_is_noted(tmp_path):
    header = [*FIBRE_HEADER, "catv"]
    read = read_fibre_towns(
        [csv_file(tmp_path, [[*row, "0"] for row in FIBRE_ROWS], header=header)]
    )
    assert read.notes == ("fibre_towns.csv: further column(s) catv not used.",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found no header"),
        (csv_bytes(FIBRE_HEADER, []), "line 2: found no data row"),
        (
            csv_bytes(FIBRE_HEADER, FIBRE_ROWS)[:-4],
            "line 4: the file ends within the row",
        ),
        (
            csv_bytes(FIBRE_HEADER, FIBRE_ROWS)[:-20],
            "line 4: .*ends within a character",
        ),
        (
            csv_bytes(FIBRE_HEADER, FIBRE_ROWS, encoding="cp932"),
            "line 2: wanted UTF-8, but byte 0x91",
        ),
        (csv_bytes(SUPPORT_HEADER, SUPPORT_ROWS), r"line 1: column\(s\) surveyed_on"),
    ],
)
def test_an_unusable_file_is_refused_by_place_found_and_wanted(
    tmp_path, content, message
):
    with pytest.raises(SourceError, match=rf"fibre_towns\.csv, {message}"):
        read_fibre_towns([write(tmp_path / "fibre_towns.csv", content)])
