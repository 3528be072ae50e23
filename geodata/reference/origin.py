"""Read the original lists from which the shipped tables are computed."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata import mesh
from geodata.errors import SourceError

_DATA = {
    "crosswalk": "data/mesh_municipality_2020/mesh_municipality_2020.parquet",
    "mesh2_list": "mesh2_by_prefecture.csv",
    "population": "data/census_2020_prefecture_population/"
    "prefecture_population_2020.csv",
    "prefecture_names": "data/regional_bureaus/bureau_prefectures.csv",
    "categories": "data/disadvantaged_municipalities_2022/"
    "municipality_category_2022.csv",
    "kaso": "data/disadvantaged_municipalities_2022/kaso_municipalities_2022.csv",
    "places": "data/geonames_jp_places/geonames_jp_cities500.csv",
    "offices": "data/municipal_offices/localgovjp-utf8.csv",
}


@dataclass(frozen=True)
class Originals:
    """The original lists, text columns as published, plus ``mesh3`` as int64.

    Attributes
    ----------
    crosswalk : DataFrame
        ``pref_code``, ``city_code``, ``city_name_ja``, ``mesh3``.
    mesh2_list : DataFrame
        ``mesh2``, ``pref_code``, ``n_mesh3``, ``northern_territories_only``.
    population, prefecture_names, categories, kaso, places, offices : DataFrame
        The other lists, every column text.
    """

    crosswalk: pd.DataFrame
    mesh2_list: pd.DataFrame
    population: pd.DataFrame
    prefecture_names: pd.DataFrame
    categories: pd.DataFrame
    kaso: pd.DataFrame
    places: pd.DataFrame
    offices: pd.DataFrame


def read_originals(shared: Path) -> Originals:
    """Read every original list below the folder `shared`.

    Raises
    ------
    SourceError
        A list is missing; the message names it.
    """
    lists = {name: _read(shared / path) for name, path in _DATA.items()}
    crosswalk = lists["crosswalk"]
    crosswalk["mesh3"] = mesh.from_text(crosswalk.pop("meshcode").to_numpy(), "m3")
    return Originals(**lists)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise SourceError(f"'{path}' is missing; name the folder that holds it.")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
