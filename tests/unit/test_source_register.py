"""The register of sources: complete, unambiguous, and true to the licences."""

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from flows.source_stage import SourcesRead
from flows.stages import RELEASE_TABLES_OF_SOURCES
from geodata.catalog import (
    Source,
    attributions,
    describe_found,
    missing_sources,
    registered_sources,
    sha256_of,
    sidecar_of,
)
from geodata.catalog.choosing import vintage_of
from geodata.catalog.document import sources_document
from geodata.catalog.planning import area_codes, missing_areas, plan
from geodata.catalog.register import matches, parse_register
from geodata.catalog.sidecar import write_sidecar
from geodata.errors import SettingsError, SourceError
from geodata.readers.census.header import statistics
from geodata.schemas import TABLES

SOURCES = registered_sources()
NAMES = [
    "n03", "a17", "a18", "a19", "a20", "a21", "a22", "a24", "a25",
    "disadvantaged_list", "henchi", "census_mesh", "population_mesh4",
    "population_mesh3", "population_raster", "land_cover_raster", "future_population",
    "mesh_municipalities", "licences", "land_use", "target_meshes",
    "high_traffic_meshes", "abr_towns", "support_areas", "fibre_towns", "fiscal_index",
]  # fmt: skip

PUBLISHED = {
    "n03": [
        "N03-20260101_GML.zip", "N03-20210101_13_GML.zip", "N03-180101_GML.zip",
        "N03-21_210101.shp", "N03-21_13_210101.json", "N03-21_210101_s0001.geojson",
        "N03-21_210101_s0010.topojson", "n03_2021_municipalities_s0010.parquet",
        "N03-20240101_13.xml", "n03-20240101_13_gml.ZIP",
    ],
    "a17": ["A17-17_13_GML.zip", "A17-701001_01_GML.zip", "A17-17_13.shp"],
    "a18": ["A18-16_42_GML.zip"],
    "a19": ["A19-17_42_GML.zip", "A19-17_42.geojson"],
    "a20": ["A20-16_46_GML.zip"],
    "a21": ["A21-16_13_GML.zip"],
    "a22": ["A22-16_15_GML.zip"],
    "a24": ["A24-16_13_GML.zip"],
    "a25": ["A25-16_42_GML.zip"],
    "census_mesh": [
        "tblT001141H5339.txt", "tblT001141H13.zip", "tblT001100S30.txt",
        "tblT001142Q5339.zip", "tblT001231E43.txt", "tblT000847H5339.zip",
        "tblT000846S34.txt", "tblT000876Q5339.txt",
    ],
    "population_mesh4": ["population_mesh4.csv"],
    "population_mesh3": ["population_mesh3.csv"],
    "population_raster": ["population_raster/jpn_ppp_2020.tif"],
    "land_cover_raster": ["land_cover_raster/2022_merged.tif"],
    "future_population": [
        "500m_mesh_suikei_2018_shape_13.zip", "500m_mesh_2024_13_GEOJSON.zip",
        "500m_mesh_2024_13.geojson", "Mesh4_POP_00.shp",
    ],
    "mesh_municipalities": [
        "mesh_municipalities/13.csv", "mesh_municipalities/01-1.csv",
        "official_shape_cp932.zip", "mesh_municipalities_2020.zip",
    ],
    "licences": [
        "licences/FB_H_A_20260331.json", "licences/2026/answers.csv",
        "Rakuten_5G_kinki_20220329.csv", "musen_rakuten_4g_2022/01_hokkaido.csv",
        "musen_rakuten_4g_2022/updated.csv",
    ],
    "land_use": [
        "L03-b-21_5339-jgd2011_GML.zip", "L03-b-16_5339-tky_GML.zip",
        "L03-b-c-16_5339_GML.zip",
    ],
    "target_meshes": ["target_meshes.csv"],
    "high_traffic_meshes": ["high_traffic_meshes.csv"],
    "abr_towns": [
        "mt_town_all.csv.zip", "mt_town_pref13.csv", "mt_town_pos_pref13.csv",
    ],
    "support_areas": ["support_areas.csv", "support_areas.xlsx"],
    "fibre_towns": ["fibre_towns.csv", "fibre_towns.xlsx"],
    "fiscal_index": ["zenshichoson_R3.xlsx", "zenshichoson_H30.xlsx"],
    "henchi": ["henchi.csv"],
    "disadvantaged_list": [
        "kaso_municipalities_2022.csv", "municipality_category_2022.csv",
        "disadvantaged_list.csv",
    ],
}  # fmt: skip
OWN_POPULATIONS = ("population_mesh4", "population_mesh3")
OTHERS = [
    "prefectures_s0010.geojson", "13.csv", "colnames_A17.csv", "columns_T001101.csv",
    "mesh_municipality_2020.parquet", "ksj_zip_catalogue_2021.csv", "updated.csv",
    "musen_webapi_format/request_parameters.csv", "2022_merged.tif", "N02-20_GML.zip",
    "01_hokkaido.csv", "KS-META-N03-20210101.xml", "population.csv",
]  # fmt: skip


