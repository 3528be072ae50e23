"""Faults of sources with coordinates or cells: polygons, text by cell, rasters.

The good files are format-synthetic. A cell without a case says why the fault cannot
occur in that format.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geodata.readers.ksj.area_editions import LAYOUTS
from tests.unit import (
    census_files,
    disadvantaged_files,
    land_use_files,
    raster_files,
    vector_files,
)
from tests.unit.reader_fault_cells import (
    BINARY,
    CUT_ROW,
    EXTRA,
    EXTRA_NOTED,
    NO_COLUMN,
    NO_GDAL,
    NO_HEADER,
    NOT_CP932,
    NOT_UTF8_JSON,
    ONE_EDITION,
    OWN_DATUM,
    OWN_NAME,
    UTF16,
    Cell,
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

# --- polygons -------------------------------------------------------------------------

N03 = Good(
    "N03-21_210101.geojson",
    vector_files.geojson_text(vector_files.N03_BEFORE_2024).encode(),
)
OF_2024 = vector_files.geojson_text(vector_files.N03_SINCE_2024).encode()
TO_TOKYO = replaced("EPSG::6668", "EPSG::4301")
TOKYO = Noted("transformed", datum="TOKYO", make=TO_TOKYO)

ROWS = [
    Row(
        "n03",
        N03,
        ("N03_001", "N03_003", "N03_004", "N03_007"),
        {
            "truncated": NO_GDAL,
            "empty": NO_GDAL,
            "wrong encoding": NOT_UTF8_JSON,
            "wrong edition": Refused(
                "the content is of 2024-01-01 or later",
                "wanted: a file under its own name",
                make=lambda good: replace(good, content=OF_2024),
            ),
            "wrong datum": TOKYO,
            "column missing": NO_COLUMN,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "N03_007", 7, "22131"),
            "renamed": Refused(
                "the name says 2024-01-01",
                "wanted: a file under its own name",
                make=named("N03-20240101.geojson"),
            ),
        },
    )
]

_DATASETS = list(disadvantaged_files.COLUMNS)
for _at, _dataset in enumerate(_DATASETS):
    _name = disadvantaged_files.NAMES[_dataset]
    _other = _DATASETS[_at - 1]
    _features = disadvantaged_files.features(_dataset)
    ROWS.append(
        Row(
            _dataset.lower(),
            Good(f"{_name}.geojson", vector_files.geojson_text(_features).encode()),
            tuple(LAYOUTS[_dataset].required),
            {
                "truncated": NO_GDAL,
                "empty": NO_GDAL,
                "wrong encoding": NOT_UTF8_JSON,
                "wrong edition": Refused(
                    f"{_dataset}s is a statistics edition",
                    f"wanted: {_dataset}",
                    make=named(f"{_name.replace(_dataset, f'{_dataset}s')}.geojson"),
                ),
                "wrong datum": TOKYO,
                "column missing": Refused("", "wanted", "layer"),
                "extra column": EXTRA_NOTED,
                "duplicate key": Rejected(
                    "repeated_key",
                    f"{_dataset}_002",
                    3,
                    _features[f"{_dataset}_002"].iloc[-1],
                ),
                "renamed": Refused(
                    f"named as {_other}, but its columns are those of {_dataset}",
                    f"wanted: {_other}_002",
                    "layer",
                    named(f"{disadvantaged_files.NAMES[_other]}.geojson"),
                ),
            },
        )
    )

ROWS.append(
    Row(
        "land_use",
        Good(
            "L03-b-16_5339.geojson",
            land_use_files.geojson(
                [
                    ("5339461100", "0700", "20160512"),
                    ("5339461109", "0700", "20160512"),
                    ("5339461190", "1600", "20160512"),
                ]
            ),
        ),
        ("L03b_001", "L03b_002"),
        {
            "truncated": NO_GDAL,
            "empty": NO_GDAL,
            "wrong encoding": Impossible("codes and days are ASCII in every encoding"),
            "wrong edition": Refused(
                "the newest photograph is of 20160512",
                "so fiscal 2002 to 2006 was wanted",
                "column L03b_003",
                named("L03-b-06_5339.geojson"),
            ),
            "wrong datum": Refused("on the Tokyo datum", "JGD2011", make=TO_TOKYO),
            "column missing": Refused("the columns are", "wanted"),
            "extra column": Noted(EXTRA, "L03-b 2016"),
            "duplicate key": Rejected("repeated_key", "L03b_001", 4, "5339461190"),
            "renamed": Refused(
                "most cells lie in primary mesh 5339",
                "the name says 5438; restore the published name",
                make=named("L03-b-16_5438.geojson"),
            ),
        },
    )
)


# --- text by cell ---------------------------------------------------------------------

ROWS.append(
    Row(
        "census_mesh",
        Good(
            "tblT001141H5236.txt",
            census_files.as_bytes(census_files.table(census_files.KYOTO)),
            "cp932",
            header_lines=2,
        ),
        (*census_files.KEYS, "T001141001"),
        {
            "truncated": Refused("without a line end", "wanted", "line 7"),
            "empty": Refused("the file is empty", "wanted two header lines"),
            "wrong encoding": NOT_CP932,
            "wrong edition": Refused(
                "named after statistic T001141, but line 1 holds T001101",
                "under the name it is published with",
                make=replaced("T001141", "T001101"),
            ),
            "wrong datum": Refused(
                "says 日本測地系 (Tokyo datum)",
                "wanted 世界測地系",
                make=named("日本測地系_tblT001141H5236.txt"),
            ),
            "column missing": Refused("", "", "line"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "KEY_CODE", 8, "523600011"),
            "renamed": Refused(
                "holds the cells of primary mesh 5236",
                "named after primary mesh 5339",
                "column KEY_CODE",
                named("tblT001141H5339.txt"),
            ),
        },
    )
)

FIVE_YEARS = [f"PTN_{year}" for year in range(2015, 2055, 5)]
FUTURE = [["MESH_ID", "SHICODE", *FIVE_YEARS]]
FUTURE += [[cell, "13101", *["12.5"] * 8] for cell in ("533945091", "533945092")]
ROWS.append(
    Row(
        "future_population",
        Good(
            "500m_mesh_2018_13.csv",
            "".join(",".join(line) + "\r\n" for line in FUTURE).encode(),
        ),
        ("MESH_ID", "SHICODE"),
        {
            "truncated": Refused("without a line end", "wanted", "line 3"),
            "empty": NO_HEADER,
            "wrong encoding": Refused(
                "zero bytes, as UTF-16", "wanted CP932", "line 1"
            ),
            "wrong edition": Refused(
                "its columns are those of edition H30",
                "named after 2017 (edition H29)",
                make=named("500m_mesh_2017_13.csv"),
            ),
            "wrong datum": Refused(
                "says 日本測地系 (Tokyo datum)",
                "wanted 世界測地系",
                make=named("日本測地系_500m_mesh_2018_13.csv"),
            ),
            "column missing": Refused("", "wanted"),
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected("repeated_key", "MESH_ID", 4, "533945092"),
            "renamed": Refused(
                "SHICODE holds codes of 13",
                "named after prefecture 14",
                make=named("500m_mesh_2018_14.csv"),
            ),
        },
    )
)

MUNICIPALITY_LIST = """都道府県市区町村コード,市区町村名,基準メッシュ・コード\r
13101,千代田区,53394509\r
13101,千代田区,53394518\r
13102,中央区,53394518\r
"""
ROWS.append(
    Row(
        "mesh_municipalities",
        Good("13.csv", MUNICIPALITY_LIST.encode("cp932"), "cp932"),
        ("都道府県市区町村コード", "市区町村名", "基準メッシュ・コード"),
        {
            "truncated": Refused("without a line end", "wanted", "line 4"),
            "empty": NO_HEADER,
            "wrong encoding": NOT_CP932,
            "wrong edition": Impossible("nothing in a file or its name says a year"),
            "wrong datum": Impossible("nothing in a file or its name says a datum"),
            "column missing": NO_COLUMN,
            "extra column": EXTRA_NOTED,
            "duplicate key": Rejected(
                "repeated_key", "基準メッシュ・コード", 5, "53394518"
            ),
            "renamed": Refused(
                "holds codes of prefecture 13",
                "named after prefecture 14",
                "column 都道府県市区町村コード",
                named("14.csv"),
            ),
        },
    )
)

ROWS += [
    Row(
        f"population_{level}",
        Good(
            f"population_{level}.csv",
            f"{level},population\n53394611{end},1\n53394612{end},35\n".encode(),
        ),
        (level, "population"),
        {
            "truncated": CUT_ROW,
            "empty": NO_HEADER,
            "wrong encoding": UTF16,
            "wrong edition": ONE_EDITION,
            "wrong datum": OWN_DATUM,
            "column missing": NO_COLUMN,
            "extra column": EXTRA_NOTED,
            "duplicate key": Refused(
                f"'53394612{end}': repeats an earlier line",
                "Correct",
                f"line 4, column {level}",
            ),
            "renamed": OWN_NAME,
        },
    )
    for level, end in (("mesh3", ""), ("mesh4", "1"))
]
ROWS.append(
    Row(
        "high_traffic_meshes",
        Good("high_traffic_meshes.csv", b"mesh3\n53394611\n53394601\n"),
        ("mesh3",),
        {
            "truncated": Refused("'5339'", "8 digits", "line 3, column mesh3"),
            "empty": NO_HEADER,
            "wrong encoding": UTF16,
            "wrong edition": ONE_EDITION,
            "wrong datum": OWN_DATUM,
            "column missing": NO_HEADER,
            "extra column": EXTRA_NOTED,
            "duplicate key": Refused(
                "'53394601': already stands in line 3", "Correct", "line 4"
            ),
            "renamed": OWN_NAME,
        },
    )
)


# --- rasters --------------------------------------------------------------------------


def _raster(name: str, values: np.ndarray, **more: object) -> Good:
    """Two by two 1 km cells of primary mesh 5339."""
    options = {"nodata": 255, "crs": "EPSG:4326", **more}
    transform = raster_files.degrees(139.75, 35.7, 0.0125, 1 / 120)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        raster_files.write_raster(path, values, transform, **options)
        return Good(name, path.read_bytes())


def _of_raster(name: str, values: np.ndarray) -> dict[str, Cell]:
    def made(**more: object) -> Callable[[Good], Good]:
        return lambda good: _raster(good.name, more.pop("values", values), **more)

    return {
        "truncated": NO_GDAL,
        "empty": NO_GDAL,
        "wrong encoding": BINARY,
        "wrong edition": Refused(
            "its tags say 2015", "its name 2020", make=made(tags={"YEAR": "2015"})
        ),
        "wrong datum": Refused(
            "on the Tokyo datum", "wanted WGS84", make=made(crs="EPSG:4301")
        ),
        "column missing": Refused("no nodata value", "set", make=made(nodata=None)),
        "extra column": Refused(
            "2 bands", "wanted one", make=made(values=np.stack([values, values]))
        ),
        "duplicate key": Refused(
            f"overlaps {name}",
            "Give each place once",
            make=named(f"again_{name}"),
            is_beside=True,
        ),
        "renamed": Refused(
            "year 2015, but",
            f"{name} has 2020; give one product",
            make=named(name.replace("2020", "2015")),
            is_beside=True,
        ),
    }


VALUES = np.array([[10, 20], [10, 30]], "uint8")
ROWS += [
    Row(source, _raster(name, VALUES), ("nodata",), _of_raster(name, VALUES))
    for source, name in (
        ("population_raster", "ppp_JPN_2020.tif"),
        ("land_cover_raster", "lc_JPN_2020.tif"),
    )
]
