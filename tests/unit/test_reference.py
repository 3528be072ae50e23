import csv
import inspect
from datetime import date
from fractions import Fraction
from importlib import resources

import pandas as pd
import pytest

from geodata import reference
from geodata.errors import ReferenceTableError
from geodata.reference import check
from geodata.reference.shipped import lend, read_bytes

FRAME_DOORS = [
    getattr(reference, name)
    for name in reference.__all__
    if name.islower()
    and name not in {"service_start", "sources", "target_mesh_reference", "targets"}
    and name not in {"high_traffic_rule", "known_municipality_codes"}
    and not inspect.signature(getattr(reference, name)).parameters
]


def test_hand_edited_tables_fit_together():
    assert check.find_problems() == []


def test_all_tables_together_are_under_three_megabytes():
    folder = resources.files("geodata.reference") / "tables"
    sizes = [len(path.read_bytes()) for path in folder.iterdir()]
    assert sum(sizes) < 3_000_000


def test_every_file_has_one_entry_in_sources_that_says_everything():
    folder = resources.files("geodata.reference") / "tables"
    files = [source.file for source in reference.sources()]
    assert sorted(files) == sorted(path.name for path in folder.iterdir())
    for source in reference.sources():
        assert source.mark in {"sourced", "computed", "recalled", "decision"}
        assert source.licence
        assert source.vintage
        assert source.rebuild
        assert source.title_ja
        assert source.producer


@pytest.mark.parametrize("door", FRAME_DOORS, ids=lambda door: door.__name__)
def test_a_caller_cannot_damage_what_the_next_one_gets(door):
    expected = door().copy(deep=True)
    mine = door()
    mine.iloc[0, 0] = mine.iloc[1, 0]
    mine["extra"] = 1
    del mine[mine.columns[1]]
    pd.testing.assert_frame_equal(door(), expected)


def test_arrays_of_a_kept_table_are_read_only():
    codes = reference.mesh2_facts()["mesh2"].to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        codes[0] = 0


def test_lists_of_records_are_the_callers_own():
    reference.targets().clear()
    reference.sources().clear()
    assert len(reference.targets()) == 13
    assert reference.sources()


@pytest.mark.parametrize("door", FRAME_DOORS, ids=lambda door: door.__name__)
def test_codes_are_text_and_cells_are_integers(door):
    for name, dtype in door().dtypes.items():
        if name.endswith("_code"):
            assert dtype == "str", name
        if name.startswith("mesh") or name.endswith("_count"):
            assert dtype == "int64", name


def test_a_loader_runs_once():
    runs = []

    @lend
    def door():
        runs.append(1)
        return pd.DataFrame({"a": [1]})

    door()
    door()
    assert runs == [1]


def test_a_missing_file_is_named():
    with pytest.raises(ReferenceTableError, match=r"no_such\.csv.*install"):
        read_bytes("no_such.csv")


# bureaus, prefectures, municipalities


def test_there_are_eleven_bureaus_north_to_south():
    bureaus = reference.bureaus()
    assert bureaus["bureau_code"].to_list() == [
        "hokkaido",
        "tohoku",
        "kanto",
        "shinetsu",
        "hokuriku",
        "tokai",
        "kinki",
        "chugoku",
        "shikoku",
        "kyushu",
        "okinawa",
    ]
    assert bureaus["sort_order"].to_list() == list(range(1, 12))
    assert "".join(bureaus["musen_it"]) == "JIABDCEFGHO"


def test_the_47_prefectures_add_up_to_the_census_total():
    prefectures = reference.prefectures()
    assert prefectures["pref_code"].to_list() == [f"{n:02d}" for n in range(1, 48)]
    assert prefectures["population_2020"].sum() == 126_146_099
    assert prefectures["name_ja"].str.endswith(("都", "道", "府", "県")).all()
    assert prefectures["name_en"].is_unique


@pytest.mark.parametrize(
    ("pref_code", "bureau_code"),
    [
        ("19", "kanto"),
        ("18", "hokuriku"),
        ("15", "shinetsu"),
        ("20", "shinetsu"),
        ("24", "tokai"),
        ("47", "okinawa"),
    ],
)
def test_prefectures_that_are_easily_misplaced_have_their_bureau(
    pref_code, bureau_code
):
    prefectures = reference.prefectures().set_index("pref_code")
    assert prefectures.loc[pref_code, "bureau_code"] == bureau_code


def test_municipalities_are_counted_by_kind():
    kinds = reference.municipalities()["kind"].value_counts().to_dict()
    assert kinds == {
        "municipality": 1741 - 20 + 6,
        "ward": 175,
        "designated_city": 20,
        "unassigned": 8,
    }
    assert sum(kinds.values()) - 20 == 1910  # codes on the mesh list


def test_every_ward_resolves_to_a_designated_city_of_its_prefecture():
    table = reference.municipalities().set_index("city_code")
    wards = table[table["kind"] == "ward"]
    cities = table.loc[wards["parent_city_code"]]
    assert set(cities["kind"]) == {"designated_city"}
    assert (cities["pref_code"].to_numpy() == wards["pref_code"].to_numpy()).all()
    assert wards["parent_city_code"].nunique() == 20
    assert table.loc[table["kind"] != "ward", "parent_city_code"].isna().all()
    assert table.loc["14153", "parent_city_code"] == "14150"
    assert table.loc["13101", "kind"] == "municipality"


