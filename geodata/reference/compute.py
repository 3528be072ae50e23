"""Compute the shipped tables from the original lists: frames in, frames out."""

from itertools import product

import numpy as np
import pandas as pd

from geodata import mesh
from geodata.errors import SourceError
from geodata.reference.origin import Originals
from geodata.reference.shipped import read_toml

_KASO = {"全部過疎": "full", "みなし過疎": "deemed", "一部過疎": "partial"}
_MANY_PREFECTURES = 100  # two digits


def prefectures(originals: Originals) -> pd.DataFrame:
    """The 47 prefectures with their bureau and their population of 2020."""
    english = read_toml("english_names.toml")["prefecture"]
    bureau = {
        pref_code: block["id"]
        for block in read_toml("bureaus.toml")["bureau"]
        for pref_code in block["prefectures"]
    }
    table = originals.prefecture_names.merge(
        originals.population, on="pref_code", validate="1:1"
    )
    return pd.DataFrame(
        {
            "pref_code": table["pref_code"],
            "name_ja": table["pref_name"],
            "name_en": table["pref_code"].map(english),
            "bureau_code": table["pref_code"].map(bureau),
            "population_2020": table["population_2020"],
            "provenance": "sourced:50",
            "population_provenance": "recalled",
        }
    ).sort_values("pref_code")


def municipalities(originals: Originals) -> pd.DataFrame:
    """Municipalities on the mesh list, and the designated cities of its wards."""
    territory = read_toml("territory.toml")
    listed = originals.crosswalk.drop_duplicates("city_code")[
        ["city_code", "city_name_ja"]
    ].set_axis(["city_code", "name_ja"], axis=1)
    cities = _designated_cities(originals)
    table = pd.concat([listed, cities], ignore_index=True).sort_values("city_code")
    parent = _parent_cities(listed, cities)
    kind = pd.Series("municipality", index=table.index)
    kind[table["city_code"].isin(territory["unassigned"]["city_codes"])] = "unassigned"
    kind[table["city_code"].isin(parent)] = "ward"
    kind[table["city_code"].isin(cities["city_code"])] = "designated_city"
    northern = territory["northern_territories"]["city_codes"]
    return table.assign(
        pref_code=table["city_code"].str[:2],
        kind=kind,
        parent_city_code=table["city_code"].map(parent).fillna(""),
        is_northern_territories=table["city_code"].isin(northern).astype("int64"),
    )[
        [
            "city_code",
            "pref_code",
            "name_ja",
            "kind",
            "parent_city_code",
            "is_northern_territories",
        ]
    ]


def disadvantaged_municipalities(originals: Originals) -> pd.DataFrame:
    """Designations by municipality; a ward takes the value of its city."""
    table = municipalities(originals)
    parent = table["parent_city_code"]
    counted_as = parent.where(parent != "", table["city_code"])
    categories = originals.categories.set_index("municipality_code")["disadvantaged"]
    kaso = originals.kaso.set_index("municipality_code")["kaso_kind"].map(_KASO)
    kaso_of_all = pd.Series("none", index=categories.index)
    kaso_of_all.update(kaso)
    return pd.DataFrame(
        {
            "city_code": table["city_code"],
            "kaso": counted_as.map(kaso_of_all).fillna("unknown"),
            "listed": counted_as.map(categories).fillna("unknown"),
        }
    )


def mesh3_municipalities(originals: Originals) -> pd.DataFrame:
    """The crosswalk of 1 km cells and municipalities, without names."""
    return originals.crosswalk[["mesh3", "city_code"]].sort_values(
        ["mesh3", "city_code"]
    )


def mesh2_municipalities(originals: Originals) -> pd.DataFrame:
    """Listed 1 km cells by secondary mesh and municipality."""
    pairs = originals.crosswalk.assign(mesh2=_mesh2(originals.crosswalk["mesh3"]))
    counts = pairs.groupby(["mesh2", "city_code"])["mesh3"].nunique()
    return counts.rename("mesh3_count").reset_index()


