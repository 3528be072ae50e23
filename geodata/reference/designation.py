"""Disadvantaged areas (条件不利地域) by municipality."""

import pandas as pd

from geodata.reference.shipped import lend, read_csv, read_toml


@lend
def disadvantaged_municipalities() -> pd.DataFrame:
    """Designation of every municipality, ward and designated city on 2022-04-01.

    Returns
    -------
    DataFrame, shape (1930, 3)
        Sorted by ``city_code``. ``kaso`` (過疎地域): ``full``, ``deemed`` (みなし過疎),
        ``partial``, ``none`` or ``unknown``. ``listed``: the generic mark of the
        ministry's 地域要件確認表, ``full``, ``partial``, ``none`` or ``unknown``.
        The Northern Territories and unassigned land are unknown, not none.

    Notes
    -----
    Source: 総務省 過疎地域市町村等一覧, 地域要件確認表. The lists hold designated
    cities as a whole; wards take their city's value (a project decision). ``listed``
    = ``none`` does not exclude 豪雪地帯, 辺地 or 特定農山村地域.
    """
    return read_csv("disadvantaged_municipalities.csv")


@lend
def disadvantaged_kinds() -> pd.DataFrame:
    """Kinds of disadvantaged area that support programmes name.

    Returns
    -------
    DataFrame, shape (7, 5)
        ``kind``, ``name_ja``, ``name_en``, ``has_list`` (bool): whether a list by
        municipality is shipped; without one the kind is unknown everywhere, never
        false; ``provenance``.
    """
    table = pd.DataFrame(read_toml("disadvantaged_kinds.toml")["kind"])
    return table.rename(columns={"id": "kind"})
