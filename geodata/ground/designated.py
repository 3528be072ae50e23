"""Disadvantaged areas on secondary meshes: polygons and lists given, else shipped."""

from collections.abc import Mapping

import pandas as pd

from geodata import mesh, reference
from geodata.ground.municipality import parent_codes
from geodata.placement.designated_land import (
    KIND_PREF,
    LIST_FIRST,
    by_prefecture,
    index_of,
    listed_designations,
    polygon_prefectures,
)
from geodata.placement.disadvantaged import (
    covered_kinds,
    designations,
    disadvantaged_shares,
)
from geodata.placement.land import covered_area
from geodata.readers.reading import REJECTED

_LIST_COLUMNS = ["kind", "city_code", "extent"]
AREAS = "raw.disadvantaged_area"
LISTS = "raw.disadvantaged_municipality"
HENCHI = "raw.henchi_cell"


def designated_land(
    given: Mapping[str, pd.DataFrame], cells: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How much of each secondary mesh each kind holds, and which are disadvantaged.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.
    cells : DataFrame
        Rows of ``core.municipality_cell``.

    Returns
    -------
    shares : DataFrame
        See :func:`geodata.placement.disadvantaged.disadvantaged_shares`.
    verdicts : DataFrame
        ``mesh2``, ``disadvantaged_kinds``, ``is_disadvantaged`` of all cells.
    """
    areas, henchi = given.get(AREAS), given.get(HENCHI)
    crosswalk = cells.rename(columns={"land_share": "share"})
    lists = _lists(given.get(LISTS), areas)
    spoken = {"parents": parent_codes(cells["city_code"])}
    if areas is not None:
        files = reference.disadvantaged_file_prefectures()
        spoken["prefectures"] = polygon_prefectures(areas, files)
    shares = disadvantaged_shares(
        None if areas is None else _shares_of_land(areas, cells),
        lists,
        henchi,
        crosswalk,
        land_area=_land_of_cells(cells),
        **spoken,
    )
    kinds = reference.disadvantaged_kinds()
    covered = covered_kinds(lists, henchi, crosswalk, **spoken)
    verdicts = designations(
        reference.mesh2_facts()["mesh2"],
        shares,
        covered[~covered["kind"].isin(_kinds_with_lost_rows(given))],
        kinds.loc[kinds["is_programme_kind"], "kind"].tolist(),
    )
    return shares, verdicts


def _kinds_with_lost_rows(given: Mapping[str, pd.DataFrame]) -> set[str]:
    """Kinds of which a source lost a row: where that one is, is not known.

    A row that only repeats another is no loss.
    """
    rejected = given.get(REJECTED)
    if rejected is None:
        return set()
    is_lost = (rejected["severity"] == "ERROR") & (
        rejected["rule_id"] != "repeated_key"
    )
    sources = set(rejected.loc[is_lost, "source"])
    kinds = reference.disadvantaged_kinds()
    lost = set(kinds.loc[kinds["dataset"].str.lower().isin(sources), "kind"])
    lost |= {"henchi"} & sources
    if "disadvantaged_list" in sources:
        lost |= set(given[LISTS]["kind"]) if LISTS in given else set(kinds["kind"])
    return lost


def _lists(given: pd.DataFrame | None, areas: pd.DataFrame | None) -> pd.DataFrame:
    """Lists given; and the shipped ones where neither a list nor polygons were given.

    A list given goes before polygons of the same kind (see `LIST_FIRST`), a shipped one
    after them.
    """
    lists = listed_designations(reference.disadvantaged_municipalities())
    if areas is not None:
        held = by_prefecture(areas[areas["kind"].isin(LIST_FIRST)])
        own = lists.assign(pref_code=lists["city_code"].str[:2])
        is_held = index_of(own, KIND_PREF).isin(index_of(held, KIND_PREF))
        lists = lists[~is_held]
    if given is None:
        return lists
    rest = lists[~lists["kind"].isin(given["kind"])]
    return pd.concat([given[_LIST_COLUMNS], rest], ignore_index=True)


def _shares_of_land(areas: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Part of the land of each 1 km cell inside the polygons of each kind.

    Polygons of one kind may overlap between municipalities by slivers; a cell is never
    more than whole. Where the land of the cell is not known, the part is of the cell.
    """
    by_city = covered_area(areas, ["kind", "city_code"])
    covered = by_city.groupby(["kind", "mesh3"], as_index=False)["area_m2"].sum()
    land = _land_of_cells(cells).set_index("mesh3")["land_area_m2"]
    whole = pd.Series(
        mesh.area_m2(covered["mesh3"].to_numpy("int64"), "m3"), index=covered.index
    )
    ground = covered["mesh3"].map(land).fillna(whole)
    share = (covered["area_m2"] / ground).clip(upper=1.0)
    return covered[["kind", "mesh3"]].assign(share=share)


def _land_of_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Land area of each 1 km cell; null where a part of it is unknown."""
    by_cell = cells.groupby("mesh3")["land_area_m2"]
    total = by_cell.sum().where(by_cell.count() == by_cell.size())
    return total.reset_index()