def claimants(name):
    path = PurePosixPath("sources") / name
    return [source.name for source in SOURCES.values() if source.claims(path)]


def test_the_names_are_those_other_code_uses():
    assert sorted(SOURCES) == sorted(NAMES)


@pytest.mark.parametrize(
    ("source", "name"),
    [(source, name) for source, names in PUBLISHED.items() for name in names],
)
def test_a_published_name_belongs_to_exactly_one_source(source, name):
    assert claimants(name) == [source]


def test_every_source_has_a_published_name_in_this_test():
    assert set(PUBLISHED) == set(SOURCES)


@pytest.mark.parametrize("name", OTHERS)
def test_another_name_belongs_to_no_source(name):
    assert claimants(name) == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_entry_says_what_a_user_must_know(source):
    texts = [source.title_ja, source.title_en, source.licence, source.lost_ja]
    texts += [source.lost_en, source.used_for_ja, source.used_for_en]
    texts += [source.place_ja, source.place_en]
    assert all(texts)
    assert source.needed_by
    assert source.access in ("direct", "application_id", "person")
    assert source.licence_mark in ("sourced", "recalled", "decision")
    assert bool(source.addresses) == (source.access != "person")
    for address in source.addresses:
        assert address.url.startswith("https://")
        assert address.mark in ("sourced", "recalled")
        assert address.mark_note
    if not source.attribution:  # then a person supplies it with the file
        assert source.access == "person"
        assert "サイドカー" in source.licence + source.place_ja


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_needs_a_source_are_tables_of_a_run(source):
    assert set(source.needed_by) <= set(TABLES)


def test_every_table_that_sources_make_has_one_that_it_needs():
    """Tables with a reader are told apart from those later stages compute."""
    needed = {table for source in SOURCES.values() for table in source.needed_by}
    for table in (*RELEASE_TABLES_OF_SOURCES, "out.municipality"):
        assert table in needed, table


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_replaces_a_source_is_another_that_makes_all_its_tables(source):
    for name in source.replaced_by:
        assert name != source.name
        assert set(source.needed_by) <= set(SOURCES[name].needed_by)


def test_years_of_census_tables_are_those_that_their_reader_knows():
    known = {
        table.lower(): str(facts["census_year"])
        for table, facts in statistics().items()
    }
    assert dict(SOURCES["census_mesh"].vintages) == known
    assert vintage_of(SOURCES["census_mesh"], "tblT001141H5339.zip") == "2020"
    assert vintage_of(SOURCES["census_mesh"], "tblT000847H5339.zip") == "2015"
    assert vintage_of(SOURCES["census_mesh"], "tblT000609H5339.zip") == ""


def every_planned_file():
    for source in SOURCES.values():
        years = {year for one in source.addresses for year in one.years} or {None}
        for year in sorted(years, key=str):
            if source.addresses:
                yield from plan(source, (), year)
            for address in source.addresses:
                codes = area_codes(address)
                if codes and year in (address.years or (None,)):
                    yield from plan(source, codes, year)


def test_every_file_that_can_be_fetched_is_recognised_by_its_source_alone():
    planned = list(every_planned_file())
    assert len(planned) > 1_000
    for one in planned:
        assert claimants(one.place) == [one.source.name]
        assert "{" not in one.url
        said = one.source.says(one.place.name)
        if area := said.get("area"):
            assert re.search(rf"(?<!\d){area}(?!\d)", one.url), one


def test_a_plan_without_codes_is_the_national_file_or_every_area():
    assert [str(one.place) for one in plan(SOURCES["n03"])] == ["N03-20260101_GML.zip"]
    assert len(plan(SOURCES["census_mesh"])) == 176
    assert len(plan(SOURCES["mesh_municipalities"])) == 49  # Hokkaido in three
    kaso = [one.place.name for one in plan(SOURCES["a17"])]
    assert len(kaso) == 46
    assert "A17-17_14_GML.zip" not in kaso  # Kanagawa has none
    towns = [one.place.name for one in plan(SOURCES["abr_towns"], ("13",))]
    assert towns == ["mt_town_all.csv.zip", "mt_town_pos_pref13.csv.zip"]


