import math

import openpyxl
import pytest
from broadband_files import (
    FISCAL_HEADER,
    FISCAL_MEAN,
    FISCAL_ROWS,
    fiscal_book,
    workbook,
    write,
    zipped,
)

from geodata.errors import SourceError
from geodata.readers.fiscal_index import read_fiscal_index
from geodata.schemas import TABLES, conform

R2_TITLE = "全市町村の主要財政指標（令和２年度）"


def test_every_municipality_has_its_index_and_the_mean_is_no_row(tmp_path):
    read = read_fiscal_index([fiscal_book(tmp_path / "zenshichoson_R3.xlsx")])
    table = read.tables["raw.fiscal_index"]
    assert table.values.tolist() == [
        ["01100", "札幌市", 2021, 0.72],
        ["01202", "函館市", 2021, 0.48],
        ["13101", "千代田区", 2021, 0.87],
    ]
    assert (read.read_count, read.accepted_count, read.vintage) == (3, 3, "FY2021")
    assert len(read.rejected) == 0
    assert conform(TABLES["raw.fiscal_index"], table).num_rows == 3


def test_a_dash_is_no_index_and_not_zero(tmp_path):
    rows = [*FISCAL_ROWS, ("131024", "東京都", "中央区", "－", 1, 1, 1, 1)]
    read = read_fiscal_index([fiscal_book(tmp_path / "R3.xlsx", rows)])
    assert math.isnan(read.tables["raw.fiscal_index"]["fiscal_index"].iloc[-1])
    assert "1 municipalities have no index (-)." in read.notes


def test_another_national_mean_is_a_warning(tmp_path):
    mean = (FISCAL_MEAN[0], None, None, 0.5, 1, 1, 1, "－")
    read = read_fiscal_index([fiscal_book(tmp_path / "R3.xlsx", mean=mean)])
    fault = read.rejected.iloc[0]
    assert (fault["rule_id"], fault["severity"]) == ("inconsistent_total", "WARNING")
    assert (fault["row"], fault["value"]) == (6, "0.5")
    assert "Wanted: 0.69, the mean of the 3 rows above." in fault["message_en"]
    assert read.accepted_count == 3


def test_a_missing_mean_and_missing_municipalities_are_noted(tmp_path):
    read = read_fiscal_index([fiscal_book(tmp_path / "R3.xlsx", mean=None)])
    assert any("the row 全国市町村平均 is not there" in note for note in read.notes)
    assert any("1,738 of 1,741 municipalities" in note for note in read.notes)


@pytest.mark.parametrize(
    ("row", "column", "rule_id"),
    [
        (("011003", "", "札幌市", 0.7), "団体コード", "check_digit"),
        ((11002, "", "札幌市", 0.7), "団体コード", "bad_value"),
        (("131989", "", "無市", 0.7), "団体コード", "unknown_municipality"),
        (("131024", "", None, 0.7), "団体名", "missing_value"),
        (("131024", "", "中央区", "n/a"), "財政力指数", "bad_value"),
        (("131024", "", "中央区", 67), "財政力指数", "bad_value"),
        (("131016", "", "千代田区", 0.9), "団体コード", "repeated_key"),
    ],
)
def test_a_faulty_row_is_rejected_and_the_others_are_kept(
    tmp_path, row, column, rule_id
):
    path = fiscal_book(tmp_path / "R3.xlsx", [*FISCAL_ROWS, row])
    read = read_fiscal_index([path])
    assert read.rejected[["layer", "row", "column", "rule_id"]].values.tolist() == [
        ["全市町村の主要財政指標 ", 6, column, rule_id]
    ]
    assert (read.read_count, read.accepted_count) == (4, 3)


def test_of_several_years_the_newest_is_used_and_the_other_named(tmp_path):
    old = fiscal_book(tmp_path / "zenshichoson_R2.xlsx", title=R2_TITLE)
    new = fiscal_book(tmp_path / "zenshichoson_R3.xlsx")
    read = read_fiscal_index([new, old])
    assert read.vintage == "FY2021"
    assert read.notes[0].startswith("zenshichoson_R2.xlsx (FY2020) not used")


def test_two_workbooks_of_one_year_are_refused(tmp_path):
    paths = [fiscal_book(tmp_path / name) for name in ("a.xlsx", "b.xlsx")]
    with pytest.raises(SourceError, match="two workbooks of FY2021"):
        read_fiscal_index(paths)


def test_the_first_year_of_an_era_and_an_earlier_era_are_known(tmp_path):
    title = "全市町村の主要財政指標（令和元年度）"
    first = fiscal_book(tmp_path / "zenshichoson_R1.xlsx", title=title)
    assert read_fiscal_index([first]).vintage == "FY2019"
    title = "全市町村の主要財政指標（平成３０年度）"
    earlier = fiscal_book(tmp_path / "zenshichoson_H30.xlsx", title=title)
    assert read_fiscal_index([earlier]).vintage == "FY2018"


