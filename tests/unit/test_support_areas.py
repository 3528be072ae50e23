from datetime import date, datetime

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
    zipped,
)

from geodata.errors import SourceError
from geodata.readers.support_areas import read_support_areas
from geodata.schemas import TABLES, conform


def csv_file(folder, rows, name="support_areas.csv", header=SUPPORT_HEADER, **form):
    return write(folder / name, csv_bytes(header, rows, **form))


def faults(read):
    columns = ["layer", "row", "column", "rule_id"]
    return [tuple(row) for row in read.rejected[columns].itertuples(index=False)]


def changed(**values):
    return tuple(
        (dict(zip(SUPPORT_HEADER, SUPPORT_ROWS[1], strict=True)) | values).values()
    )


def test_each_area_is_read_with_its_kind_and_normalised_name(tmp_path):
    read = read_support_areas([csv_file(tmp_path, SUPPORT_ROWS)])
    table = read.tables["raw.support_area"]
    assert table["normal_name"].tolist() == ["川久保", "三瀬村一の谷", "北一条西二丁目"]
    assert table["kind"].tolist() == ["general", "special", "special"]
    assert (table["designated_on"] == pd.Timestamp("2024-08-30")).all()
    assert (read.read_count, read.accepted_count, read.vintage) == (3, 3, "2024-08-30")
    assert conform(TABLES["raw.support_area"], table).num_rows == 3


def test_csv_with_a_byte_order_mark_a_workbook_and_an_archive_read_alike(tmp_path):
    plain = read_support_areas([csv_file(tmp_path, SUPPORT_ROWS)])
    others = [
        csv_file(
            tmp_path, SUPPORT_ROWS, "b.csv", encoding="utf-8-sig", line_end="\r\n"
        ),
        workbook(
            tmp_path / "support_areas.xlsx", {"一覧": [SUPPORT_HEADER, *SUPPORT_ROWS]}
        ),
        zipped(
            tmp_path / "s.zip", support__csv=csv_bytes(SUPPORT_HEADER, SUPPORT_ROWS)
        ),
    ]
    for path in others:
        read = read_support_areas([path])
        pd.testing.assert_frame_equal(
            read.tables["raw.support_area"], plain.tables["raw.support_area"]
        )


def test_a_workbook_may_hold_general_and_special_areas_on_two_sheets(tmp_path):
    def cells(row):
        return [date.fromisoformat(row[0]), *row[1:]]

    general = [["別紙1", None], SUPPORT_HEADER, cells(SUPPORT_ROWS[0])]
    moment = [datetime(2024, 8, 30), *SUPPORT_ROWS[1][1:]]
    special = [
        [*SUPPORT_HEADER, "備考"],
        [*moment, "x"],
        [None] * 5,
        cells(SUPPORT_ROWS[2]),
    ]
    path = workbook(
        tmp_path / "s.xlsx", {"一般": general, "特別": special, "説明": [["読み方"]]}
    )
    read = read_support_areas([path])
    assert (read.read_count, read.accepted_count) == (3, 3)
    assert read.vintage == "2024-08-30"
    assert read.notes == (
        "s.xlsx: sheet(s) '説明' without the header not read.",
        "s.xlsx, sheet '特別': further column(s) 備考 not used.",
    )