def test_a_plan_for_a_year_takes_the_address_of_that_year():
    (old,) = plan(SOURCES["land_use"], ("5339",), 2016)
    (new,) = plan(SOURCES["land_use"], ("5339",))
    assert old.url.endswith("/L03-b-16/L03-b-16_5339-jgd_GML.zip")
    assert new.url.endswith("/L03-b-21/L03-b-21_5339-jgd2011_GML.zip")
    assert (old.vintage, new.vintage) == ("2016", "2021")
    (census,) = plan(SOURCES["census_mesh"], ("5339",), 2015)
    assert (census.place.name, census.vintage) == ("tblT000847H5339.zip", "2015")
    with pytest.raises(SettingsError, match="2016, 2021"):
        plan(SOURCES["land_use"], ("5339",), 2009)


@pytest.mark.shared
def test_the_addresses_of_policy_areas_are_those_of_the_official_catalogue(shared_data):
    catalogue = shared_data / "data/ksj_schemas/ksj_zip_catalogue_2021.csv"
    known = set(re.findall(r"https://\S+\.zip", catalogue.read_text("utf-8-sig")))
    for name in ("a17", "a18", "a19", "a22", "a24", "a25"):
        urls = {one.url for one in plan(SOURCES[name])}
        assert urls
        assert urls <= known
    assert {one.url for one in plan(SOURCES["n03"], (), 2020)} <= known


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("n03", "admin_n03_2021"),
        ("disadvantaged_list", "disadvantaged_municipalities_2022"),
        ("licences", "musen_rakuten_4g_2022"),
        ("licences", "musen_rakuten_5g_kinki"),
        ("fiscal_index", "municipal_fiscal_index"),
    ],
)
def test_credit_lines_are_word_for_word_those_the_licences_ask_for(
    shared_data, name, folder
):
    readme = (shared_data / "data" / folder / "README.md").read_text("utf-8")
    assert SOURCES[name].attribution in readme


@pytest.mark.shared
@pytest.mark.parametrize("name", ["n03", "a17", "a25", "land_use", "future_population"])
def test_the_terms_of_national_land_information_are_quoted_exactly(shared_data, name):
    readme = (shared_data / "data/ksj_schemas/README.md").read_text("utf-8")
    (terms,) = re.findall(r"「当国土.*?商用利用も可能です。」", readme)
    assert terms in SOURCES[name].licence


def test_a_pattern_may_name_a_folder():
    direct, below = "lists/*.csv", "lists/**/*.csv"
    assert matches(PurePosixPath("a/LISTS/x.CSV"), direct)
    assert not matches(PurePosixPath("lists/deep/x.csv"), direct)
    assert matches(PurePosixPath("lists/deep/x.csv"), below)
    assert matches(PurePosixPath("lists/x.csv"), below)
    assert not matches(PurePosixPath("x.csv"), below)


def test_a_register_with_an_unknown_key_is_refused():
    with pytest.raises(ValueError, match="source x: unknown key titel"):
        parse_register('[x]\nlicence = "a"\ntitel = "b"\n')


# --- describing -------------------------------------------------------------------


def test_a_file_is_described_by_the_register(tmp_path):
    path = tmp_path / "N03-20210101_GML.zip"
    path.write_bytes(b"x")
    found = describe_found("n03", path)
    assert found.title_ja == "国土数値情報 行政区域データ (N03)"
    assert found.producer == "国土交通省"
    assert found.attribution == SOURCES["n03"].attribution
    assert found.licence == SOURCES["n03"].licence
    assert found.vintage == "2021-01-01"
    assert found.sha256 == sha256_of(path)
    assert describe_found("n03", path, "2021-01-02").vintage == "2021-01-02"


def test_the_sidecar_wins_over_the_register(tmp_path):
    path = tmp_path / "population_raster.tif"
    path.write_bytes(b"x")
    words = {"producer": "WorldPop", "attribution": "WorldPop (CC BY 4.0)"}
    write_sidecar(path, words | {"vintage": "2020", "retrieved_on": ""})
    found = describe_found("population_raster", path)
    assert (found.producer, found.attribution) == ("WorldPop", "WorldPop (CC BY 4.0)")
    assert found.vintage == "2020"
    assert found.licence == SOURCES["population_raster"].licence


