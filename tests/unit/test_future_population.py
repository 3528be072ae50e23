"""Projected population by 500 m cell, in published columns (format-synthetic)."""

import zipfile
from pathlib import Path

import geopandas
import pandas as pd
import pytest

from geodata import mesh
from geodata.errors import SourceError
from geodata.readers.future_population import read_future_population
from geodata.schemas import TABLES, conform

CELLS = [533945091, 533945092, 533945181]
H30_YEARS = range(2015, 2055, 5)
R6_YEARS = range(2020, 2075, 5)
H29_YEARS = (2010, *range(2020, 2055, 5))


def h30(years=H30_YEARS) -> pd.DataFrame:
    """Cell 533945181 lies in two municipalities; each year has 2 % fewer people."""
    table = pd.DataFrame(
        {
            "MESH_ID": [*CELLS, CELLS[-1]],
            "SHICODE": ["13101", "13101", "13101", "13102"],
        }
    )
    people = pd.Series([100.0, 20.5, 7.1234, 0.0])
    further = {}
    for at, year in enumerate(years):
        table[f"PTN_{year}"] = people * 0.98**at
        further[f"PTA_{year}"] = people * 0.1
        further[f"RTA_{year}"] = 0.1
    return table.assign(**further, HITOKU2020=0)


def h29() -> pd.DataFrame:
    table = pd.DataFrame({"MESH_ID": CELLS, "CITY_CODE": [1101, 1101, 1102]})
    return table.assign(**{f"POP{year}": [3.0, 2.0, 1.0] for year in H29_YEARS})


