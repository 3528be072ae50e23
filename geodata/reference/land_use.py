"""What the codes of the land-use mesh (土地利用細分メッシュ) mean, by edition."""

import pandas as pd

from geodata.reference.shipped import lend, read_toml

_FILE = "land_use_codes.toml"


@lend
def land_use_codes() -> pd.DataFrame:
    """Codes of land use (土地利用種別) of every code list.

    Returns
    -------
    DataFrame
        ``code_list`` (see :func:`land_use_editions`), ``land_use_code``, ``name_ja``,
        ``name_en``, ``is_counted`` (bool): land where people work or travel, for the
        derived denominator; ``provenance``. A code is unique within its list only.

    Notes
    -----
    Source: 国土数値情報 LandUseCd-77, -88, -YY, -09, -09-u; what counts is a project
    decision (domain.md 3.1).
    """
    rows = [
        {
            "code_list": codes["id"],
            "land_use_code": row["code"],
            "name_ja": row["name_ja"],
            "name_en": row["name_en"],
            "is_counted": row["is_counted"],
            "provenance": row.get("provenance", codes["provenance"]),
        }
        for codes in read_toml(_FILE)["code_list"]
        for row in codes["codes"]
    ]
    return pd.DataFrame(rows)


@lend
def land_use_editions() -> pd.DataFrame:
    """Published editions of L03-b (100 m) and L03-b-c (50 m).

    Returns
    -------
    DataFrame
        ``dataset``, ``year`` (int64), ``code_list``, ``datum``: ``Tokyo``,
        ``JGD2000`` or ``JGD2011`` where files do not say it, empty where they must;
        ``provenance``. Sorted by dataset and year.
    """
    return pd.DataFrame(read_toml(_FILE)["edition"])


def code_list_of(dataset: str, year: int) -> str | None:
    """Code list of an edition, such as ``2009``; None for an unknown edition."""
    editions = land_use_editions()
    is_it = (editions["dataset"] == dataset) & (editions["year"] == year)
    return str(editions.loc[is_it, "code_list"].iloc[0]) if is_it.any() else None


def counted_codes(code_list: str) -> frozenset[str]:
    """Codes of a list that count for the derived denominator (domain.md 3.1)."""
    codes = land_use_codes()
    is_counted = (codes["code_list"] == code_list) & codes["is_counted"]
    return frozenset(codes.loc[is_counted, "land_use_code"])


def newest_photo_years() -> int:
    """Fiscal years by which a file's newest photograph may precede its edition."""
    return int(read_toml(_FILE)["newest_photo_years"])
