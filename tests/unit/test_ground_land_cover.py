"""A land-cover raster in the mesh stage: area by class and secondary mesh."""

import pandas as pd

from geodata.ground import lay_ground
from geodata.schemas import TABLES, conform


def test_areas_of_a_class_add_up_within_the_secondary_mesh_and_people_stay_apart():
    raster = pd.DataFrame(
        {
            "source": ["land_cover_raster"] * 3 + ["population_raster"],
            "level": "m3",
            "mesh": [53394611, 53394612, 53394500, 53394611],
            "value_class": ["1", "1", "2", "amount"],
            "amount": [10.0, 5.0, 7.0, 99.4],
        }
    )
    ground = lay_ground({"raw.mesh_raster": raster}, None, is_synthetic=True)
    table = conform(
        TABLES["out.mesh2_land_cover"], ground.tables["out.mesh2_land_cover"]
    )
    assert [
        (row["mesh2"], row["land_cover_class"], row["area_m2"])
        for row in table.to_pylist()
    ] == [(533945, "2", 7.0), (533946, "1", 15.0)]
    cells = ground.tables["core.mesh2_cell"].set_index("mesh2")
    assert cells["population_count"][533946] == 99  # estimated, whole persons
    assert pd.isna(cells["population_count"][533945])
    assert ground.denominator.source == "derived:listed-land-v1"
