"""Disadvantaged areas (条件不利地域) by municipality."""

from typing import Any

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
    """Kinds of disadvantaged area: seven of the support programmes, three others.

    Returns
    -------
    DataFrame, shape (10, 7)
        ``kind``, ``name_ja``, ``name_en``, ``has_list`` (bool): whether a list by
        municipality is shipped; without one the kind is unknown everywhere, never
        false; ``is_programme_kind`` (bool): whether the support programmes name it
        (domain.md 7.2; 奄美, 小笠原 and 沖縄 rest on laws of their own); ``dataset``:
        its polygons in 国土数値情報, such as ``A17``, empty where there are none;
        ``provenance``.
    """
    table = pd.DataFrame(_kinds()).drop(columns="file_prefectures")
    return table.rename(columns={"id": "kind"})


@lend
def disadvantaged_file_prefectures() -> pd.DataFrame:
    """Prefectures for which 国土数値情報 has a file of a kind's polygons.

    A prefecture without a file has no area of that kind in the newest edition.

    Returns
    -------
    DataFrame
        ``kind``, ``pref_code``, in the order of :func:`disadvantaged_kinds`.

    Notes
    -----
    Computed from the catalogue of file names of 2021-02-24.
    """
    pairs = [(k["id"], code) for k in _kinds() for code in k["file_prefectures"]]
    return pd.DataFrame(pairs, columns=["kind", "pref_code"])


def _kinds() -> list[dict[str, Any]]:
    kinds: list[dict[str, Any]] = read_toml("disadvantaged_kinds.toml")["kind"]
    return kinds