def test_a_file_that_is_not_what_its_sidecar_hashed_is_refused(tmp_path):
    path = tmp_path / "henchi.csv"
    path.write_bytes(b"x")
    write_sidecar(path, {"sha256": "0" * 64})
    with pytest.raises(SourceError, match=r"henchi\.csv: its sha256 is 2d71.*0{64}"):
        describe_found("henchi", path)


def test_a_sidecar_gives_back_what_was_written(tmp_path):
    path = tmp_path / "x.csv"
    awkward = 'a "quoted" \\ line\nend\t\x7f「日本」'
    write_sidecar(path, {"title_ja": awkward, "url": "https://example.jp/?a=1&b=2"})
    write_sidecar(path, {"vintage": "2020"})
    assert sidecar_of(path) == {
        "title_ja": awkward,
        "url": "https://example.jp/?a=1&b=2",
        "vintage": "2020",
    }


def test_every_source_used_is_credited_once():
    plain = Source("x", "x.csv", "", 0)
    one = replace(plain, attribution="A")
    titled = replace(plain, title_ja="表", producer="県")
    lines = attributions([one, titled, one, plain])
    assert lines == ["A", "「表」（県）", "「x.csv」（作成者の記載なし）"]


def test_missing_sources_are_all_others_with_their_loss():
    missing = missing_sources(["n03", "licences"])
    assert [one["name"] for one in missing] == [
        name for name in SOURCES if name not in ("n03", "licences")
    ]
    census = next(one for one in missing if one["name"] == "census_mesh")
    assert census["lost_ja"] == SOURCES["census_mesh"].lost_ja
    assert census["needed_by"] == list(SOURCES["census_mesh"].needed_by)


@pytest.mark.parametrize(
    ("present", "population"),
    [
        ((), {"census_mesh", *OWN_POPULATIONS, "population_raster"}),
        (("census_mesh",), set()),
        (("population_mesh4",), set()),
        (("population_mesh3",), set()),
        # No denominator is derived from a raster: the census is still missed.
        (("population_raster",), {"census_mesh", *OWN_POPULATIONS}),
    ],
)
def test_an_alternative_is_not_missing(present, population):
    names = {one["name"] for one in missing_sources(present)}
    kinds = {"census_mesh", *OWN_POPULATIONS, "population_raster"}
    assert names & kinds == population
    assert names - kinds == set(SOURCES) - kinds


@pytest.mark.parametrize("is_given", [False, True])
def test_a_target_list_that_a_run_was_given_is_not_missing(is_given):
    notes = SourcesRead({}, {}).notes(Path("targets.csv") if is_given else None)
    names = {one["name"] for one in notes["missing_sources"]}
    assert names == set(SOURCES) - ({"target_meshes"} if is_given else set())


def test_areas_without_a_file_are_told_where_files_are_one_per_area():
    def lacking(source, *names):
        areas = missing_areas(SOURCES[source], names)
        return areas.area_count, len(areas.missing)

    assert lacking("census_mesh", "tblT001141H5339.zip") == (176, 175)
    assert lacking("census_mesh", "tblT001141H13.zip", "tblT001141H14.zip") == (47, 45)
    # Of two censuses the newest is looked at, however the other one is divided.
    both = ("tblT000847H5339.zip", "tblT000847H5340.zip", "tblT001141H13.zip")
    assert lacking("census_mesh", *both) == (47, 46)
    kaso = missing_areas(SOURCES["a17"], ["A17-17_13_GML.zip"])
    assert kaso.area_count == 46
    assert "13" not in kaso.missing
    assert "14" not in kaso.missing  # Kanagawa has none
    assert lacking("mesh_municipalities", "01-1.csv") == (49, 48)
    for name in ("N03-20210101_GML.zip", "N03-21_210101.shp"):
        assert lacking("n03", name) == (0, 0)
    assert lacking("mesh_municipalities", "official_shape_cp932.zip") == (0, 0)
    assert lacking("henchi") == (0, 0)


def test_the_document_of_the_register_is_current(root):
    stored = (root / "docs" / "sources.md").read_text(encoding="utf-8")
    assert stored == sources_document()


def test_a_list_in_the_folder_that_the_run_does_not_use_is_named():
    read = SourcesRead({}, {}, target_meshes=Path("sources/target_meshes.csv"))
    assert read.notes(read.target_meshes)["unused_files"] == []
    (left,) = read.notes(Path("other.csv"))["unused_files"]
    assert left["file"] == "target_meshes.csv"
    assert left["reason_ja"]
