"""Files of towns, support areas, fibre and 財政力指数, built for tests.

``format-synthetic``: every file has exactly the published (or, for the forms of this
project, the specified) encoding, header and line ends; rows are made up, on real
municipality codes.
"""

import zipfile
from pathlib import Path

import openpyxl

from geodata.reference.municipality_code import six_digit_code


def _names(text):
    return text.split(",")


# Header as distributed; the newer layout has further columns before `remarks`.
TOWN_HEADER = _names(
    "lg_code,machiaza_id,machiaza_type,pref,pref_kana,pref_roma,county,county_kana,"
    "county_roma,city,city_kana,city_roma,ward,ward_kana,ward_roma,oaza_cho,"
    "oaza_cho_kana,oaza_cho_roma,chome,chome_kana,chome_number,koaza,koaza_kana,"
    "koaza_roma,machiaza_dist,rsdt_addr_flg,rsdt_addr_mtd_code,oaza_cho_aka_flg,"
    "koaza_aka_code,oaza_cho_gsi_uncmn,koaza_gsi_uncmn,status_flg,wake_num_flg,"
    "efct_date,ablt_date,src_code,post_code,remarks"
)
NEWER_COLUMNS = _names(
    "oaza_cho_uncmn_reg,oaza_cho_uncmn_mj,oaza_cho_uncmn_type,oaza_cho_uncmn_code,"
    "koaza_uncmn_reg,koaza_uncmn_mj,koaza_uncmn_type,koaza_uncmn_code,alias_oaza,"
    "alias_oaza_kana,alias_oaza_roma,alias_koaza,alias_koaza_kana,alias_koaza_roma"
)
POSITION_HEADER = _names(
    "lg_code,machiaza_id,rsdt_addr_flg,rep_lon,rep_lat,rep_srid,rep_scale,rep_src_code,"
    "plygn_fname,plygn_kcode,plygn_fmt,plygn_srid,plygn_scale,plygn_src_code,"
    "pos_oaza_cho_chome_code,pos_data_mnt_year,cns_bnd_s_area_kcode,cns_bnd_year"
)

SUPPORT_HEADER = ["designated_on", "city_code", "town_key", "town_name", "kind"]
FIBRE_HEADER = [
    "surveyed_on",
    "city_code",
    "town_key",
    "town_name",
    "household_count",
    "fibre_household_count",
]
SUPPORT_ROWS = [
    ("2024-08-30", "41201", "41201001001", "大字川久保", "general"),
    ("2024-08-30", "41201", "412010020", "三瀬村一ノ谷", "special"),
    ("2024-08-30", "01101", "011010010", "北１条西２丁目", "special"),
]
FIBRE_ROWS = [
    ("2024-03-31", "41201", "41201001001", "大字川久保", "120", "118"),
    ("2024-03-31", "41201", "412010020", "三瀬村一ノ谷", "30", "0"),
    ("2024-03-31", "01101", "011010010", "北１条西２丁目", "50", "50"),
]


def town(code, machiaza_id, name, *, chome="", koaza="", **other):
    """One row of a town master, by column; `code` is the 5-digit one."""
    return {
        "lg_code": six_digit_code(code),
        "machiaza_id": machiaza_id,
        "machiaza_type": "2" if chome else "1",
        "pref": {"01": "北海道", "13": "東京都", "41": "佐賀県"}.get(code[:2], ""),
        "oaza_cho": name,
        "chome": chome,
        "koaza": koaza,
        "rsdt_addr_flg": "0",
        "status_flg": "1",
        "efct_date": "1947-04-17",
        "src_code": "0",
    } | other


def position(code, machiaza_id, lon, lat, srid="EPSG:6668", **other):
    """One row of a position file, by column."""
    return {
        "lg_code": six_digit_code(code),
        "machiaza_id": machiaza_id,
        "rsdt_addr_flg": "0",
        "rep_lon": lon,
        "rep_lat": lat,
        "rep_srid": srid,
        "rep_scale": "2500",
    } | other


def csv_bytes(header, rows, *, encoding="utf-8", line_end="\n"):
    """A CSV file; rows are dicts by column, or sequences."""
    lines = [",".join(header)]
    for row in rows:
        values = (
            [row.get(name, "") for name in header] if isinstance(row, dict) else row
        )
        lines.append(",".join(map(str, values)))
    return (line_end.join(lines) + line_end).encode(encoding)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def newer_header():
    return [*TOWN_HEADER[:-1], *NEWER_COLUMNS, TOWN_HEADER[-1]]


def zipped(path: Path, **members: bytes) -> Path:
    """A zip archive; `members` by name with ``__`` for the dot."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def workbook(path: Path, sheets) -> Path:
    """An .xlsx file; `sheets` maps names to rows of cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


FISCAL_HEADER = (
    "団体コード",
    "都道府県名",
    "団体名",
    "財政力指数",
    "経常収支比率",
    "実質公債費比率",
    "将来負担比率",
    "ラスパイレス指数",
)
FISCAL_SHEET = "全市町村の主要財政指標 "  # ends in a blank, as published
FISCAL_ROWS = [
    ("011002", "北海道", "札幌市", 0.72, 93, 2.7, 29.3, 99.6),
    ("012025", "北海道", "函館市", 0.48, 91.2, 5.1, 40.1, 97.5),
    ("131016", "東京都", "千代田区", 0.87, 73.4, -0.6, "-", 99.2),
]
FISCAL_MEAN = ("全国市町村平均", None, None, 0.69, 88.9, 5.5, 15.4, "－")


def fiscal_book(
    path, rows=FISCAL_ROWS, *, title="全市町村の主要財政指標（令和３年度）",
    header=FISCAL_HEADER, mean=FISCAL_MEAN,
):  # fmt: skip
    """A workbook of 財政力指数."""
    footer = [mean] if mean else []
    blank = (None,) * 8
    return workbook(
        path, {FISCAL_SHEET: [(title,), header, *rows, *footer, blank, blank]}
    )
