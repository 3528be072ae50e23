"""Faults of lists by municipality or town, and of licences.

The good files are format-synthetic. A cell without a case says why the fault cannot
occur in that format.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.unit import broadband_files, disadvantaged_files, licence_files
from tests.unit.reader_fault_cells import (
    BINARY,
    CUT_ROW,
    EXTRA,
    EXTRA_NOTED,
    NO_COLUMN,
    NO_DATUM,
    NO_HEADER,
    NOT_UTF8,
    ONE_EDITION,
    OWN_DATUM,
    OWN_NAME,
    Impossible,
    Noted,
    Refused,
    Rejected,
    Row,
)
from tests.unit.reader_faults import (
    Good,
    named,
    replaced,
)

ROWS = []

# --- lists by municipality or town ----------------------------------------------------

OWN_LIST = disadvantaged_files.csv_text(
    disadvantaged_files.OWN_HEADER,
    [
        {"kind": "kaso", "city_code": "32209", "extent": "full"},
        {"kind": "kaso", "city_code": "01206", "extent": "partial", "areas_ja": "阿寒"},
    ],
)
KASO_LIST = disadvantaged_files.csv_text(
    disadvantaged_files.KASO_HEADER, disadvantaged_files.KASO_ROWS
)
ANOTHER_LIST = Refused("the header is", "wanted the columns of one list", "line 1")
OTHER_FORM = Refused(
    "named like 地域要件確認表",
    "wanted: municipality_code, category_id, disadvantaged",
    "line 1",
    named("municipality_category_2020.csv"),
)
ROWS += [
    Row(
        "disadvantaged_list",
        Good("kaso_2022.csv", OWN_LIST.encode()),
        ("kind", "city_code", "extent"),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": OTHER_FORM,
            "wrong datum": NO_DATUM,
            "column missing": ANOTHER_LIST,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "city_code", 4, "01206"),
            "renamed": Refused(
                "named after 'henchi', but holds kaso",
                "wanted: rows of the kind",
                "column kind",
                named("henchi_2022.csv"),
            ),
        },
        "own form",
    ),
    Row(
        "disadvantaged_list",
        Good("kaso_municipalities_2020.csv", KASO_LIST.encode()),
        ("municipality_code", "kaso_kind", "kaso_areas"),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": OTHER_FORM,
            "wrong datum": NO_DATUM,
            "column missing": ANOTHER_LIST,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "municipality_code", 5, "01206"),
            "renamed": OTHER_FORM,
        },
        "過疎地域市町村等一覧",
    ),
    Row(
        "henchi",
        Good(
            "henchi.csv",
            "city_code,name,mesh3\n32209,波多,53320611\n32209,入間,53320613\n".encode(),
        ),
        ("city_code", "name", "mesh3"),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": ONE_EDITION,
            "wrong datum": OWN_DATUM,
            "column missing": Refused("the header is", "wanted", "line 1"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "mesh3", 4, "53320613"),
            "renamed": OWN_NAME,
        },
    ),
    Row(
        "abr_towns",
        Good(
            "mt_town_pref13.csv",
            broadband_files.csv_bytes(
                broadband_files.TOWN_HEADER,
                [
                    broadband_files.town("13101", "0001001", "丸の内", chome="１丁目"),
                    broadband_files.town("13224", "0013001", "聖ヶ丘", koaza="西"),
                ],
            ),
        ),
        ("lg_code", "machiaza_id", "machiaza_type", "pref", "oaza_cho", "chome"),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": Refused(
                "the columns are those of a town master",
                "the name says position file",
                "line 1",
                named("mt_town_pos_pref13.csv"),
            ),
            "wrong datum": Refused(
                "found 'EPSG:4301'",
                "wanted EPSG:6668",
                "line 2, column rep_srid",
                lambda _: Good(
                    "mt_town_pos_pref13.csv",
                    broadband_files.csv_bytes(
                        broadband_files.POSITION_HEADER,
                        [
                            broadband_files.position(
                                "13101", "0001001", "139.76", "35.68", "EPSG:4301"
                            )
                        ],
                    ),
                ),
                is_beside=True,
            ),
            "column missing": Refused("", "wanted", "line 1"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "machiaza_id", 4, "0013001"),
            "renamed": Refused(
                "found 131016, but by its name the file holds 14 only",
                "take the right file",
                "line 2, column lg_code",
                named("mt_town_pref14.csv"),
            ),
        },
    ),
    Row(
        "support_areas",
        Good(
            "support_areas.csv",
            broadband_files.csv_bytes(
                broadband_files.SUPPORT_HEADER, broadband_files.SUPPORT_ROWS
            ),
        ),
        tuple(broadband_files.SUPPORT_HEADER),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": ONE_EDITION,
            "wrong datum": NO_DATUM,
            "column missing": NO_COLUMN,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "kind", 5, "special"),
            "renamed": Refused(
                "the latest day found is 2024-08-30",
                "the name says 2020-01-01",
                "column designated_on",
                named("support_areas_20200101.csv"),
            ),
        },
    ),
    Row(
        "fibre_towns",
        Good(
            "fibre_towns.csv",
            broadband_files.csv_bytes(
                broadband_files.FIBRE_HEADER, broadband_files.FIBRE_ROWS
            ),
        ),
        tuple(broadband_files.FIBRE_HEADER),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": NOT_UTF8,
            "wrong edition": Refused(
                "found 2023-03-31, but",
                "wanted one survey",
                "row 4, column surveyed_on",
                replaced("2024-03-31,01101", "2023-03-31,01101"),
            ),
            "wrong datum": NO_DATUM,
            "column missing": NO_COLUMN,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "town_key", 5, "011010010"),
            "renamed": Refused(
                "the latest day found is 2024-03-31",
                "the name says 2020-01-01",
                "column surveyed_on",
                named("fibre_towns_20200101.csv"),
            ),
        },
    ),
]


def _workbook(name: str, **more: str) -> Good:
    with TemporaryDirectory() as folder:
        path = broadband_files.fiscal_book(Path(folder) / name, **more)
        return Good(name, path.read_bytes())


NO_BOOK = Refused("cannot be read as an Excel workbook", "wanted: the complete")
ROWS.append(
    Row(
        "fiscal_index",
        _workbook("zenshichoson_R3.xlsx"),
        ("団体コード", "団体名", "財政力指数"),
        {
            "truncated": NO_BOOK,
            "empty": NO_BOOK,
            "wrong encoding": BINARY,
            "wrong edition": Refused(
                "the title is of FY2020",
                "the name says R3 (FY2021)",
                "row 1",
                lambda good: _workbook(
                    good.name, title="全市町村の主要財政指標（令和２年度）"
                ),
            ),
            "wrong datum": NO_DATUM,
            "column missing": Refused("found no header", "wanted", "rows 1 to"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "団体コード", 6, "131016"),
            "renamed": Refused(
                "the title is of FY2021",
                "the name says R2 (FY2020)",
                "row 1",
                named("zenshichoson_R2.xlsx"),
            ),
        },
    )
)


# --- licences -------------------------------------------------------------------------


def _without_last_field(good: Good) -> Good:
    first, *rows = good.lines
    return good.with_lines([first, *(row.rpartition(",")[0] for row in rows)])


def _with_more_fields(good: Good) -> Good:
    first, *rows = good.lines
    return good.with_lines([first, *(f"{row},{EXTRA}" for row in rows)])


def _records(change: Callable[[list[dict]], None]) -> Callable[[Good], Good]:
    def changed(good: Good) -> Good:
        answer = json.loads(good.content)
        change(answer["musen"])
        content = json.dumps(answer, ensure_ascii=False).encode()
        return replace(good, content=content)

    return changed


STATIONS = [
    licence_files.station(number, place)
    for number, place in ((1, "滋賀県大津市"), (2, "滋賀県彦根市"))
]
FROM_CONTENT = Impossible("the form is told from the content, not from the name")
TWICE = Refused("3 records, but the answer of 2023-03-24", "totalCount 2")
AS_XML = Refused(
    "found '<musen>'",
    "wanted a JSON answer (OF=2), a CSV answer (OF=1",
    "line 1",
    lambda _: Good("answer.xml", b"<musen>\n</musen>\n"),
)
ROWS += [
    Row(
        "licences",
        Good("Rakuten_5G_kinki_20230324.csv", licence_files.LIST_5G.encode()),
        ("団体コード", "都道府県名", "市区町村名"),
        {
            "truncated": Refused("without a line end", "wanted", "line 5"),
            "empty": Refused("found an empty file", "wanted", "line 1"),
            "wrong encoding": NOT_UTF8,
            "wrong edition": Refused(
                "found columns",
                "wanted 団体コード, 都道府県名, 市区町村名 and either 開設局数",
                "line 1",
                replaced("ミリ波", "開設局数"),
            ),
            "wrong datum": NO_DATUM,
            "column missing": Refused("found", "wanted", "line 1"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "団体コード", 6, "254410"),
            "renamed": Refused(
                "the name says kanto, but 4 of 4 rows",
                "give the file its own name back",
                make=named("Rakuten_5G_kanto_20230324.csv"),
            ),
        },
        "list",
    ),
    Row(
        "licences",
        Good("answer.csv", licence_files.csv_answer(*STATIONS).encode()),
        ("the last field",),
        {
            "truncated": Refused("ends within a record", "wanted 26 fields", "line 3"),
            "empty": Refused("found an empty file", "wanted", "line 1"),
            "wrong encoding": NOT_UTF8,
            "wrong edition": AS_XML,
            "wrong datum": NO_DATUM,
            "column missing": Refused(
                "25 fields", "wanted 26", "line 2", _without_last_field
            ),
            "extra column": Noted("fields beyond the 26", make=_with_more_fields),
            "duplicate key": replace(
                TWICE, make=lambda good: good.with_lines([*good.lines, good.lines[-1]])
            ),
            "renamed": FROM_CONTENT,
        },
        "Web-API CSV",
    ),
    Row(
        "licences",
        Good(
            "answer.json",
            json.dumps(
                licence_files.json_answer(*STATIONS), ensure_ascii=False
            ).encode(),
        ),
        ("listInfo.tdfkCd",),
        {
            "truncated": Refused("not JSON", "wanted a list answer", "line 1, column"),
            "empty": Refused("found an empty file", "wanted", "line 1"),
            "wrong encoding": NOT_UTF8,
            "wrong edition": AS_XML,
            "wrong datum": NO_DATUM,
            "column missing": Refused(
                "no record has listInfo.tdfkCd",
                "wanted a list answer",
                make=_records(
                    lambda musen: [m["listInfo"].pop("tdfkCd") for m in musen]
                ),
            ),
            "extra column": Noted(
                EXTRA,
                make=_records(lambda musen: [m.update({EXTRA: "1"}) for m in musen]),
            ),
            "duplicate key": replace(
                TWICE, make=_records(lambda musen: musen.append(musen[-1]))
            ),
            "renamed": FROM_CONTENT,
        },
        "Web-API JSON",
    ),
]
