"""Which files of a folder are used, which are left aside and why."""

import os

import pytest

from geodata.catalog import find_sources, registered_sources
from geodata.catalog.choosing import year_of
from geodata.errors import SourceError


def folder_of(place, *names):
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return place


def used(found, source):
    return [path.name for path in found.files.get(source, ())]


def aside(found):
    return {
        left.path.name: (left.instead.name, left.reason_en) for left in found.superseded
    }


def test_files_are_found_in_any_layout_and_others_are_listed(tmp_path):
    folder_of(
        tmp_path, "henchi.csv", "a/b/N03-20210101_GML.zip", "licences/x/FB.json",
        "notes.txt", "other/13.csv",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert found.files == {
        "n03": (tmp_path / "a/b/N03-20210101_GML.zip",),
        "henchi": (tmp_path / "henchi.csv",),
        "licences": (tmp_path / "licences/x/FB.json",),
    }
    assert found.unused == (tmp_path / "notes.txt", tmp_path / "other/13.csv")
    assert found.superseded == ()


def test_the_folder_itself_may_bear_the_name_a_pattern_asks_for(tmp_path):
    folder = folder_of(tmp_path / "mesh_municipalities", "13.csv", "01-2.csv")
    assert used(find_sources(folder), "mesh_municipalities") == ["01-2.csv", "13.csv"]


def test_sidecars_readmes_hidden_and_unfinished_files_are_left_out(tmp_path):
    folder_of(
        tmp_path, "henchi.csv", "henchi.csv.toml", "README.md", "readme.ja.txt",
        ".unfinished-N03-20210101_GML.zip", ".unfinished-N03-20210101_GML.zip.json",
        "N03-20210101_GML.zip.part", "A17-17_13_GML.zip.crdownload",
        "~$zenshichoson_R3.xlsx", ".hidden/henchi.csv", "orphan.csv.toml",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert found.files == {"henchi": (tmp_path / "henchi.csv",)}
    assert found.unused == (tmp_path / "orphan.csv.toml",)


def test_the_companions_of_a_shapefile_are_not_listed(tmp_path):
    folder_of(
        tmp_path, "A17-17_13.shp", "A17-17_13.dbf", "A17-17_13.shx", "A17-17_13.prj",
        "lonely.dbf",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert used(found, "a17") == ["A17-17_13.shp"]
    assert [path.name for path in found.unused] == ["lonely.dbf"]


@pytest.mark.parametrize(
    "name",
    [
        "A18s-a_GML.zip", "A19s-16_42_GML.zip", "a22s-16_15_GML.zip",
        "A22-m-14_GML.zip", "deep/A22-m-14_59_GML.zip", "L03-b-u-21_5339.zip",
        "250m_mesh_2024_13_GEOJSON.zip",
    ],
)  # fmt: skip
def test_a_misleading_edition_is_refused_with_what_to_take_instead(tmp_path, name):
    folder_of(tmp_path, name)
    with pytest.raises(SourceError) as refusal:
        find_sources(tmp_path)
    told = str(refusal.value)
    assert str(tmp_path / name) in told
    assert "refused" in told
    assert "Take " in told
    assert "https://" in told


def test_all_misleading_files_are_told_at_once(tmp_path):
    folder_of(tmp_path, "A18s-a_GML.zip", "deep/A22-m-14_59_GML.zip", "henchi.csv")
    with pytest.raises(SourceError) as refusal:
        find_sources(tmp_path)
    assert [line.split(": ")[0] for line in str(refusal.value).split("\n")] == [
        str(tmp_path / "A18s-a_GML.zip"),
        str(tmp_path / "deep/A22-m-14_59_GML.zip"),
    ]


def test_a_file_that_two_sources_claim_is_refused(tmp_path):
    folder_of(tmp_path, "licences/henchi.csv")
    with pytest.raises(SourceError, match=r"both henchi and licences claim"):
        find_sources(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no such folder"):
        find_sources(tmp_path / "nowhere")


# --- links ------------------------------------------------------------------------


def test_links_are_followed_each_file_once(tmp_path):
    store = folder_of(tmp_path / "store", "A17-17_13_GML.zip", "henchi.csv")
    folder = folder_of(tmp_path / "sources", "target_meshes.csv")
    (folder / "linked").symlink_to(store)
    (folder / "again").symlink_to(store)
    (folder / "loop").symlink_to(folder)
    (folder / "b_henchi.csv").symlink_to(store / "henchi.csv")
    found = find_sources(folder)
    assert sorted(found.files) == ["a17", "target_meshes"]
    assert found.files["a17"] == (folder / "again/A17-17_13_GML.zip",)
    assert [path.name for path in found.unused] == ["b_henchi.csv"]


@pytest.mark.parametrize("target", ["gone.zip", "N03-20210101_GML.zip"])
def test_a_link_to_nothing_is_told(tmp_path, target):
    (tmp_path / "N03-20210101_GML.zip").symlink_to(tmp_path / target)
    with pytest.raises(SourceError, match="the link leads to"):
        find_sources(tmp_path)


def test_a_pipe_is_no_source(tmp_path):
    os.mkfifo(tmp_path / "henchi.csv")
    assert find_sources(tmp_path).files == {}


def test_a_folder_that_cannot_be_listed_does_not_look_empty(tmp_path, monkeypatch):
    folder_of(tmp_path, "closed/henchi.csv")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError):
        find_sources(tmp_path)


# --- several forms of the same source ---------------------------------------------


def test_the_official_archive_goes_before_all_other_forms(tmp_path):
    names = [
        "N03-20210101_GML.zip", "N03-21_210101.shp", "n03_2021.parquet",
        "N03-21_210101.geojson", "N03-21_210101.xml", "N03-21_210101.topojson",
    ]  # fmt: skip
    folder_of(tmp_path, *names)
    for place, name in enumerate(names):
        found = find_sources(tmp_path)
        assert used(found, "n03") == [name]
        assert set(aside(found)) == set(names[place + 1 :])
        (tmp_path / name).unlink()


def test_a_national_file_goes_before_the_prefectures(tmp_path):
    prefectures = [f"N03-20210101_{code:02d}_GML.zip" for code in range(1, 48)]
    folder_of(tmp_path, *prefectures)
    assert used(find_sources(tmp_path), "n03") == prefectures
    folder_of(tmp_path, "N03-20210101_GML.zip")
    found = find_sources(tmp_path)
    assert used(found, "n03") == ["N03-20210101_GML.zip"]
    assert set(aside(found)) == set(prefectures)
    assert "another division" in aside(found)[prefectures[0]][1]


def test_the_edition_that_covers_more_is_used_and_of_equals_the_newest(tmp_path):
    folder_of(tmp_path, "A17-16_13_GML.zip", "A17-17_13_GML.zip")
    found = find_sources(tmp_path)
    assert used(found, "a17") == ["A17-17_13_GML.zip"]
    assert aside(found)["A17-16_13_GML.zip"] == (
        "A17-17_13_GML.zip",
        "another edition (2016); the one of 2017 is used",
    )
    folder_of(tmp_path, "A17-16_12_GML.zip")
    assert used(find_sources(tmp_path), "a17") == [
        "A17-16_12_GML.zip",
        "A17-16_13_GML.zip",
    ]


def test_the_finest_census_level_is_used(tmp_path):
    folder_of(tmp_path, "tblT001100S30.txt", "tblT001101H5030.txt")
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == ["tblT001101H5030.txt"]
    assert "coarser" in aside(found)["tblT001100S30.txt"][1]
    folder_of(tmp_path, "tblT001142Q5339.zip")
    assert used(find_sources(tmp_path), "census_mesh") == ["tblT001142Q5339.zip"]


def test_census_files_by_prefecture_and_by_primary_mesh_are_never_mixed(tmp_path):
    folder_of(tmp_path, "tblT001141H13.zip", "tblT001141H5339.zip", "tblT001141H14.zip")
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == ["tblT001141H13.zip", "tblT001141H14.zip"]
    assert set(aside(found)) == {"tblT001141H5339.zip"}
    more = [f"tblT001141H{code}.zip" for code in (5340, 5439, 5438, 5338, 5239, 5240)]
    folder_of(tmp_path, *more, "tblT001141H5237.zip", "tblT001141H5238.zip")
    found = find_sources(tmp_path)  # 9 of 176 primary meshes, 2 of 47 prefectures
    assert len(used(found, "census_mesh")) == 9
    assert set(aside(found)) == {"tblT001141H13.zip", "tblT001141H14.zip"}


def test_census_tables_of_the_same_areas_follow_the_preference(tmp_path):
    folder_of(tmp_path, "tblT001101H5339.txt", "tblT001141H5339.txt")
    folder_of(tmp_path, "tblT001192H5339.txt", "tblT001141H5339.zip")
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == ["tblT001141H5339.zip"]
    assert "another form" in aside(found)["tblT001141H5339.txt"][1]
    assert "another table" in aside(found)["tblT001192H5339.txt"][1]


def test_of_each_census_one_dataset_is_used(tmp_path):
    both = ["tblT000847H13.zip", "tblT000847H14.zip", "tblT001142Q5339.zip"]
    folder_of(tmp_path, *both)
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == both
    assert aside(found) == {}
    folder_of(tmp_path, "tblT000846S13.zip", "tblT001141H5339.zip")
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == both
    assert aside(found) == {
        "tblT000846S13.zip": ("tblT000847H13.zip", "statistics of a coarser mesh"),
        "tblT001141H5339.zip": ("tblT001142Q5339.zip", "statistics of a coarser mesh"),
    }


def test_a_census_of_no_known_year_gives_way_to_the_newest(tmp_path):
    folder_of(tmp_path, "tblT000609H5339.zip")
    assert used(find_sources(tmp_path), "census_mesh") == ["tblT000609H5339.zip"]
    folder_of(tmp_path, "tblT000847H5339.zip", "tblT001141H5339.zip")
    found = find_sources(tmp_path)
    assert used(found, "census_mesh") == ["tblT000847H5339.zip", "tblT001141H5339.zip"]
    assert set(aside(found)) == {"tblT000609H5339.zip"}


def test_land_use_takes_one_product_and_the_modern_datum(tmp_path):
    folder_of(
        tmp_path, "L03-b-16_5339-jgd_GML.zip", "L03-b-16_5339-tky_GML.zip",
        "L03-b-c-16_5339_GML.zip",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert used(found, "land_use") == ["L03-b-16_5339-jgd_GML.zip"]
    assert set(aside(found)) == {"L03-b-16_5339-tky_GML.zip", "L03-b-c-16_5339_GML.zip"}


def test_lists_that_belong_together_are_both_used_each_in_its_newest_edition(tmp_path):
    folder_of(
        tmp_path, "kaso_municipalities_2021.csv", "kaso_municipalities_2022.csv",
        "municipality_category_2021.csv", "mt_town_all.csv", "mt_town_pos_pref13.csv",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert used(found, "disadvantaged_list") == [
        "kaso_municipalities_2022.csv",
        "municipality_category_2021.csv",
    ]
    assert used(found, "abr_towns") == ["mt_town_all.csv", "mt_town_pos_pref13.csv"]


def test_answers_of_many_days_and_raster_tiles_are_all_used(tmp_path):
    folder_of(
        tmp_path, "licences/a_20220329.csv", "licences/a_20230324.csv",
        "population_raster/a.tif", "population_raster/b.tif",
    )  # fmt: skip
    found = find_sources(tmp_path)
    assert len(used(found, "licences")) == 2
    assert used(found, "population_raster") == ["a.tif", "b.tif"]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("17", 2017), ("05", 2005), ("21", 2021), ("701001", 1970), ("190101", 2019),
        ("200101", 1920), ("20200101", 2020), ("2018", 2018), ("r3", 2021),
        ("h30", 2018), ("", -1),
    ],
)  # fmt: skip
def test_years_of_published_names(text, year):
    assert year_of(text) == year


def test_the_order_is_that_of_the_register_and_of_the_names(tmp_path):
    folder_of(tmp_path, "henchi.csv", "A17-17_02_GML.zip", "A17-17_01_GML.zip")
    found = find_sources(tmp_path)
    order = [name for name in registered_sources() if name in found.files]
    assert list(found.files) == order
    assert used(found, "a17") == ["A17-17_01_GML.zip", "A17-17_02_GML.zip"]


@pytest.mark.shared
def test_the_shared_data_folder_is_understood(shared_data):
    found = find_sources(shared_data / "data")
    assert {name: len(paths) for name, paths in found.files.items()} == {
        "n03": 1,
        "mesh_municipalities": 1,
        "census_mesh": 3,
        "disadvantaged_list": 2,
        "fiscal_index": 1,
        "licences": 17,
    }
    assert used(found, "n03") == ["n03_2021_municipalities_s0010.parquet"]
    assert used(found, "mesh_municipalities") == ["official_shape_cp932.zip"]
    assert used(found, "fiscal_index") == ["zenshichoson_R3.xlsx"]
    assert set(aside(found)) == {
        "N03-21_210101_s0001.geojson", "N03-21_210101_s0010.topojson",
        "N03-21_13_210101.json", "N03-21_32_210101.json", "N03-21_47_210101.json",
        "tblT001100S30.txt", "zenshichoson_R2.xlsx",
    }  # fmt: skip
    unused = {path.name for path in found.unused}
    assert {"prefectures_s0010.geojson", "colnames_A17.csv"} <= unused
    assert not [name for name in unused if name.lower().startswith("readme")]