@pytest.mark.parametrize(
    ("fault", "column", "rule_id"),
    [
        ({"designated_on": "2024/8/30"}, "designated_on", "bad_value"),
        ({"city_code": "1101", "town_key": "011010010"}, "city_code", "bad_value"),
        ({"city_code": "13198"}, "city_code", "unknown_municipality"),
        ({"town_key": "4120100"}, "town_key", "bad_value"),
        ({"town_key": "131010010"}, "town_key", "bad_value"),
        ({"town_name": ""}, "town_name", "missing_value"),
        ({"kind": "一般"}, "kind", "bad_value"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_rejected_and_the_others_are_kept(
    tmp_path, fault, column, rule_id
):
    rows = [SUPPORT_ROWS[0], changed(**fault), SUPPORT_ROWS[2]]
    read = read_support_areas([csv_file(tmp_path, rows)])
    assert faults(read) == [("", 3, column, rule_id)]
    assert (read.read_count, read.accepted_count) == (3, 2)


def test_a_fault_in_a_workbook_names_sheet_row_and_column(tmp_path):
    rows = [SUPPORT_HEADER, SUPPORT_ROWS[0], changed(kind="both")]
    path = workbook(tmp_path / "s.xlsx", {"一覧": rows})
    read = read_support_areas([path])
    assert faults(read) == [("一覧", 3, "kind", "bad_value")]
    assert read.rejected["file"].tolist() == ["s.xlsx"]


def test_a_number_that_lost_its_leading_zero_is_rejected(tmp_path):
    row = ["2024-08-30", 1101, "011010010", "北１条西２丁目", "special"]
    path = workbook(
        tmp_path / "s.xlsx", {"一覧": [SUPPORT_HEADER, SUPPORT_ROWS[0], row]}
    )
    read = read_support_areas([path])
    assert ("一覧", 3, "city_code", "bad_value") in faults(read)
    assert read.accepted_count == 1


def test_an_area_listed_twice_is_rejected_once(tmp_path):
    read = read_support_areas([csv_file(tmp_path, [*SUPPORT_ROWS, SUPPORT_ROWS[0]])])
    assert faults(read) == [("", 5, "kind", "repeated_key")]


def test_short_rows_and_an_extra_column_are_told(tmp_path):
    rows = [[*SUPPORT_ROWS[0], "x"], SUPPORT_ROWS[1][:3], [*SUPPORT_ROWS[2], ""]]
    path = csv_file(tmp_path, rows, header=[*SUPPORT_HEADER, "備考"])
    read = read_support_areas([path])
    assert faults(read) == [("", 3, "", "wrong_field_count")]
    assert read.notes == ("support_areas.csv: further column(s) 備考 not used.",)


def test_a_list_of_one_kind_says_that_the_other_is_unknown(tmp_path):
    read = read_support_areas([csv_file(tmp_path, SUPPORT_ROWS[:1])])
    assert read.notes == (
        "No area of kind special is listed: its number is unknown, not 0.",
    )


def test_several_days_and_towns_of_both_kinds_are_noted(tmp_path):
    rows = [*SUPPORT_ROWS, changed(designated_on="2024-12-06", kind="general")]
    read = read_support_areas([csv_file(tmp_path, rows)])
    assert read.vintage == "2024-12-06"
    assert read.notes == (
        "The list holds areas of several days of designation "
        "(2024-08-30: 3, 2024-12-06: 1).",
        "1 town(s) are listed as general and as special.",
    )


def test_two_states_of_the_list_are_refused(tmp_path):
    first = csv_file(tmp_path, SUPPORT_ROWS, "a.csv")
    second = csv_file(tmp_path, SUPPORT_ROWS[1:], "b.csv")
    message = (
        r"b\.csv, row 2: found 41201 412010020 special, which stands in a\.csv, row 3"
    )
    with pytest.raises(SourceError, match=message):
        read_support_areas([first, second])


def test_a_file_whose_name_says_another_day_is_refused(tmp_path):
    right = csv_file(tmp_path, SUPPORT_ROWS, "support_areas_20240830.csv")
    assert read_support_areas([right]).accepted_count == 3
    wrong = csv_file(tmp_path, SUPPORT_ROWS, "support_areas_2024-12-06.csv")
    with pytest.raises(SourceError, match=r"found is 2024-08-30.*name says 2024-12-06"):
        read_support_areas([wrong])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found no header"),
        (csv_bytes(SUPPORT_HEADER, []), "line 2: found no data row"),
        (csv_bytes(SUPPORT_HEADER, SUPPORT_ROWS)[:-40], "line 4: the file ends within"),
        (
            csv_bytes(SUPPORT_HEADER, SUPPORT_ROWS, encoding="cp932"),
            r"line 2: .*byte 0x91 at offset \d+ is not UTF-8",
        ),
        (
            csv_bytes(FIBRE_HEADER, FIBRE_ROWS),
            r"line 1: column\(s\) designated_on, kind not found; the header is",
        ),
    ],
)
def test_an_unusable_file_is_refused_by_place_found_and_wanted(
    tmp_path, content, message
):
    with pytest.raises(SourceError, match=rf"support_areas\.csv, {message}"):
        read_support_areas([write(tmp_path / "support_areas.csv", content)])


def test_unusable_workbooks_are_refused(tmp_path):
    whole = workbook(tmp_path / "s.xlsx", {"一覧": [SUPPORT_HEADER, *SUPPORT_ROWS]})
    cut = write(tmp_path / "cut.xlsx", whole.read_bytes()[:-100])
    with pytest.raises(SourceError, match=r"cut\.xlsx: cannot be read as an Excel"):
        read_support_areas([cut])
    other = workbook(tmp_path / "o.xlsx", {"一覧": [FIBRE_HEADER, *FIBRE_ROWS]})
    with pytest.raises(
        SourceError, match=r"sheet '一覧', row 1: column.*designated_on"
    ):
        read_support_areas([other])
    empty = workbook(tmp_path / "e.xlsx", {"一覧": [SUPPORT_HEADER]})
    with pytest.raises(SourceError, match="sheet '一覧', row 2: found no data row"):
        read_support_areas([empty])
    old = write(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0")
    with pytest.raises(SourceError, match=r"old Excel.*save it as \.xlsx"):
        read_support_areas([old])


def test_a_pdf_alone_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"list\.pdf: found no \.csv or \.xlsx"):
        read_support_areas([write(tmp_path / "list.pdf", b"%PDF")])
