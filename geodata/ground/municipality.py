"""What the sources say of each municipality."""

from collections.abc import Mapping

import pandas as pd

from geodata import reference


def municipality_table(
    given: Mapping[str, pd.DataFrame], cells: pd.DataFrame
) -> pd.DataFrame:
    """One row per municipality and ward, as ``out.municipality``.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.
    cells : DataFrame
        Rows of ``core.municipality_cell``: they tell which municipalities there are
        (those of the boundaries' date where there are boundaries).

    Returns
    -------
    DataFrame
        Columns of ``out.municipality`` without ``is_synthetic``. A ward takes the
        fiscal index of its city, which the ministry gives for the city as a whole.
    """
    known = reference.municipalities().set_index("city_code")
    named = cells.dropna(subset="city_code")
    by_city = named.groupby("city_code")
    land = by_city["land_area_m2"]
    table = pd.DataFrame(
        {
            "pref_code": by_city["pref_code"].first(),
            "land_area_m2": land.sum().where(land.count() == by_city.size()),
            "mesh3_count": by_city["mesh3"].nunique(),
        }
    )
    is_unassigned = table.index.map(known["kind"]) == "unassigned"
    table = table[~is_unassigned].rename_axis("city_code").reset_index()
    table["name_ja"] = _names(table["city_code"], given)
    table["is_listed_2020"] = table["city_code"].isin(known.index)
    bureau = reference.prefectures().set_index("pref_code")["bureau_code"]
    table["bureau_code"] = table["pref_code"].map(bureau)
    return table.assign(**_fiscal(table["city_code"], given))


def _names(codes: pd.Series, given: Mapping[str, pd.DataFrame]) -> pd.Series:
    names = reference.municipalities().set_index("city_code")["name_ja"]
    areas = given.get("raw.municipality_area")
    if areas is not None:
        own = areas.dropna(subset="city_code").set_index("city_code")["city_name_ja"]
        names = pd.concat([own, names[~names.index.isin(own.index)]])
    return codes.map(names)


def _fiscal(
    codes: pd.Series, given: Mapping[str, pd.DataFrame]
) -> dict[str, pd.Series]:
    table = given.get("raw.fiscal_index")
    if table is None:
        nothing = pd.Series(pd.NA, index=codes.index)
        return {
            "fiscal_index": nothing.astype("Float64"),
            "fiscal_year": nothing.astype("Int16"),
        }
    own = table.set_index("city_code")
    parents = parent_codes(codes).set_index("city_code")["parent_city_code"]
    counted_as = codes.where(codes.isin(own.index), codes.map(parents))
    return {
        "fiscal_index": counted_as.map(own["fiscal_index"]),
        "fiscal_year": counted_as.map(own["fiscal_year"]),
    }


def parent_codes(codes: pd.Series) -> pd.DataFrame:
    """Whose rows a code takes in a table that does not name it itself.

    Parameters
    ----------
    codes : Series of str
        Codes in use, such as those of boundaries newer than the list of 2020. Null
        ones are passed over. Not modified.

    Returns
    -------
    DataFrame
        ``city_code``, ``parent_city_code``, each code once: wards of designated
        cities with their city, also wards formed since 2020 (浜松市中央区 22138:
        22130); and other codes newer than the list with the code of the same land.
    """
    known = reference.municipalities()[["city_code", "parent_city_code"]]
    newer = codes.dropna().drop_duplicates()
    placed = reference.to_listed(newer[~newer.isin(known["city_code"])])
    placed = placed.rename(
        columns={"code": "city_code", "listed_code": "parent_city_code"}
    )
    both = pd.concat([known, placed[known.columns]], ignore_index=True)
    return both.dropna(ignore_index=True)


def listed_codes(*tables: pd.DataFrame) -> pd.DataFrame:
    """Codes of the list of 2020 for every municipality code in the tables.

    Parameters
    ----------
    *tables : DataFrame
        With a column ``city_code``. Not modified.

    Returns
    -------
    DataFrame
        See :func:`geodata.reference.to_listed`.
    """
    codes = pd.concat([table["city_code"] for table in tables])
    return reference.to_listed(codes.dropna().drop_duplicates())
