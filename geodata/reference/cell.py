"""What is known of each grid cell with land: prefectures, municipalities, places."""

import pandas as pd

from geodata.reference.area import prefectures
from geodata.reference.shipped import lend, read_parquet


@lend
def mesh2_facts() -> pd.DataFrame:
    """Every secondary mesh (第2次地域区画) with land.

    Returns
    -------
    DataFrame, shape (4888, 6)
        Sorted by ``mesh2`` (int64). ``pref_code``: the prefecture with most listed
        1 km cells in it, of equals the smaller code; ``bureau_code`` of that
        prefecture; ``prefecture_count`` and ``mesh3_count`` (int64): prefectures
        touched, and the sum of their listed 1 km cells (a border cell counts once
        for each); ``is_northern_territories`` (bool): no other land in it.

    Notes
    -----
    Source: 市区町村別メッシュ・コード一覧 (2020); majority is a project decision
    (domain.md 3.0).
    """
    facts = read_parquet("mesh2_facts.parquet")
    facts.insert(2, "bureau_code", _bureau(facts["pref_code"]))
    return facts


@lend
def mesh2_prefectures() -> pd.DataFrame:
    """Prefectures that each secondary mesh touches.

    Returns
    -------
    DataFrame, shape (5775, 4)
        Sorted by ``mesh2`` (int64), ``pref_code``; ``bureau_code``; ``mesh3_count``
        (int64): listed 1 km cells of that prefecture in it.
    """
    pairs = read_parquet("mesh2_prefectures.parquet")
    pairs.insert(2, "bureau_code", _bureau(pairs["pref_code"]))
    return pairs


@lend
def mesh2_municipalities() -> pd.DataFrame:
    """Municipalities that each secondary mesh touches.

    Returns
    -------
    DataFrame, shape (13003, 3)
        Sorted by ``mesh2`` (int64), ``city_code``; ``mesh3_count`` (int64): listed
        1 km cells of that municipality in it.
    """
    return read_parquet("mesh2_municipalities.parquet")


@lend
def mesh3_municipalities() -> pd.DataFrame:
    """Municipalities that each 1 km cell (基準地域メッシュ) with land touches.

    Returns
    -------
    DataFrame, shape (462915, 2)
        Sorted by ``mesh3`` (int64), ``city_code``. Land that belongs to no
        municipality is there too (kind ``unassigned`` in :func:`municipalities`).

    Notes
    -----
    Source: 市区町村別メッシュ・コード一覧 (2020), 総務省統計局.
    """
    return read_parquet("mesh3_municipalities.parquet")


@lend
def mesh3_prefecture() -> pd.DataFrame:
    """Most likely prefecture of every 1 km cell with land.

    Returns
    -------
    DataFrame, shape (388757, 3)
        Sorted by ``mesh3`` (int64, unique). ``pref_code``; ``is_border_cell``
        (bool): the cell touches several prefectures, so `pref_code` is only likely.

    Notes
    -----
    Of the prefectures that a border cell touches it gets the one that is listed in
    most of the 3 x 3 cells around it, itself included; of equals the smaller code.
    A project decision: the list does not say how much of a cell each one holds.
    """
    pairs = mesh3_municipalities()
    cells = pairs[~pairs["mesh3"].duplicated()].reset_index(drop=True)
    border = read_parquet("mesh3_border.parquet").set_index("mesh3")["pref_code"]
    is_border = cells["mesh3"].isin(border.index)
    pref_code = cells["city_code"].str[:2]
    pref_code[is_border] = cells["mesh3"][is_border].map(border)
    return pd.DataFrame(
        {
            "mesh3": cells["mesh3"],
            "pref_code": pref_code,
            "is_border_cell": is_border,
        }
    )


@lend
def place_weights() -> pd.DataFrame:
    """Where people are likely to live: 1 km cells with a place or an office.

    Returns
    -------
    DataFrame
        Sorted by ``mesh3`` (int64), ``pref_code``; every pair is in the crosswalk.
        ``place_population`` (int64): GeoNames population of the places in the cell,
        a weight and never a census figure; ``office_count`` (int64): municipal
        offices in the cell.

    Notes
    -----
    Source: GeoNames (CC BY 4.0), code4fukui localgovjp (CC0). Only the synthetic
    scenario uses it. A point off the listed land stands in the nearest listed cell
    (an office: of its own prefecture).
    """
    return read_parquet("place_weights.parquet")


def _bureau(pref_code: pd.Series) -> pd.Series:
    return pref_code.map(prefectures().set_index("pref_code")["bureau_code"])