def test_the_northern_territories_are_six_villages():
    table = reference.municipalities()
    northern = table.loc[table["is_northern_territories"], "city_code"]
    assert northern.to_list() == [f"0{n}" for n in range(1695, 1701)]


# carriers and spectrum


def test_carriers_are_the_four_in_order():
    assert tuple(reference.carriers()["carrier"]) == reference.CARRIERS
    assert reference.COMBINED not in reference.CARRIERS


def test_every_block_is_a_tuple_of_bands_with_a_date_or_none():
    blocks = reference.allocations()
    assert len(blocks) == 30
    assert all(isinstance(bands, tuple) for bands in blocks["bands"])
    dates = set(blocks["certified_on"])
    assert dates == {
        None,
        date(2019, 4, 10),
        date(2022, 5, 18),
        date(2024, 12, 13),
    }


def test_uplink_is_absent_exactly_where_duplex_is_by_time():
    blocks = reference.allocations()
    is_paired = blocks["bands"].isin([("n28",), ("n8",), ("n3",), ("n1",)])
    assert (blocks["ul_low_mhz"].notna() == is_paired).all()
    assert (blocks["ul_high_mhz"].notna() == is_paired).all()


def test_advanced_bands_are_filled_by_the_blocks_of_2019():
    blocks = reference.allocations()
    first = blocks[blocks["certified_on"] == date(2019, 4, 10)]
    for band in reference.advanced_bands().itertuples(index=False):
        inside = first[first["low_mhz"].between(band.low_mhz, band.high_mhz - 1)]
        width = (inside["high_mhz"] - inside["low_mhz"]).sum()
        assert width == band.high_mhz - band.low_mhz


@pytest.mark.parametrize(
    ("low", "high", "band_class"),
    [
        (3560, 3600, "reuse_mid"),
        (3600, 3700, "sub6"),
        (3590, 3610, None),
        (2330, 2370, "new_mid"),
        (4600, 4700, None),
        (27000, 27400, "mmwave"),
        (28200, 28300, None),
    ],
)
def test_class_is_decided_by_the_whole_block(low, high, band_class):
    assert check.class_of(low, high, reference.band_class_ranges()) == band_class


def test_the_bands_across_two_classes_have_no_class_without_a_frequency():
    fallback = reference.band_class_fallback().set_index("band")["band_class"]
    assert not {"n77", "n78"} & set(fallback.index)
    assert set(fallback) <= set(reference.band_classes()["band_class"])
    assert fallback["n257"] == "mmwave"


def test_local_5g_is_no_carriers_band():
    ranges = reference.foreign_bands()[["low_mhz", "high_mhz"]].to_numpy().tolist()
    assert ranges == [[4600, 4900], [28200, 29100]]


# goals and published values


def test_goals_are_those_of_the_specification():
    goals = [
        (t.target_id, t.share_numerator, t.share_denominator, t.value, t.target_on)
        for t in reference.targets()
    ]
    assert goals == [
        ("rate98_fy2023", 98, 100, None, date(2024, 3, 31)),
        ("block50_2024", 50, 100, None, date(2024, 4, 10)),
        ("stations210k_fy2023", None, None, 210_000, date(2024, 3, 31)),
        ("stations280k_fy2023", None, None, 280_000, date(2024, 3, 31)),
        ("stations300k_fy2025", None, None, 300_000, date(2026, 3, 31)),
        ("stations600k_fy2030", None, None, 600_000, date(2031, 3, 31)),
        ("mmwave50k_fy2027", None, None, 50_000, date(2028, 3, 31)),
        ("popcov95_fy2023", 95, 100, None, date(2024, 3, 31)),
        ("popcov97_fy2025", 97, 100, None, date(2026, 3, 31)),
        ("popcov99_fy2030", 99, 100, None, date(2031, 3, 31)),
        ("popcov90_prefecture_fy2025", 90, 100, None, date(2026, 3, 31)),
        ("popcov99_prefecture_fy2030", 99, 100, None, date(2031, 3, 31)),
        ("sub6_80_fy2027", 80, 100, None, date(2028, 3, 31)),
    ]


def test_goals_apply_to_the_carriers_and_scopes_of_the_specification():
    goals = {t.target_id: t for t in reference.targets()}
    block = goals.pop("block50_2024")
    assert block.carriers == (*reference.CARRIERS, reference.COMBINED)
    assert block.scope_kinds == ("nation", "bureau")
    sub6 = goals.pop("sub6_80_fy2027")  # common to all carriers: each on its own
    assert (sub6.carriers, sub6.scope_kinds) == (reference.CARRIERS, ("nation",))
    by_prefecture = {t for t in goals if "_prefecture_" in t}
    assert {goals.pop(t).scope_kinds for t in by_prefecture} == {("prefecture",)}
    assert len(by_prefecture) == 2
    assert {t.carriers for t in goals.values()} == {("combined",)}
    assert {t.scope_kinds for t in goals.values()} == {("nation",)}
    assert goals["mmwave50k_fy2027"].band_class == "mmwave"
    counts = [t for t in goals.values() if t.metric == "station_count"]
    assert {t.unit for t in counts} == {"station_band"}


