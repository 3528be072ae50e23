"""Which reader reads which source of the register."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from geodata.readers.administrative_areas import read_administrative_areas
from geodata.readers.census_mesh import read_census_mesh
from geodata.readers.disadvantaged_areas import read_disadvantaged_areas
from geodata.readers.disadvantaged_lists import read_disadvantaged_list
from geodata.readers.fibre_towns import read_fibre_towns
from geodata.readers.fiscal_index import read_fiscal_index
from geodata.readers.future_population import read_future_population
from geodata.readers.henchi import read_henchi
from geodata.readers.high_traffic_meshes import read_high_traffic_meshes
from geodata.readers.land_use import read_land_use
from geodata.readers.licences import read_licences
from geodata.readers.mesh_municipalities import read_mesh_municipalities
from geodata.readers.mesh_raster import read_land_cover_raster, read_population_raster
from geodata.readers.population import read_population_mesh3, read_population_mesh4
from geodata.readers.reading import SourceRead
from geodata.readers.support_areas import read_support_areas
from geodata.readers.towns import read_towns

Reader = Callable[[Sequence[Path]], SourceRead]

READERS: Mapping[str, Reader] = {
    "n03": read_administrative_areas,
    "a17": read_disadvantaged_areas,
    "a18": read_disadvantaged_areas,
    "a19": read_disadvantaged_areas,
    "a20": read_disadvantaged_areas,
    "a21": read_disadvantaged_areas,
    "a22": read_disadvantaged_areas,
    "a24": read_disadvantaged_areas,
    "a25": read_disadvantaged_areas,
    "disadvantaged_list": read_disadvantaged_list,
    "henchi": read_henchi,
    "census_mesh": read_census_mesh,
    "population_mesh4": read_population_mesh4,
    "population_mesh3": read_population_mesh3,
    "population_raster": read_population_raster,
    "land_cover_raster": read_land_cover_raster,
    "future_population": read_future_population,
    "mesh_municipalities": read_mesh_municipalities,
    "licences": read_licences,
    "land_use": read_land_use,
    "high_traffic_meshes": read_high_traffic_meshes,
    "abr_towns": read_towns,
    "support_areas": read_support_areas,
    "fibre_towns": read_fibre_towns,
    "fiscal_index": read_fiscal_index,
}
"""Reader of each source that has one; ``target_meshes`` is the run's own option."""