def test_a_workbook_whose_name_says_another_year_is_refused(tmp_path):
    path = fiscal_book(tmp_path / "zenshichoson_R3.xlsx", title=R2_TITLE)
    with pytest.raises(
        SourceError, match=r"is of FY2020, but the name says R3 \(FY2021"
    ):
        read_fiscal_index([path])


def test_a_title_without_a_year_is_refused(tmp_path):
    path = fiscal_book(tmp_path / "R3.xlsx", title="全市町村の主要財政指標")
    with pytest.raises(SourceError, match=r"row 1: found the title.*wanted one with a"):
        read_fiscal_index([path])


def test_a_workbook_without_the_column_is_refused(tmp_path):
    header = [name if name != "財政力指数" else "指数" for name in FISCAL_HEADER]
    path = fiscal_book(tmp_path / "R3.xlsx", header=header)
    with pytest.raises(
        SourceError, match=r"R3\.xlsx, rows 1 to 10: found no header, but"
    ):
        read_fiscal_index([path])


def test_a_further_column_changes_nothing(tmp_path):
    rows = [("x", *row) for row in FISCAL_ROWS]
    mean = ("", *FISCAL_MEAN)
    wide = fiscal_book(
        tmp_path / "w_R3.xlsx", rows, header=["番号", *FISCAL_HEADER], mean=mean
    )
    assert read_fiscal_index([wide]).accepted_count == 3


def test_an_empty_table_is_refused(tmp_path):
    path = fiscal_book(tmp_path / "R3.xlsx", [])
    with pytest.raises(SourceError, match="row 3: found no municipality"):
        read_fiscal_index([path])


def test_damaged_old_and_absent_workbooks_are_refused(tmp_path):
    whole = fiscal_book(tmp_path / "zenshichoson_R3.xlsx")
    cut = write(tmp_path / "cut_R3.xlsx", whole.read_bytes()[:-200])
    with pytest.raises(SourceError, match=r"cut_R3\.xlsx: cannot be read as an Excel"):
        read_fiscal_index([cut])
    with pytest.raises(SourceError, match=r"empty\.xlsx: cannot be read as an Excel"):
        read_fiscal_index([write(tmp_path / "empty.xlsx", b"")])
    old = write(tmp_path / "zenshichoson_H29.xls", b"\xd0\xcf\x11\xe0")
    with pytest.raises(SourceError, match=r"H29\.xls: found a workbook of old Excel"):
        read_fiscal_index([old])
    with pytest.raises(SourceError, match=r"x\.csv: found no \.xlsx or \.xls file"):
        read_fiscal_index([write(tmp_path / "x.csv", b"a")])
    blank = workbook(tmp_path / "blank.xlsx", {"Sheet1": []})
    with pytest.raises(
        SourceError, match=r"blank\.xlsx, rows 1 to 10: found no header"
    ):
        read_fiscal_index([blank])


def test_a_workbook_in_an_archive_is_read_in_place(tmp_path):
    whole = fiscal_book(tmp_path / "zenshichoson_R3.xlsx")
    archive = zipped(tmp_path / "z.zip", zenshichoson_R3__xlsx=whole.read_bytes())
    assert read_fiscal_index([archive]).accepted_count == 3


@pytest.mark.shared
@pytest.mark.parametrize(
    ("year", "vintage", "least", "most", "to_half", "below_half"),
    [
        ("R2", "FY2020", 0.07, 2.21, 962, 942),
        ("R3", "FY2021", 0.06, 2.10, 977, 963),
    ],
)
def test_the_ministry_s_workbooks_give_the_totals_of_their_readme(
    shared_data, year, vintage, least, most, to_half, below_half
):
    folder = shared_data / "data" / "municipal_fiscal_index"
    path = folder / f"zenshichoson_{year}.xlsx"
    read = read_fiscal_index([path])
    index = read.tables["raw.fiscal_index"]["fiscal_index"]
    assert (read.read_count, read.accepted_count, read.vintage) == (1741, 1741, vintage)
    assert (len(read.rejected), read.notes) == (0, ())
    assert (index.min(), index.max()) == (least, most)
    assert ((index <= 0.5).sum(), (index < 0.5).sum()) == (to_half, below_half)
    with path.open("rb") as file:
        sheet = openpyxl.load_workbook(file).worksheets[0]
    cells = [row for row in sheet.iter_rows(min_row=3, values_only=True) if row[1]]
    assert index.notna().sum() == len(cells) == 1741
    assert index.sum() == pytest.approx(math.fsum(row[3] for row in cells))


@pytest.mark.shared
def test_of_the_ministry_s_two_years_the_newest_is_used(shared_data):
    folder = shared_data / "data" / "municipal_fiscal_index"
    read = read_fiscal_index(sorted(folder.glob("*.xlsx")))
    assert read.vintage == "FY2021"
    assert len(read.notes) == 1
