"""National sources in published layouts, made up from the shipped tables.

``format-synthetic``: every file has exactly the published names, columns, encoding and
line ends; what stands in it is made from the scenario's population and the list of 1 km
cells, by rules simple enough to count again:

- census: a 1 km cell with an even number of people has half of them in its first and
  half in its fourth 500 m cell, another one has all in its second;
- land use: an uninhabited secondary mesh has 0, 49, 50 or 120 fine cells of buildings,
  in turn, and one of forest;
- boundaries (of 2024, 浜松市 with its new wards): each 1 km cell belongs to one
  municipality; only in `BORDER_CELL` the border runs through the middle.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from geodata import mesh, reference
from tests.unit import broadband_files, disadvantaged_files, land_use_files
from tests.unit.census_files import Row, as_bytes, table
from tests.unit.licence_files import LIST_5G, save_list_5g
from tests.unit.vector_files import published_zip

BORDER_CELL = 53392338
"""1 km cell of 東京都町田市 and 横浜市: most likely Tokyo, but its east half is not."""

WEST_CITY, EAST_CITY = "13209", "14113"
UNASSIGNED_CELL = 47401034  # listed as 境界未定地域 of Tokyo
BUILDINGS = (0, 49, 50, 120)
FOREST, BUILDING = "0500", "0700"
NEW_WARDS = {
    **dict.fromkeys(("22131", "22132", "22133", "22134"), "22138"),
    **dict.fromkeys(("22135", "22136"), "22139"),
    "22137": "22140",
}
KASO_MESH2, SNOW_MESH2 = 523231, 594044
"""Half of the cells of one are in A17 (島根県), all of the other in A22 (秋田県)."""
FUTURE = {533945091: 100.5, 533945092: 20.25, 533945181: 7.0}
HIGH_TRAFFIC = (53394611, 53394601, 52350349)
LICENCE_FILE = "Rakuten_5G_kinki_20210331.csv"
GIVEN = {
    "n03", "census_mesh", "land_use", "a17", "a22", "licences", "abr_towns",
    "support_areas", "fibre_towns", "future_population", "high_traffic_meshes",
    "fiscal_index",
}  # fmt: skip
"""Sources of the register that are written."""

CREDITS = (
    "行政区域データ",
    "地域メッシュ統計",
    "土地利用細分メッシュデータ",
    "過疎地域データ",
    "豪雪地帯データ",
    "電波利用ホームページ",
)
"""What their credit lines name, each in one line."""

_EDGE_DEGREES = 0.0008  # below 100 m, as N03 is published


@dataclass(frozen=True)
class National:
    """What was written, to count again.

    Attributes
    ----------
    folder : Path
        Folder of sources.
    people : DataFrame
        ``mesh3``, ``population`` of the scenario.
    buildings : dict
        Uninhabited secondary mesh to its fine cells of buildings.
    owners : DataFrame
        ``mesh3``, ``pref_code``, ``city_code`` of the boundaries, without the border
        cell's other half.
    """

    folder: Path
    people: pd.DataFrame
    buildings: dict[int, int]
    owners: pd.DataFrame


def write_national_sources(folder: Path, population: Path) -> National:
    """Write every source that a run can use."""
    folder.mkdir()
    fine = pd.read_csv(population, dtype="int64")
    mesh3 = (fine["mesh4"] // 10).rename("mesh3")
    people = fine.groupby(mesh3)["population"].sum().reset_index()
    owners = owners_of_cells()
    write_census(folder, people)
    buildings = write_land_use(folder, people)
    write_boundaries(folder, owners)
    write_disadvantaged(folder, owners)
    write_lists(folder)
    return National(folder, people, buildings, owners)


def write_census(folder: Path, people: pd.DataFrame) -> None:
    """One zip per primary mesh: ``tblT001141H5339.zip``."""
    head = as_bytes(table([]))
    tail = ",".join(Row("0", "0").fields()[5:])
    for mesh1, cells in people.groupby(people["mesh3"] // 10_000):
        lines = [
            f"{code},0,,,{count},{tail}\r\n"
            for mesh3, all_ in cells[["mesh3", "population"]].itertuples(index=False)
            for code, count in _quarters(mesh3, all_)
        ]
        name = f"tblT001141H{mesh1}"
        with zipfile.ZipFile(folder / f"{name}.zip", "w", compresslevel=1) as archive:
            archive.writestr(f"{name}.txt", head + "".join(lines).encode("cp932"))


def _quarters(mesh3: int, people: int) -> list[tuple[int, int]]:
    first = mesh3 * 10
    if people % 2:
        return [(first + 2, people)]
    return [(first + 1, people // 2), (first + 4, people // 2)]


def write_land_use(folder: Path, people: pd.DataFrame) -> dict[int, int]:
    """One archive per primary mesh with an uninhabited secondary mesh."""
    facts = reference.mesh2_facts()
    is_empty = ~facts["mesh2"].isin(people["mesh3"] // 100)
    empty = facts.loc[is_empty & ~facts["is_northern_territories"], "mesh2"].tolist()
    buildings = {cell: BUILDINGS[at % 4] for at, cell in enumerate(empty)}
    for mesh1 in sorted({cell // 100 for cell in empty}):
        rows = [
            (str(cell * 10_000 + at), BUILDING if at < buildings[cell] else FOREST, "0")
            for cell in empty
            if cell // 100 == mesh1
            for at in range(buildings[cell] + 1)
        ]
        stem = f"L03-b-16_{mesh1}"
        parts = land_use_files.shapefile_parts(stem, rows)
        land_use_files.archive(
            folder / f"{stem}-jgd_GML.zip", parts | land_use_files.metadata(stem)
        )
    return buildings


def owners_of_cells() -> pd.DataFrame:
    """The one municipality of each 1 km cell: the first of its likely prefecture."""
    known = reference.municipalities().set_index("city_code")
    listed = reference.mesh3_municipalities()
    is_unassigned = listed["city_code"].map(known["kind"]) == "unassigned"
    listed = listed[~is_unassigned].assign(pref_code=listed["city_code"].str[:2])
    likely = reference.mesh3_prefecture()[["mesh3", "pref_code"]]
    owners = likely.merge(listed, on=["mesh3", "pref_code"], how="left")
    owners = owners.drop_duplicates("mesh3", ignore_index=True)
    first = listed.groupby("pref_code")["city_code"].min()
    city = owners["city_code"].fillna(owners["pref_code"].map(first))
    owners["city_code"] = city.replace(NEW_WARDS)
    owners.loc[owners["mesh3"] == UNASSIGNED_CELL, "city_code"] = None
    owners.loc[owners["mesh3"] == BORDER_CELL, "city_code"] = WEST_CITY
    return owners


def write_boundaries(folder: Path, owners: pd.DataFrame) -> None:
    """``N03-20240101_GML.zip``: Shapefile in CP932, with N03_005."""
    boxes = shapely.box(*mesh.bounds(owners["mesh3"].to_numpy(), "m3").T)
    key = owners["pref_code"] + owners["city_code"].fillna("")
    shapes = {
        (str(code)[:2], str(code)[2:]): shapely.coverage_union_all(boxes[at])
        for code, at in key.groupby(key).indices.items()
    }
    half = east_half(BORDER_CELL)
    west, east = ("13", WEST_CITY), ("14", EAST_CITY)
    shapes[west] = shapely.difference(shapes[west], half)
    shapes[east] = shapely.union(shapes[east], half)
    polygons = geopandas.GeoDataFrame(
        _attributes(list(shapes)),
        geometry=_densified(list(shapes.values())),
        crs=6668,
    ).explode(ignore_index=True)
    name = "N03-20240101"
    published_zip(folder / f"{name}_GML.zip", name, polygons, ["shp"])


def east_half(mesh3: int) -> shapely.Polygon:
    """East half of a cell."""
    west, south, east, north = mesh.bounds(mesh3, "m3")
    return shapely.box((west + east) / 2, south, east, north)


def _densified(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Short edges in so many shapes that most edges of the country are short."""
    edges = shapely.get_num_coordinates(shapes)
    is_short = np.cumsum(edges) <= edges.sum() / 5
    return [
        shapely.segmentize(shape, _EDGE_DEGREES) if short else shape
        for shape, short in zip(shapes, is_short, strict=True)
    ]