def test_a_goal_that_is_a_count_has_no_share():
    goals = {t.target_id: t for t in reference.targets()}
    assert goals["popcov95_fy2023"].share == Fraction(19, 20)
    with pytest.raises(ReferenceTableError, match="'mmwave50k_fy2027' of targets"):
        _ = goals["mmwave50k_fy2027"].share


def test_the_line_of_about_90_percent_says_that_it_is_about():
    (goal,) = (t for t in reference.targets() if "popcov90" in t.target_id)
    assert "程度" in goal.name_ja
    assert "about" in goal.name_en


def test_service_is_to_start_two_years_after_certification():
    duty = reference.service_start()
    assert duty.certified_on == date(2019, 4, 10)
    assert duty.deadline_on == date(2021, 4, 10)
    assert duty.provenance == "decision"


def test_published_pairs_of_cells_and_percent_fit_the_reference_count():
    size = reference.target_mesh_reference().reference_count
    values = reference.published_values()
    chosen = values[(values["kind"] == "plan2019") & (values["scope_code"] == "JP")]
    table = chosen.pivot_table(index="carrier", columns="metric", values="value")
    for carrier in reference.CARRIERS:
        cells = int(table.loc[carrier, "base_deployment_cells"])
        tenths = round(10 * table.loc[carrier, "base_deployment_rate"])
        assert (2000 * cells + size) // (2 * size) == tenths  # half up, exactly


def test_published_values_have_scope_and_date_apart():
    values = reference.published_values()
    assert len(values) == 148
    hokkaido_to_okinawa = set(reference.prefectures()["pref_code"])
    by_kind = values.groupby("scope_kind")["scope_code"].agg(set)
    assert by_kind["nation"] == {"JP"}
    assert by_kind["prefecture"] <= hokkaido_to_okinawa
    assert values["as_of"].dtype.kind == "M"


# disadvantaged areas


def test_designations_add_up_to_the_ministrys_totals():
    table = reference.disadvantaged_municipalities().merge(
        reference.municipalities(), on="city_code", validate="1:1"
    )
    counted = table[table["kind"] != "ward"]
    listed = counted["listed"].value_counts()
    kaso = counted["kaso"].value_counts()
    assert listed.to_dict() == {
        "full": 819,
        "none": 630,
        "partial": 292,
        "unknown": 14,
    }
    assert kaso.to_dict() == {
        "none": 856,
        "full": 713,
        "partial": 158,
        "deemed": 14,
        "unknown": 14,
    }


def test_unknown_is_not_none():
    table = reference.disadvantaged_municipalities().set_index("city_code")
    areas = reference.municipalities().set_index("city_code")
    is_outside = areas["is_northern_territories"] | (areas["kind"] == "unassigned")
    assert (table[is_outside] == "unknown").all(axis=None)
    assert not (table[~is_outside] == "unknown").any(axis=None)


def test_wards_take_the_value_of_their_city():
    table = reference.disadvantaged_municipalities().set_index("city_code")
    areas = reference.municipalities().dropna(subset="parent_city_code")
    wards = table.loc[areas["city_code"]]
    cities = table.loc[areas["parent_city_code"]]
    assert (wards.to_numpy() == cities.to_numpy()).all()
    assert table.loc["22137", "listed"] == "partial"


def test_only_kaso_has_a_list():
    kinds = reference.disadvantaged_kinds().set_index("kind")["has_list"]
    assert kinds[kinds].index.to_list() == ["kaso"]


def test_programmes_name_seven_of_the_ten_kinds():
    kinds = reference.disadvantaged_kinds().set_index("kind")
    own_laws = kinds.index[~kinds["is_programme_kind"]].to_list()
    assert own_laws == ["amami", "ogasawara", "okinawa"]
    assert len(kinds) == 10
    assert kinds.index[kinds["dataset"] == ""].to_list() == ["henchi", "okinawa"]


@pytest.mark.shared
def test_prefectures_with_polygon_files_are_those_of_the_catalogue(shared_data):
    path = shared_data / "data/ksj_schemas/ksj_zip_catalogue_2021.csv"
    newest = {"A17-17", "A18-16", "A19-17", "A22-16", "A24-16", "A25-16"}
    with path.open(encoding="utf-8", newline="") as file:
        names = {row["ファイル名"] for row in csv.DictReader(file)}
    wanted = {
        (name[:3], name[7:9]) for name in names if name[:6] in newest and name[6] == "_"
    }
    dataset = reference.disadvantaged_kinds().set_index("kind")["dataset"]
    pairs = reference.disadvantaged_file_prefectures()
    found = set(zip(pairs["kind"].map(dataset), pairs["pref_code"], strict=True))
    assert found - wanted == {("A20", "46"), ("A21", "13")}
    assert wanted <= found