def archive(
    folder: Path,
    table: pd.DataFrame,
    name="500m_mesh_suikei_2018_shape_13.zip",
    *,
    suffix=".shp",
    crs=4612,
) -> Path:
    """The zip of one prefecture with a Shapefile, GeoJSON or CSV in it."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    for old in work.iterdir():
        old.unlink()
    stem = name.removesuffix(".zip").replace("_suikei", "").replace("_shape", "")
    file = work / f"{stem}{suffix}"
    if suffix == ".csv":
        file.write_bytes(table.to_csv(index=False, lineterminator="\r\n").encode())
    else:
        cells = mesh.to_polygons(CELLS, "m4").repeat([1, 1, len(table) - 2])
        frame = geopandas.GeoDataFrame(table, geometry=cells[: len(table)], crs=crs)
        frame.to_file(file)
    with zipfile.ZipFile(folder / name, "w") as packed:
        for part in sorted(work.iterdir()):
            packed.write(part, part.name)
    return folder / name


def table_of(read):
    return read.tables["raw.future_population"]


def faults(read) -> list[tuple[str, int, str, str]]:
    columns = ["rule_id", "row", "column", "value"]
    return list(read.rejected[columns].itertuples(index=False, name=None))


@pytest.mark.parametrize("suffix", [".shp", ".geojson", ".csv"])
def test_every_form_gives_the_same_rows_by_year(tmp_path, suffix):
    read = read_future_population([archive(tmp_path, h30(), suffix=suffix)])
    table = table_of(read)
    conform(TABLES["raw.future_population"], table)
    assert len(table) == 4 * len(H30_YEARS)
    assert (read.read_count, read.accepted_count) == (4, 4)
    assert read.edition == "H30, 2015 to 2050"
    assert read.vintage == "2015"
    first = table[table["year"] == 2015].set_index(["mesh4", "city_code"])
    assert first["population"].to_dict() == pytest.approx(
        {
            (533945091, "13101"): 100.0,
            (533945092, "13101"): 20.5,
            (533945181, "13101"): 7.1234,
            (533945181, "13102"): 0.0,
        }
    )
    last = table.loc[table["year"] == 2050, "population"].sum()
    assert last == pytest.approx(127.6234 * 0.98**7)
    assert read.rejected.empty


@pytest.mark.parametrize(
    ("crs", "suffix", "datum"),
    [
        (4612, ".shp", "JGD2000"),
        (6668, ".shp", "JGD2011"),
        (6668, ".geojson", "JGD2011"),
        (4612, ".csv", "not stated"),
    ],
)
def test_the_datum_is_the_one_the_layer_declares(tmp_path, crs, suffix, datum):
    path = archive(tmp_path, h30(), crs=crs, suffix=suffix)
    assert read_future_population([path]).datum == datum


def test_the_edition_of_2017_has_other_names_and_numbers_for_codes(tmp_path):
    path = archive(tmp_path, h29(), "500m_mesh_suikei_2017_shape_01.zip")
    read = read_future_population([path])
    assert set(table_of(read)["city_code"]) == {"01101", "01102"}
    assert read.edition == "H29, 2010 to 2050"
    assert table_of(read).groupby("year")[
        "population"
    ].sum().to_dict() == dict.fromkeys(H29_YEARS, 6.0)


def test_the_edition_of_2024_starts_in_2020(tmp_path):
    path = archive(tmp_path, h30(R6_YEARS), "500m_mesh_2024_13.zip", crs=6668)
    read = read_future_population([path])
    assert read.edition == "R6, 2020 to 2070"
    assert read.vintage == "2020"


@pytest.mark.parametrize("form", [str, float])
def test_codes_may_be_text_or_numbers(tmp_path, form):
    table = h30().astype({"MESH_ID": form})
    read = read_future_population([archive(tmp_path, table)])
    assert set(table_of(read)["mesh4"]) == set(CELLS)


def test_of_one_dataset_in_several_forms_one_is_read(tmp_path):
    path = archive(tmp_path, h30())
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("500m_mesh_2018_13.geojson", "{}")
        packed.writestr("500m_mesh_2018_13.csv", "")
    assert read_future_population([path]).read_count == 4


def test_parts_of_a_shapefile_may_be_given_as_files(tmp_path):
    archive(tmp_path, h30())
    paths = sorted((tmp_path / "work").iterdir())
    assert read_future_population(paths).accepted_count == 4


def test_prefectures_are_read_together(tmp_path):
    chiba = h30().assign(SHICODE=["12203", "12203", "12203", "12227"])
    paths = [
        archive(tmp_path, h30()),
        archive(tmp_path, chiba, "500m_mesh_suikei_2018_shape_12.zip"),
    ]
    read = read_future_population(paths)
    assert (read.read_count, len(table_of(read))) == (8, 8 * len(H30_YEARS))


def test_codes_that_no_municipality_had_are_used_and_noted(tmp_path):
    table = h30().assign(SHICODE=["13101", "13101", "13101", "13991"])
    read = read_future_population([archive(tmp_path, table)])
    assert read.accepted_count == 4
    assert any("13991" in note for note in read.notes)


@pytest.mark.parametrize(
    ("at", "column", "value", "fault"),
    [
        (0, "MESH_ID", 533945999, ("bad_mesh_code", 1, "MESH_ID", "533945999")),
        (1, "MESH_ID", 53394509, ("bad_mesh_code", 2, "MESH_ID", "53394509")),
        (1, "SHICODE", "1310", ("bad_value", 2, "SHICODE", "1310")),
        (3, "SHICODE", "13101", ("repeated_key", 4, "MESH_ID", "533945181")),
        (2, "PTN_2030", -1.0, ("bad_value", 3, "PTN_2030", "-1.0")),
        (2, "PTN_2030", None, ("missing_value", 3, "PTN_2030", "nan")),
    ],
)
def test_a_bad_row_is_rejected_alone(tmp_path, at, column, value, fault):
    table = h30()
    table.loc[at, column] = value
    read = read_future_population([archive(tmp_path, table)])
    assert faults(read) == [fault]
    assert (read.read_count, read.accepted_count) == (4, 3)
    assert len(table_of(read)) == 3 * len(H30_YEARS)


def test_in_text_a_value_that_is_no_number_is_named_by_its_line(tmp_path):
    table = h30().astype({"PTN_2030": object})
    table.loc[1, "PTN_2030"] = "many"
    path = archive(tmp_path, table, suffix=".csv")
    assert faults(read_future_population([path])) == [
        ("bad_value", 3, "PTN_2030", "many")
    ]


def rewritten(path: Path, change) -> Path:
    """The same archive with the bytes of its members changed."""
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in change(members).items():
            packed.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("suffix", "change", "message"),
    [
        (".shp", lambda content: content[:-40], "it is cut short"),
        (".shp", lambda content: content[:0], "wanted: a Shapefile"),
        (".geojson", lambda content: content[:-40], "cannot be read"),
        (".geojson", lambda content: content[:0], "cannot be read"),
        (".csv", lambda content: content[:-3], "line 5: .*without a line end"),
        (".csv", lambda content: content[:0], "line 1: found no header"),
        (
            ".csv",
            lambda content: content.decode().encode("utf-16"),
            "line 1: wanted CP932, but it holds zero bytes",
        ),
        (
            ".csv",
            lambda content: content.replace(b"SHICODE", b"SHICODES", 1),
            "columns MESH_ID, PTN_2015.*; wanted MESH_ID, CITY_CODE",
        ),
        (
            ".csv",
            lambda content: content.replace(b"PTN_2020", b"PTN_2015", 1),
            r"line 1: column\(s\) PTN_2015 stand twice",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, suffix, change, message):
    path = archive(tmp_path, h30(), suffix=suffix)
    rewritten(
        path,
        lambda members: {
            name: change(content) if name.endswith(suffix) else content
            for name, content in members.items()
        },
    )
    with pytest.raises(SourceError, match=message) as raised:
        read_future_population([path])
    assert path.name in str(raised.value)


def test_attributes_cut_short_are_refused(tmp_path):
    path = archive(tmp_path, h30())
    rewritten(
        path,
        lambda members: {
            name: content[:-200] if name.endswith(".dbf") else content
            for name, content in members.items()
        },
    )
    with pytest.raises(SourceError, match=r"\.dbf: .*it is cut short"):
        read_future_population([path])


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "500m_mesh_suikei_2018_shape_14.zip",
            lambda table: table,
            "named after prefecture 14, but SHICODE holds codes of 13",
        ),
        (
            "500m_mesh_suikei_2024_shape_13.zip",
            lambda table: table,
            r"named after 2024 \(edition R6\), .* edition H30, which starts in 2015",
        ),
        (
            "250m_mesh_suikei_2018_shape_13.zip",
            lambda table: table,
            "its name says 250m cells; wanted the edition by 500 m",
        ),
        (
            "mesh_13.zip",
            lambda table: table.assign(MESH_ID=range(5339450911, 5339450915)),
            "MESH_ID such as 5339450911 is a code of 250 m cells",
        ),
        (
            "mesh_13.zip",
            lambda table: table.assign(MESH_ID=range(53394510, 53394514)),
            "MESH_ID such as 53394510 is a code of 1 km cells",
        ),
        (
            "500m_mesh_suikei_2018_shape_13.zip",
            lambda table: table.drop(columns=[c for c in table if c.startswith("PTN")]),
            "wanted MESH_ID, CITY_CODE, POP2010",
        ),
        (
            "500m_mesh_suikei_2018_日本測地系_13.zip",
            lambda table: table,
            "its name: says 日本測地系",
        ),
    ],
)  # fmt: skip
def test_another_file_than_its_name_says_or_than_is_wanted_is_refused(
    tmp_path, name, change, message
):
    path = archive(tmp_path, change(h30()), name, suffix=".csv")
    with pytest.raises(SourceError, match=message) as raised:
        read_future_population([path])
    assert name in str(raised.value)


def test_a_layer_on_the_tokyo_datum_is_refused(tmp_path):
    path = archive(tmp_path, h30(), crs=4301)
    with pytest.raises(SourceError, match=r"coordinate reference system: says .*Tokyo"):
        read_future_population([path])


def test_two_editions_are_refused_by_both_names(tmp_path):
    paths = [
        archive(tmp_path, h30()),
        archive(tmp_path, h30(R6_YEARS), "500m_mesh_2024_12.zip", suffix=".csv"),
    ]
    chiba = h30(R6_YEARS).assign(SHICODE="12203").drop(index=3)
    paths[1] = archive(tmp_path, chiba, "500m_mesh_2024_12.zip", suffix=".csv")
    with pytest.raises(
        SourceError, match=r"2018_shape_13\.zip.*2024_12\.zip"
    ) as raised:
        read_future_population(paths)
    assert "H30 (2015 to 2050) and R6 (2020 to 2070)" in str(raised.value)


def test_one_prefecture_twice_is_refused_by_both_names(tmp_path):
    paths = [archive(tmp_path, h30()), archive(tmp_path, h30(), "again.zip")]
    with pytest.raises(SourceError, match="both hold prefecture 13"):
        read_future_population(paths)


def test_nothing_to_read_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("readme.txt", b"")
    with pytest.raises(SourceError, match=r"a\.zip: no \.shp, \.geojson, \.csv"):
        read_future_population([tmp_path / "a.zip"])
    with pytest.raises(SourceError, match="no file"):
        read_future_population([])


def test_more_people_than_a_cell_holds_are_a_bad_value(tmp_path):
    table = h30()
    table.loc[1, "PTN_2015"] = 1e23
    read = read_future_population([archive(tmp_path, table)])
    assert [fault[:3] for fault in faults(read)] == [("bad_value", 2, "PTN_2015")]
