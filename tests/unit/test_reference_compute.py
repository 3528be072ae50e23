import pandas as pd
import pytest

from geodata import mesh
from geodata.errors import SourceError
from geodata.reference import compute, place
from geodata.reference.origin import Originals, read_originals


def originals(pairs, **lists):
    table = pd.DataFrame(pairs, columns=["mesh3", "city_code", "city_name_ja"])
    table["pref_code"] = table["city_code"].str[:2]
    nothing = pd.DataFrame()
    names = [name for name in Originals.__dataclass_fields__ if name != "crosswalk"]
    return Originals(table, **(dict.fromkeys(names, nothing) | lists))


def around(center):
    """Codes of the 3 x 3 cells around `center`, south-west first."""
    return [
        int(mesh.neighbor(center, "m3", north, east))
        for north in (-1, 0, 1)
        for east in (-1, 0, 1)
    ]


def test_a_border_cell_goes_to_the_prefecture_listed_most_around_it():
    cells = around(53394544)
    pairs = [(cell, "13101", "a") for cell in cells[:5]]
    pairs += [(cell, "14101", "b") for cell in cells[4:]]
    assert compute.mesh3_border(originals(pairs)).to_numpy().tolist() == [
        [53394544, "13"]
    ]
    pairs += [(cells[3], "14101", "b")]
    likely = compute.mesh3_border(originals(pairs)).set_index("mesh3")["pref_code"]
    assert likely[53394544] == "14"


def test_a_border_cell_never_goes_to_a_prefecture_it_does_not_touch():
    cells = around(53394544)
    pairs = [(cell, "11101", "c") for cell in cells if cell != 53394544]
    pairs += [(53394544, "13101", "a"), (53394544, "14101", "b")]
    likely = compute.mesh3_border(originals(pairs)).set_index("mesh3")["pref_code"]
    assert likely[53394544] == "13"


def test_a_list_that_disagrees_with_the_crosswalk_is_refused():
    mesh2_list = pd.DataFrame(
        {"mesh2": ["533945"], "pref_code": ["13"], "n_mesh3": ["2"]}
    )
    one = originals([(53394544, "13101", "a")], mesh2_list=mesh2_list)
    with pytest.raises(SourceError, match="does not agree"):
        compute.mesh2_prefectures(one)


def test_points_off_the_land_move_to_the_nearest_cell_an_office_in_its_prefecture():
    land = [(53394544, "13101", "a"), (53394549, "14101", "b")]
    lon, lat = mesh.center(53394548, "m3")
    places = pd.DataFrame(
        {"longitude": [str(lon)], "latitude": [str(lat)], "population": ["500"]}
    )
    offices = pd.DataFrame({"lng": [str(lon)], "lat": [str(lat)], "lgcode": ["131016"]})
    weights = place.place_weights(originals(land, places=places, offices=offices))
    assert weights.to_numpy().tolist() == [
        [53394544, "13", 0, 1],
        [53394549, "14", 500, 0],
    ]


def test_a_missing_original_list_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"mesh_municipality_2020\.parquet"):
        read_originals(tmp_path)
