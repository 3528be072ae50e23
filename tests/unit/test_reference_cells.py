import numpy as np

from geodata import mesh, reference

BUREAUS_BY_MAJORITY = {
    "hokkaido": 1133,
    "tohoku": 774,
    "kanto": 439,
    "shinetsu": 291,
    "hokuriku": 166,
    "tokai": 334,
    "kinki": 308,
    "chugoku": 398,
    "shikoku": 262,
    "kyushu": 669,
    "okinawa": 114,
}
BUREAUS_BY_TOUCH = {
    "hokkaido": 1133,
    "tohoku": 804,
    "kanto": 485,
    "shinetsu": 349,
    "hokuriku": 191,
    "tokai": 392,
    "kinki": 340,
    "chugoku": 416,
    "shikoku": 274,
    "kyushu": 670,
    "okinawa": 114,
}
# domain.md section 5 prints these as "majority"; see the test that uses them
BUREAUS_BY_PAIRS = BUREAUS_BY_MAJORITY | {
    "tohoku": 773,
    "kanto": 440,
    "shinetsu": 289,
    "kinki": 310,
}


def test_secondary_meshes_are_those_of_the_specification():
    facts = reference.mesh2_facts()
    assert len(facts) == 4888
    assert facts["mesh2"].is_monotonic_increasing
    assert facts["mesh2"].is_unique
    assert facts["is_northern_territories"].sum() == 120
    assert (facts["prefecture_count"] >= 2).sum() == 811
    widest = facts.loc[facts["prefecture_count"].idxmax()]
    assert (widest["mesh2"], widest["prefecture_count"]) == (543925, 4)
    assert np.unique(mesh.parent(facts["mesh2"].to_numpy(), "m2", "m1")).size == 176


def test_listed_land_rule_gives_4450_cells():
    facts = reference.mesh2_facts()
    least = reference.target_mesh_reference().listed_land_min_mesh3_count
    is_listed = (facts["mesh3_count"] >= least) & ~facts["is_northern_territories"]
    assert is_listed.sum() == 4450


def test_secondary_meshes_by_bureau_by_majority_and_by_touch():
    touched = reference.mesh2_prefectures().drop_duplicates(["mesh2", "bureau_code"])
    assert len(reference.mesh2_prefectures()) == 5775
    majority = reference.mesh2_facts()["bureau_code"].value_counts().to_dict()
    assert majority == BUREAUS_BY_MAJORITY
    assert touched["bureau_code"].value_counts().to_dict() == BUREAUS_BY_TOUCH
    assert len(touched) == 5168
    assert (touched["mesh2"].value_counts() >= 2).sum() == 269


def test_the_printed_bureau_table_counts_municipality_rows_by_bureau():
    """Section 5's figures are not 3.0's rule; this is the rule that gives them."""
    prefectures = reference.prefectures().set_index("pref_code")["bureau_code"]
    order = reference.bureaus().set_index("bureau_code")["sort_order"]
    pairs = reference.mesh2_municipalities()
    pairs["bureau_code"] = pairs["city_code"].str[:2].map(prefectures)
    rows = pairs.groupby(["mesh2", "bureau_code"], as_index=False)["mesh3_count"].sum()
    rows["order"] = rows["bureau_code"].map(order)
    best = rows.sort_values(
        ["mesh2", "mesh3_count", "order"], ascending=[True, False, True]
    ).drop_duplicates("mesh2")
    assert best["bureau_code"].value_counts().to_dict() == BUREAUS_BY_PAIRS


def test_majority_prefecture_has_most_cells_and_of_equals_the_smaller_code():
    facts = reference.mesh2_facts().set_index("mesh2")
    pairs = reference.mesh2_prefectures()
    most = pairs.groupby("mesh2")["mesh3_count"].max()
    ties = pairs[pairs["mesh3_count"] == pairs["mesh2"].map(most)]
    smallest = ties.groupby("mesh2")["pref_code"].min()
    assert (facts["pref_code"] == smallest).all()
    assert facts.loc[[513572, 543923, 553730], "pref_code"].to_list() == [
        "27",
        "10",
        "16",
    ]


def test_sums_over_prefectures_are_the_facts():
    facts = reference.mesh2_facts().set_index("mesh2")
    by_cell = reference.mesh2_prefectures().groupby("mesh2")["mesh3_count"]
    assert (by_cell.sum() == facts["mesh3_count"]).all()
    assert (by_cell.size() == facts["prefecture_count"]).all()


def test_crosswalk_has_the_pairs_of_the_specification():
    pairs = reference.mesh3_municipalities()
    assert len(pairs) == 462_915
    assert not pairs.duplicated().any()
    assert pairs["mesh3"].is_monotonic_increasing
    assert pairs["mesh3"].nunique() == 388_757
    towns = pairs.groupby("mesh3").size()
    assert (towns >= 2).sum() == 69_415
    known = reference.municipalities().query("kind != 'designated_city'")
    assert set(pairs["city_code"]) == set(known["city_code"])


def test_secondary_mesh_tables_agree_with_the_crosswalk():
    pairs = reference.mesh3_municipalities()
    pairs["mesh2"] = mesh.parent(pairs["mesh3"].to_numpy(), "m3", "m2")
    counts = pairs.groupby(["mesh2", "city_code"]).size()
    shipped = reference.mesh2_municipalities().set_index(["mesh2", "city_code"])
    assert len(shipped) == 13_003
    assert (counts == shipped["mesh3_count"]).all()


def test_every_land_cell_has_one_prefecture_that_it_touches():
    cells = reference.mesh3_prefecture()
    assert len(cells) == 388_757
    assert cells["mesh3"].is_unique
    assert cells["is_border_cell"].sum() == 9_819
    pairs = reference.mesh3_municipalities()
    touched = set(zip(pairs["mesh3"], pairs["city_code"].str[:2], strict=True))
    assert set(zip(cells["mesh3"], cells["pref_code"], strict=True)) <= touched


def test_place_weights_stand_on_listed_land_of_their_prefecture():
    weights = reference.place_weights()
    assert not weights.duplicated(["mesh3", "pref_code"]).any()
    pairs = reference.mesh3_municipalities()
    touched = set(zip(pairs["mesh3"], pairs["city_code"].str[:2], strict=True))
    assert set(zip(weights["mesh3"], weights["pref_code"], strict=True)) <= touched
    assert weights["office_count"].sum() == 1916
    assert weights["pref_code"].nunique() == 47
    assert (weights[["place_population", "office_count"]].max(axis=1) > 0).all()