def _attributes(places: list[tuple[str, str]]) -> dict[str, list[str | None]]:
    prefectures = reference.prefectures().set_index("pref_code")["name_ja"].to_dict()
    known = reference.municipalities()
    changes = reference.municipality_changes()
    names = {"": "所属未定地"}
    names |= dict(zip(changes["new_code"], changes["new_name_ja"], strict=True))
    names |= dict(zip(known["city_code"], known["name_ja"], strict=True))
    nothing = [None] * len(places)
    return {
        "N03_001": [prefectures[pref] for pref, _ in places],
        "N03_002": nothing,
        "N03_003": nothing,
        "N03_004": [names[city] for _, city in places],
        "N03_005": nothing,
        "N03_007": [city or None for _, city in places],
    }


def write_disadvantaged(folder: Path, owners: pd.DataFrame) -> None:
    """A17 on half of the cells of one secondary mesh, A22 on all of another."""
    cells = cells_of(owners, KASO_MESH2)
    _write_areas(folder, "A17", "A17-17_32", "32343", cells[::2], "_009", "03")
    cells = cells_of(owners, SNOW_MESH2)
    _write_areas(folder, "A22", "A22-16_05", "05203", cells, "_009", "2")


def cells_of(owners: pd.DataFrame, mesh2: int) -> list[int]:
    """1 km cells with land of a secondary mesh."""
    mesh3 = owners["mesh3"]
    return sorted(mesh3[mesh3 // 100 == mesh2].tolist())


def _write_areas(folder, dataset, stem, city, cells, column, code) -> None:
    boxes = list(shapely.box(*mesh.bounds(np.array(cells), "m3").T))
    frame = disadvantaged_files.features(
        dataset, [city] * len(boxes), boxes, **{column: [code] * len(boxes)}
    )
    disadvantaged_files.archive(folder, frame, stem, ["shp"])


def write_lists(folder: Path) -> None:
    """Sources of a few rows each."""
    save_list_5g(folder, LIST_5G, LICENCE_FILE)
    cells = "".join(f"{cell}\n" for cell in HIGH_TRAFFIC)
    (folder / "high_traffic_meshes.csv").write_text(f"mesh3\n{cells}", encoding="utf-8")
    towns = [
        broadband_files.town("41201", "0001000", "大字川久保"),
        broadband_files.town("41201", "0002000", "三瀬村一ノ谷"),
    ]
    broadband_files.zipped(
        folder / "mt_town_pref41.csv.zip",
        mt_town_pref41__csv=broadband_files.csv_bytes(
            broadband_files.TOWN_HEADER, towns
        ),
    )
    for name, header, rows in (
        ("support_areas", broadband_files.SUPPORT_HEADER, broadband_files.SUPPORT_ROWS),
        ("fibre_towns", broadband_files.FIBRE_HEADER, broadband_files.FIBRE_ROWS),
    ):
        content = broadband_files.csv_bytes(header, rows)
        broadband_files.write(folder / f"{name}.csv", content)
    city = ("221309", "静岡県", "浜松市", 0.85, 91, 4.6, "-", 100.1)
    rows = [*broadband_files.FISCAL_ROWS, city]
    broadband_files.fiscal_book(folder / "zenshichoson_R3.xlsx", rows)
    _write_future_population(folder)


def _write_future_population(folder: Path) -> None:
    """``500m_mesh_suikei_2018_shape_13.zip`` with the columns of that edition."""
    people = pd.Series(FUTURE)
    frame = pd.DataFrame({"MESH_ID": people.index, "SHICODE": "13101"})
    for year in range(2015, 2055, 5):
        frame[f"PTN_{year}"] = people.to_numpy()
    cells = mesh.to_polygons(people.index.to_numpy("int64"), "m4")
    name = "500m_mesh_2018_13"
    work = folder / name
    work.mkdir()
    geopandas.GeoDataFrame(frame, geometry=cells, crs=4612).to_file(
        work / f"{name}.shp"
    )
    target = folder / "500m_mesh_suikei_2018_shape_13.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in sorted(work.iterdir()):
            archive.write(part, part.name)
            part.unlink()
    work.rmdir()
