import re
import shutil
import tomllib

import pandas as pd
import pytest

from geodata import reference
from geodata.reference import build
from geodata.reference.shipped import read_bytes, read_toml

pytestmark = pytest.mark.integration


def block_of(shared_data, heading, language):
    """First code block of `language` below `heading` in the specification."""
    text = (shared_data / "domain.md").read_text(encoding="utf-8")
    section = text[text.index(f"\n{heading}") :]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


@pytest.mark.shared
def test_check_passes_against_the_original_lists(shared_data, capsys):
    assert build.main([str(shared_data), "--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.shared
def test_building_twice_gives_the_same_bytes(shared_data, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    names = build.build(shared_data, first)
    build.build(shared_data, second)
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.shared
def test_check_names_a_changed_and_a_missing_table(shared_data, tmp_path):
    copy = tmp_path / "tables"
    shutil.copytree(build.FOLDER, copy)
    (copy / "mesh3_border.parquet").unlink()
    text = (copy / "prefectures.csv").read_text(encoding="utf-8")
    (copy / "prefectures.csv").write_text(
        text.replace("13,東京都", "13,東京府"), encoding="utf-8"
    )
    shutil.copy(copy / "mesh2_prefectures.parquet", copy / "mesh2_facts.parquet")
    assert build.differing(shared_data, copy) == [
        "prefectures.csv",
        "mesh2_facts.parquet",
        "mesh3_border.parquet",
    ]


def test_a_folder_without_the_lists_fails_with_one_sentence(tmp_path, capsys):
    assert build.main([str(tmp_path), "--check"]) == 1
    message = capsys.readouterr().err
    assert "mesh_municipality_2020.parquet" in message
    assert message.count("\n") == 1


@pytest.mark.shared
def test_blocks_bureaus_and_published_values_are_the_specifications(shared_data):
    spectrum = tomllib.loads(block_of(shared_data, "### 4.6", "toml"))
    assert read_toml("allocations.toml")["allocation"] == spectrum["allocation"]
    names = reference.carriers().set_index("carrier")["name_ja"].to_dict()
    assert names == {c: v["name_ja"] for c, v in spectrum["carrier"].items()}
    bureaus = tomllib.loads(block_of(shared_data, "## 5.", "toml"))
    assert read_toml("bureaus.toml") == bureaus
    published = block_of(shared_data, "## 8.", "csv")
    assert read_bytes("published_values.csv").decode("utf-8") == published


@pytest.mark.shared
def test_northern_territories_are_the_cells_that_the_original_list_marks(shared_data):
    listed = pd.read_csv(shared_data / "mesh2_by_prefecture.csv")
    marked = listed.loc[listed["northern_territories_only"] == 1, "mesh2"]
    facts = reference.mesh2_facts()
    ours = facts.loc[facts["is_northern_territories"], "mesh2"]
    assert set(ours) == set(marked)


def test_the_page_on_reference_tables_names_every_file(root):
    page = (root / "docs" / "reference_tables.md").read_text(encoding="utf-8")
    absent = [s.file for s in reference.sources() if f"`{s.file}`" not in page]
    assert absent == []