def mesh2_prefectures(originals: Originals) -> pd.DataFrame:
    """Listed 1 km cells by secondary mesh and prefecture.

    Raises
    ------
    SourceError
        The crosswalk and ``mesh2_by_prefecture.csv`` disagree.
    """
    pairs = originals.crosswalk.assign(mesh2=_mesh2(originals.crosswalk["mesh3"]))
    counts = pairs.groupby(["mesh2", "pref_code"])["mesh3"].nunique()
    table = originals.mesh2_list.astype({"mesh2": "int64", "n_mesh3": "int64"})
    listed = table.set_index(["mesh2", "pref_code"])["n_mesh3"].sort_index()
    if not counts.index.equals(listed.index) or (counts != listed).any():
        raise SourceError(
            "mesh2_by_prefecture.csv does not agree with the mesh-municipality list; "
            "take both from one edition."
        )
    return counts.rename("mesh3_count").reset_index()


def mesh2_facts(originals: Originals) -> pd.DataFrame:
    """Majority prefecture and counts of each secondary mesh."""
    pairs = mesh2_prefectures(originals).sort_values(
        ["mesh2", "mesh3_count", "pref_code"], ascending=[True, False, True]
    )
    by_cell = pairs.groupby("mesh2")
    northern = read_toml("territory.toml")["northern_territories"]["city_codes"]
    towns = mesh2_municipalities(originals)
    is_northern = towns["city_code"].isin(northern).groupby(towns["mesh2"]).all()
    facts = pd.DataFrame(
        {
            "pref_code": by_cell["pref_code"].first(),
            "prefecture_count": by_cell.size(),
            "mesh3_count": by_cell["mesh3_count"].sum(),
            "is_northern_territories": is_northern,
        }
    )
    return facts.reset_index()


def mesh3_border(originals: Originals) -> pd.DataFrame:
    """Most likely prefecture of the 1 km cells that touch several.

    Of the prefectures that the cell touches: the one listed in most of the 3 x 3
    cells around it, itself included; of equals the smaller code.
    """
    pairs = originals.crosswalk[["mesh3", "pref_code"]].drop_duplicates()
    listed = pd.Index(cell_prefecture_keys(pairs["mesh3"], pairs["pref_code"]))
    border = pairs[pairs["mesh3"].duplicated(keep=False)]
    cells, pref_code = border["mesh3"].to_numpy(), border["pref_code"]
    listed_count = np.zeros(len(border), dtype="int64")
    for north, east in product((-1, 0, 1), repeat=2):
        around = mesh.neighbor(cells, "m3", north, east)
        listed_count += listed.get_indexer(cell_prefecture_keys(around, pref_code)) >= 0
    border = border.assign(listed_count=listed_count)
    ranked = border.sort_values(
        ["mesh3", "listed_count", "pref_code"], ascending=[True, False, True]
    )
    return ranked.drop_duplicates("mesh3")[["mesh3", "pref_code"]]


def cell_prefecture_keys(mesh3: np.ndarray, pref_code: pd.Series) -> np.ndarray:
    """One int64 for each pair of a 1 km cell and a prefecture."""
    prefecture = pref_code.to_numpy().astype("int64")
    return np.asarray(mesh3, dtype="int64") * _MANY_PREFECTURES + prefecture


def _mesh2(mesh3: pd.Series) -> np.ndarray:
    return mesh.parent(mesh3.to_numpy(), "m3", "m2")


def _designated_cities(originals: Originals) -> pd.DataFrame:
    categories = originals.categories
    is_city = categories["designated_city"] == "1"
    return categories.loc[is_city, ["municipality_code", "municipality"]].set_axis(
        ["city_code", "name_ja"], axis=1
    )


def _parent_cities(listed: pd.DataFrame, cities: pd.DataFrame) -> dict[str, str]:
    """City of each ward: the list writes a ward as its city's name, then its own."""
    parents: dict[str, str] = {}
    for city_code, name_ja in cities.itertuples(index=False):
        is_ward = listed["name_ja"].str.startswith(name_ja) & listed[
            "city_code"
        ].str.startswith(city_code[:2])
        parents |= dict.fromkeys(listed.loc[is_ward, "city_code"], city_code)
    return parents
