"""Who says what of disadvantaged areas: municipalities of cells, lists, polygons."""

from dataclasses import dataclass

import pandas as pd

from geodata import mesh

LIST_FIRST = frozenset({"kaso"})
"""Kinds whose polygons are out of date: a list goes first; they rule out nothing."""

ISLAND_LAWS = {"13": "ogasawara", "46": "amami", "47": "okinawa"}
"""Prefectures with islands under a law of their own, which A19 離島 leaves out."""

KIND_PREF = ["kind", "pref_code"]
_WARD = ["city_code", "parent_city_code"]
_PREFECTURES = [f"{number:02d}" for number in range(1, 48)]


def listed_designations(disadvantaged: pd.DataFrame) -> pd.DataFrame:
    """The shipped designations as a list.

    Parameters
    ----------
    disadvantaged : DataFrame
        ``city_code``, ``kaso``, ``listed`` (``full``, ``deemed``, ``partial``,
        ``none``, ``unknown``); see
        :func:`geodata.reference.disadvantaged_municipalities`.

    Returns
    -------
    DataFrame
        ``kind``, ``city_code``, ``extent``.
    """
    return disadvantaged.melt(
        id_vars="city_code",
        value_vars=["kaso", "listed"],
        var_name="kind",
        value_name="extent",
    )[["kind", "city_code", "extent"]].astype("str")


def polygon_prefectures(areas: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Prefectures that the polygons of each kind speak for.

    Parameters
    ----------
    areas : DataFrame
        Rows of ``raw.disadvantaged_area``: ``kind``, ``city_code``.
    published : DataFrame
        ``kind``, ``pref_code`` for which polygons are published at all.

    Returns
    -------
    DataFrame
        ``kind``, ``pref_code``, ``is_held``: true for prefectures with a polygon;
        false, for a kind with any, where none is published because there is no area.
    """
    held = by_prefecture(areas)
    kinds = sorted(set(held["kind"]) & set(published["kind"]))
    every = pd.MultiIndex.from_product([kinds, _PREFECTURES], names=KIND_PREF)
    without = every.difference(pd.MultiIndex.from_frame(published[KIND_PREF]))
    rest = without.to_frame(index=False).assign(is_held=False)
    both = pd.concat([held.assign(is_held=True), rest], ignore_index=True)
    return both.drop_duplicates(KIND_PREF, ignore_index=True)


@dataclass(frozen=True)
class Land:
    """Municipalities of each 1 km cell, and the wards of designated cities."""

    pairs: pd.DataFrame  # mesh2, mesh3, pref_code, city_code, share, of
    wards: pd.DataFrame  # city_code, parent_city_code

    @classmethod
    def of(cls, crosswalk: pd.DataFrame, parents: pd.DataFrame | None) -> "Land":
        """Add secondary mesh, prefecture, and the number of parts of each cell."""
        pairs = crosswalk[["mesh3", "city_code", "share"]].copy()
        codes = pairs["mesh3"].to_numpy("int64")
        pairs["mesh2"] = mesh.parent(codes, "m3", "m2")
        own = pairs["city_code"].str[:2]
        pairs["pref_code"] = crosswalk.get("pref_code", own)
        pairs["of"] = pairs.groupby("mesh3")["mesh3"].transform("size")
        pairs["share"] = pairs["share"].astype("float64").where(pairs["of"] > 1, 1.0)
        if parents is None:
            parents = pd.DataFrame(
                columns=["city_code", "parent_city_code"], dtype="str"
            )
        wards = parents[["city_code", "parent_city_code"]].dropna()
        return cls(pairs, wards)

    def with_wards(self, lists: pd.DataFrame) -> pd.DataFrame:
        """Rows of a list, and a row for each ward that it does not name itself."""
        own = lists[["kind", "city_code", "extent"]]
        inherited = own.rename(columns={"city_code": "parent_city_code"}).merge(
            self.wards, on="parent_city_code"
        )
        both = pd.concat([own, inherited[own.columns]], ignore_index=True)
        return both.drop_duplicates(["kind", "city_code"], ignore_index=True)


@dataclass(frozen=True)
class Spoken:
    """Kind and prefecture of which sources know every designation.

    Attributes
    ----------
    lists : DataFrame
        By a list: the prefectures that it names.
    held : DataFrame
        By polygons or cells that are there.
    exact : DataFrame
        The same, and where none is published because there is no area.
    """

    lists: pd.DataFrame
    held: pd.DataFrame
    exact: pd.DataFrame

    @classmethod
    def of(
        cls,
        lists: pd.DataFrame | None,
        henchi: pd.DataFrame | None,
        prefectures: pd.DataFrame | None,
    ) -> "Spoken":
        """Gather them; each pair once."""
        parts = [_no_pairs().assign(is_held=False)]
        if prefectures is not None:
            parts.append(prefectures)
        if henchi is not None:
            cells = by_prefecture(henchi.assign(kind="henchi"))
            parts.append(cells.assign(is_held=True))
        exact = pd.concat(parts, ignore_index=True)
        held = exact[exact["is_held"].astype(bool)]
        by_list = _no_pairs() if lists is None else by_prefecture(lists)
        return cls(by_list, held[KIND_PREF], exact[KIND_PREF].drop_duplicates())

    def list_decides(self, rows: pd.DataFrame) -> pd.Series:
        """Whether the list decides for each row's kind in each row's prefecture."""
        has_list = index_of(rows, KIND_PREF).isin(index_of(self.lists, KIND_PREF))
        has_exact = index_of(rows, KIND_PREF).isin(index_of(self.held, KIND_PREF))
        is_first = rows["kind"].isin(LIST_FIRST).to_numpy()
        return pd.Series(has_list & (is_first | ~has_exact), index=rows.index)


def by_prefecture(rows: pd.DataFrame) -> pd.DataFrame:
    """Kind and prefecture that rows of ``kind``, ``city_code`` name."""
    pairs = rows[["kind"]].assign(pref_code=rows["city_code"].str[:2])
    return pairs.drop_duplicates(ignore_index=True)


def index_of(rows: pd.DataFrame, names: list[str]) -> pd.MultiIndex:
    """Two columns or more as one index, to look rows up by."""
    return pd.MultiIndex.from_frame(rows[names])


def _no_pairs() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in KIND_PREF})
