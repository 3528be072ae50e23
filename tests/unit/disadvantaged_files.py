"""Disadvantaged areas as published, small and made up (format-synthetic).

Columns, code lists and file names are those of the attribute tables and the catalogue
of 国土数値情報 (2021); polygons and names are invented. Archives are those of
``vector_files``: Shapefile (CP932 DBF) and GeoJSON of the same features in one zip.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from geodata.errors import SourceError
from tests.unit.vector_files import published_zip, square

_PLACE = {"003": "島根県", "004": None, "005": None, "006": "雲南市"}
_SHARED = {**_PLACE, "007": "雲南市"}
COLUMNS: dict[str, dict[str, Any]] = {
    "A17": {"001": "32001", **_SHARED, "008": "掛合町", "009": "03"},
    "A18": {
        "001": "1",
        **_SHARED,
        "008": "平田市",
        "009": "島根半島",
        "010": "1986-03-31",
    },
    "A19": {"001": "1", **_SHARED, "008": "隠岐諸島", "009": "中ノ島"},
    "A20": {"001": "1", **_PLACE, "007": "奄美大島", "008": "19531225"},
    "A21": {
        "001": "1",
        "003": "東京都",
        "004": "小笠原支庁",
        "005": "小笠原村",
        "006": "父島",
        "007": "19680626",
    },
    "A22": {"001": "32001", **_SHARED, "008": None, "009": "2"},
    "A24": {
        "001": "1",
        **_SHARED,
        "008": "掛合町",
        "009": "波多村",
        "010": "1966",
        "011": "12",
    },
    "A25": {"001": "1", **_SHARED, "008": "掛合町"},
}
"""Dataset to its attribute columns other than ``_002``, with a value for each."""

NAMES = {
    "A17": "A17-17_32",
    "A18": "A18-16_32",
    "A19": "A19-17_32",
    "A20": "A20-070402_46",
    "A21": "A21-070402_13",
    "A22": "A22-16_05",
    "A24": "A24-16_32",
    "A25": "A25-16_32",
}
"""Dataset to the name of one of its newest files."""

CITY_CODES = {
    "A20": ("46222", "46523"),
    "A21": ("13421", "13421"),
    "A22": ("05203", "05207"),
}
_SHIMANE = ("32209", "32343")


def features(
    dataset: str,
    codes: Sequence[str | None] = (),
    shapes: Sequence[shapely.Geometry | None] = (),
    **columns: Sequence[Any],
) -> geopandas.GeoDataFrame:
    """Features of one dataset, two unless `codes` says otherwise.

    `columns` replaces columns by their number: ``_009=["01", "9"]``.
    """
    codes = codes or CITY_CODES.get(dataset, _SHIMANE)
    count = len(codes)
    table: dict[str, Sequence[Any]] = {
        number: [value] * count for number, value in COLUMNS[dataset].items()
    }
    table["002"] = list(codes)
    table |= {name.removeprefix("_"): list(held) for name, held in columns.items()}
    shapes = shapes or [square(132.8 + 0.01 * at, 35.1, 0.01) for at in range(count)]
    return geopandas.GeoDataFrame(
        {f"{dataset}_{number}": table[number] for number in sorted(table)},
        geometry=list(shapes),
        crs=6668,
    )


def archive(
    folder: Path,
    frame: geopandas.GeoDataFrame,
    name: str = "",
    forms: Sequence[str] = ("shp", "geojson"),
    **options: Any,
) -> Path:
    """``<name>_GML.zip`` with the features; the name is that of their dataset."""
    stem = name or NAMES[str(frame.columns[0])[:3]]
    return published_zip(folder / f"{stem}_GML.zip", stem, frame, forms, **options)


def statistics_edition(dataset: str) -> geopandas.GeoDataFrame:
    """Layout of A18s-a and A22s: another meaning from ``_007`` on, 160 columns."""
    names = {"A18": "指定地域名", "A22": "1"}
    more = {f"{number:03d}": ["120", "35"] for number in range(10, 161)}
    return features(
        dataset,
        _007=[names[dataset]] * 2,
        _008=["1", "1"],
        _009=["2010", "2010"],
        **{f"_{number}": values for number, values in more.items()},
    )


def csv_text(header: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV with LF line ends; missing columns are empty."""
    lines = [[str(row.get(name, "")) for name in header] for row in rows]
    return "".join(",".join(line) + "\n" for line in [list(header), *lines])


KASO_HEADER = (
    "municipality_code",
    "pref",
    "municipality",
    "kaso_kind",
    "kaso_areas",
    "truncated",
)
KASO_ROWS = (
    {
        "municipality_code": "32209",
        "pref": "島根県",
        "municipality": "雲南市",
        "kaso_kind": "全部過疎",
        "truncated": 0,
    },
    {
        "municipality_code": "32203",
        "pref": "島根県",
        "municipality": "出雲市",
        "kaso_kind": "一部過疎",
        "kaso_areas": "佐田町|多伎町",
        "truncated": 1,
    },
    {
        "municipality_code": "01206",
        "pref": "北海道",
        "municipality": "釧路市",
        "kaso_kind": "みなし過疎",
        "truncated": 0,
    },
)
CATEGORY_HEADER = (
    "municipality_code",
    "pref",
    "municipality",
    "category_id",
    "category_label",
    "metro_area",
    "disadvantaged",
    "designated_city",
    "corrected",
)
HENCHI_HEADER = ("city_code", "name", "mesh3", "geometry")
OWN_HEADER = ("kind", "city_code", "extent", "areas_ja")


def write_text(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write one text file and give its path."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def assert_refused(read, paths, *parts: str) -> None:
    """Check that a reader refuses, with each part in its message."""
    with pytest.raises(SourceError) as caught:
        read(paths)
    for part in parts:
        assert part in str(caught.value)


def rules_by_row(read) -> dict[int, str]:
    """Rule that each rejected row broke."""
    return read.rejected.set_index("row")["rule_id"].to_dict()
