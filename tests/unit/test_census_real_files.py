"""Census mesh statistics: e-Stat's real files, against their README and plain code."""

import csv
from pathlib import Path

import numpy as np
import pytest
from census_files import as_bytes, population, table

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.census.header import read_header
from geodata.readers.census_mesh import read_census_mesh
from geodata.readers.files.published import Published
from geodata.schemas import TABLES, conform

REAL = "data/estat_mesh_population_2020"
REAL_FILES = [
    ("tblT001101H4930.txt", "m4", "mesh1", 11_945, 2_644_586, (8_566, 1_455, 1_924)),
    ("tblT001101H5030.txt", "m4", "mesh1", 9_496, 4_685_631, (7_227, 1_011, 1_258)),
    ("tblT001101H5031.txt", "m4", "mesh1", 4_707, 532_512, (2_678, 849, 1_180)),
    ("tblT001100S30.txt", "m3", "prefecture", 2_237, 922_584, (1_466, 324, 447)),
]


def plain_sums(path: Path) -> dict[str, int]:
    """Sums of the columns that are read, by the csv module alone."""
    with path.open(encoding="cp932", newline="") as file:
        rows = list(csv.reader(file))[2:]
    return {
        "rows": len(rows),
        "population": sum(int(row[4]) for row in rows),
        "age65": sum(int(row[22]) for row in rows if row[22] != "*"),
        "age65_withheld": sum(row[22] == "*" for row in rows),
        "household": sum(int(row[37]) for row in rows),
    }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "level", "unit", "rows", "people", "treatments"), REAL_FILES
)
def test_a_real_file_gives_the_totals_of_its_readme_and_of_plain_code(
    shared_data, name, level, unit, rows, people, treatments
):
    path = shared_data / REAL / name
    read = read_census_mesh([path])
    frame, sums = population(read), plain_sums(path)
    assert len(frame) == read.read_count == sums["rows"] == rows
    assert frame["population_count"].sum() == sums["population"] == people
    assert frame["household_count"].sum() == sums["household"]
    assert frame["age65_count"].sum() == sums["age65"]
    assert frame["age65_count"].isna().sum() == sums["age65_withheld"]
    assert tuple(frame["treatment"].value_counts().sort_index()) == treatments
    assert set(frame["level"]) == {level}
    assert read.rejected.empty
    (extent,) = read.tables["raw.census_extent"].to_dict("records")
    assert extent["unit"] == unit
    assert (extent["row_count"], extent["population_count"]) == (rows, people)
    assert (read.vintage, read.datum) == ("2020", "JGD2000")
    assert set(frame["census_year"]) == {2020}
    for table_name, frame in read.tables.items():
        conform(TABLES[table_name], frame)


@pytest.mark.shared
def test_the_real_prefecture_file_adds_up_to_its_published_population(shared_data):
    read = read_census_mesh([shared_data / REAL / "tblT001100S30.txt"])
    published = reference.prefectures().set_index("pref_code")["population_2020"]
    assert population(read)["population_count"].sum() == published["30"]
    assert not any("add up" in note for note in read.notes)


@pytest.mark.shared
def test_real_files_of_three_primary_meshes_are_one_set(shared_data):
    paths = sorted((shared_data / REAL).glob("tblT001101H*.txt"))
    read = read_census_mesh(paths)
    assert read.tables["raw.census_extent"]["code"].tolist() == ["4930", "5030", "5031"]
    total = population(read)["population_count"].sum()
    assert total == 2_644_586 + 4_685_631 + 532_512
    assert read.edition == "T001101, m4, one file per mesh1"
    assert read.rejected.empty
    assert not any("link" in note for note in read.notes)


@pytest.mark.shared
def test_the_builder_writes_the_real_header(shared_data):
    header = (shared_data / REAL / "tblT001101H5031.txt").read_bytes().split(b"\n")[:2]
    assert as_bytes(table([], "T001101")).split(b"\r\n")[:2] == header


@pytest.mark.shared
def test_a_real_file_cut_within_a_line_is_refused(shared_data, tmp_path):
    content = (shared_data / REAL / "tblT001101H5031.txt").read_bytes()
    path = tmp_path / "tblT001101H5031.txt"
    rng = np.random.default_rng(5)
    for cut in rng.integers(1, len(content), 12):
        path.write_bytes(content[:cut])
        if content[cut - 1 : cut] != b"\n":
            with pytest.raises(SourceError, match=r"tblT001101H5031\.txt"):
                read_census_mesh([path])


@pytest.mark.shared
def test_the_real_units_are_not_mixed_either(shared_data):
    folder = shared_data / REAL
    with pytest.raises(SourceError, match=r"H5030.*S30.*level m4 .* m3"):
        read_census_mesh([folder / "tblT001101H5030.txt", folder / "tblT001100S30.txt"])


@pytest.mark.shared
@pytest.mark.parametrize("table_id", ["T001100", "T001101"])
def test_the_figures_stand_under_the_real_labels(shared_data, table_id):
    path = shared_data / REAL / f"columns_{table_id}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        labels = {row["code"]: row["label_ja"] for row in csv.DictReader(file)}
    name = "tblT001100S30.txt" if table_id == "T001100" else "tblT001101H5031.txt"
    path = shared_data / REAL / name
    header = read_header(Published(path), path.read_bytes())
    assert header.statistics_id == table_id
    assert {figure: labels[code] for figure, code in header.columns.items()} == {
        "population": "人口（総数）",
        "household": "世帯総数",
        "age65": "６５歳以上人口　総数",
    }
