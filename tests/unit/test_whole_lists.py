"""Lists used whole or not at all: target meshes, and population by cell."""

import pandas as pd
import pytest

from geodata.errors import SourceError
from geodata.readers.population import read_population_mesh3, read_population_mesh4
from geodata.readers.target_meshes import read_target_meshes
from geodata.schemas import TABLES, conform

FACTS = pd.DataFrame({"mesh2": [533945, 533946, 533947]})


def saved(folder, content, name="list.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def test_target_meshes_come_ascending_with_the_source_of_their_sidecar(tmp_path):
    path = saved(tmp_path, b"\xef\xbb\xbfmesh2\r\n533946\r\n\r\n533945")
    assert read_target_meshes(path, FACTS).denominator_source == "official"
    saved(tmp_path, b'denominator_source = "synthetic:x-1"\n', "list.csv.toml")
    targets = read_target_meshes(path, FACTS)
    assert targets.mesh2.tolist() == [533945, 533946]
    assert targets.denominator_source == "synthetic:x-1"
    assert targets.source is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"mesh2\n533946\n533940\n", "line 3.*'533940': not one of the 4,888"),
        (b"mesh2\n533946\n53394\n", "line 3, column mesh2, '53394'"),
        (b"mesh2\n533946\n\n533946\n", "line 4.*already stands in line 2"),
        (b"mesh2\n533946\n533945,1\n", r"line 3, '533945,1': wanted 1 field\(s\)"),
        (b"mesh2\n", "line 2: found no data row"),
        (b"mesh\n533946\n", r"line 1: column\(s\) mesh2 not found"),
    ],
)
def test_one_faulty_line_refuses_all_target_meshes(tmp_path, content, message):
    with pytest.raises(SourceError, match=message):
        read_target_meshes(saved(tmp_path, content), FACTS)


def test_a_list_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"none\.csv: cannot be read"):
        read_target_meshes(tmp_path / "none.csv", FACTS)


def test_population_of_cells_is_read_with_the_nation_as_its_extent(tmp_path):
    path = saved(tmp_path, b"mesh3,population,note\n53394611,12,\n53394612,0,x\n")
    read = read_population_mesh3([path])
    table = read.tables["raw.mesh_population"]
    assert table[["mesh", "population_count"]].to_numpy().tolist() == [
        [53394611, 12],
        [53394612, 0],
    ]
    for name, frame in read.tables.items():
        conform(TABLES[name], frame)
    extent = read.tables["raw.census_extent"]
    assert extent[["row_count", "population_count"]].to_numpy().tolist() == [[2, 12]]
    assert read.notes == ("list.csv: further column(s) note not used.",)
    assert read.edition == "project form"


def test_a_sidecar_says_where_the_residents_come_from(tmp_path):
    path = saved(tmp_path, b"mesh3,population\n53394611,12\n")
    sidecar = 'denominator_source = "synthetic:scenario"\nvintage = "2020-10-01"\n'
    path.with_name(f"{path.name}.toml").write_text(sidecar)
    read = read_population_mesh3([path])
    assert (read.edition, read.vintage) == ("synthetic:scenario", "2020-10-01")


def test_further_figures_may_be_there_and_an_empty_one_is_unknown_not_zero(tmp_path):
    content = b"age65,mesh4,population,households\n5,533946111,12,0\n,533946112,3,\n"
    path = saved(tmp_path, content, "population_mesh4.csv")
    read = read_population_mesh4([path])
    assert read.name == "population_mesh4"
    assert read.notes == ()
    for name, frame in read.tables.items():
        conform(TABLES[name], frame)
    rows = conform(
        TABLES["raw.mesh_population"], read.tables["raw.mesh_population"]
    ).to_pylist()
    figures = ("mesh", "population_count", "household_count", "age65_count")
    assert [tuple(row[name] for name in figures) for row in rows] == [
        (533946111, 12, 0, 5),
        (533946112, 3, None, None),
    ]
    assert {row["level"] for row in rows} == {"m4"}
    (extent,) = read.tables["raw.census_extent"].to_dict("records")
    assert (extent["level"], extent["unit"]) == ("m4", "nation")


@pytest.mark.parametrize(
    ("vintage", "year"),
    [("2020-10-01", 2020), ("2015", 2015), ("令和2年", None), ("", None), ("20", None)],
)
def test_the_sidecar_tells_the_census_year(tmp_path, vintage, year):
    path = saved(tmp_path, b"mesh4,population\n533946111,12\n", "population_mesh4.csv")
    saved(tmp_path, f'vintage = "{vintage}"\n'.encode(), "population_mesh4.csv.toml")
    read = read_population_mesh4([path])
    assert read.vintage == vintage
    for table in read.tables.values():
        years = [None if pd.isna(one) else one for one in table["census_year"]]
        assert years == [year]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"533946112,1,-1,", "line 3, column households, '-1': no whole number"),
        (
            b"533946112,1,,x",
            "line 3, column age65, 'x': no whole number 0 to 1,000,000",
        ),
        (b"533946112,1,1.0,", "column households, '1.0': .* or nothing .unknown"),
        (b"533946112,,1,1", "line 3, column population, '': no whole number"),
        (b"53394611,1,1,1", "line 3, column mesh4, '53394611': no 9-digit code"),
        (b"533946115,1,1,1", "line 3, column mesh4, '533946115': no 9-digit code"),
        (b"533946111,1,1,1", "line 3, column mesh4, '533946111': repeats"),
    ],
)
def test_one_faulty_figure_refuses_the_whole_population(tmp_path, line, message):
    head = b"mesh4,population,households,age65\n533946111,12,4,\n"
    path = saved(tmp_path, head + line + b"\n")
    with pytest.raises(SourceError, match=message):
        read_population_mesh4([path])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"53394612,-1", "line 4, column population, '-1': no whole number"),
        (b"53394612,1.5", "line 4, column population, '1.5': no whole number"),
        (b"53394612,", "line 4, column population, '': no whole number"),
        (b"53394612,1000001", "line 4, column population, '1000001': no whole"),
        (b"53398011,1", "line 4, column mesh3, '53398011': no 8-digit code"),
        (b"x,1", "line 4, column mesh3, 'x': no 8-digit code"),
        (b"53394611,1", "line 4, column mesh3, '53394611': repeats"),
        (b"53394612", "line 4, '53394612': wanted 2"),
    ],
)
def test_one_faulty_line_refuses_the_whole_population(tmp_path, line, message):
    path = saved(tmp_path, b"mesh3,population\n\n53394611,12\n" + line + b"\n")
    with pytest.raises(SourceError, match=message) as caught:
        read_population_mesh3([path])
    assert "nothing was read from it" in str(caught.value)


def test_population_in_two_files_or_without_a_row_is_refused(tmp_path):
    path = saved(tmp_path, b"mesh3,population\n")
    with pytest.raises(SourceError, match="line 2: found no data row"):
        read_population_mesh3([path])
    with pytest.raises(SourceError, match=r"one file is wanted, found list\.csv, list"):
        read_population_mesh3([path, path])
