"""Where: bureaus, prefectures and municipalities."""

import pandas as pd

from geodata.reference.shipped import lend, read_csv, read_toml


@lend
def bureaus() -> pd.DataFrame:
    """Regional bureaus (総合通信局 and 沖縄総合通信事務所), north to south.

    Returns
    -------
    DataFrame, shape (11, 6)
        ``bureau_code`` (such as ``"kanto"``), ``name_ja``, ``name_en``, ``musen_it``
        (letter of 所轄総合通信局 in the licence search), ``sort_order`` (int64, from
        1; also the order of ties), ``provenance``.

    Notes
    -----
    Source: domain.md section 5. English names are recalled.
    """
    english = read_toml("english_names.toml")["bureau"]
    rows = [
        (b["id"], b["name_ja"], english[b["id"]], b["it"], order, "sourced:51")
        for order, b in enumerate(read_toml("bureaus.toml")["bureau"], start=1)
    ]
    columns = ["bureau_code", "name_ja", "name_en", "musen_it", "sort_order"]
    return pd.DataFrame(rows, columns=[*columns, "provenance"])


@lend
def prefectures() -> pd.DataFrame:
    """The 47 prefectures (都道府県) in code order.

    Returns
    -------
    DataFrame, shape (47, 7)
        ``pref_code`` (str, JIS X 0401), ``name_ja`` (with 都道府県), ``name_en``,
        ``bureau_code``, ``population_2020`` (int64, persons on 2020-10-01),
        ``provenance`` (of code, name and bureau), ``population_provenance``.

    Notes
    -----
    Source: domain.md section 5; 2020 census. The populations are recalled, and checked
    against the national total of 126,146,099.
    """
    return read_csv("prefectures.csv").astype({"population_2020": "int64"})


@lend
def municipalities() -> pd.DataFrame:
    """Municipalities of 2020, wards, the cities the wards are of, unassigned land.

    Returns
    -------
    DataFrame, shape (1930, 6)
        Sorted by ``city_code`` (str, 5 digits, JIS X 0402). ``pref_code``,
        ``name_ja``, ``kind``: ``municipality`` (with Tokyo's 23 special wards),
        ``ward`` (行政区), ``designated_city`` (指定都市, as a whole; it has no cells
        of its own), ``unassigned`` (境界未定地域: no municipality's land).
        ``parent_city_code``: the city of a ward, null otherwise.
        ``is_northern_territories`` (bool).

    Notes
    -----
    Source: 市区町村別メッシュ・コード一覧 (2020), 地域要件確認表 (2022).
    """
    table = read_csv("municipalities.csv")
    parent = table["parent_city_code"]
    return table.assign(
        parent_city_code=parent.where(parent != ""),
        is_northern_territories=table["is_northern_territories"] == "1",
    )
