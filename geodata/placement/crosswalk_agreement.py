"""The crosswalk of municipalities and 1 km cells from boundaries, held against a list.

Boundaries (N03) and the list of mesh codes by municipality (市区町村別メッシュ・コード
一覧) answer the same question. Where they differ, the reason says why they may:
simplified coasts lose islets, simplified borders move land across a cell's edge, and
the two may be of different years.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh

BOTH, ONLY_COMPUTED, ONLY_LISTED = "both", "computed", "listed"
"""Who names a pair of cell and municipality."""

OTHER_YEAR = "code_of_other_year"
"""The other side has no such municipality at all: another year, or unassigned land."""

NO_LAND = "no_computed_land"
"""Listed, but no boundary reaches the cell: an islet, or a coast cut off."""

NOT_LISTED = "cell_not_listed"
"""Computed in a cell that the list does not hold: a coast drawn too far out."""

SLIVER = "border_sliver"
"""A border passes in the cell: one side has less than `SLIVER_PCT` of it."""

MOVED = "border_moved"
"""The other side has the municipality near by (within `REACH` cells), not here."""

OTHER = "other"
"""None of these."""

SLIVER_PCT = 5.0
"""Per cent of a cell's area below which land is a sliver (project decision)."""

REACH = 2
"""Cells by which a simplified border may be off; its edges are 0.5 km and longer."""

_CITY_CODES = 100_000
_NAMED_BY = {"both": BOTH, "left_only": ONLY_COMPUTED, "right_only": ONLY_LISTED}

Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Agreement:
    """How far two crosswalks agree.

    Attributes
    ----------
    both_count, computed_count, listed_count : int
        Pairs of cell and municipality that both name, that only the boundaries give,
        that only the list names.
    cell_count, equal_cell_count : int
        Cells of either, and those with the same set of municipalities in both.
    differences : DataFrame
        The pairs that only one names, sorted: ``mesh3`` (int64), ``city_code`` (null:
        unassigned land), ``pref_code``, ``named_by`` (``computed`` or ``listed``),
        ``land_area_m2`` (float64; null where only listed), ``reason``.
    """

    both_count: int
    computed_count: int
    listed_count: int
    cell_count: int
    equal_cell_count: int
    differences: pd.DataFrame

    @property
    def pair_rate(self) -> float:
        """Pairs that both name, of all pairs; NaN without any."""
        total = self.both_count + self.computed_count + self.listed_count
        return self.both_count / total if total else float("nan")

    @property
    def cell_rate(self) -> float:
        """Cells with the same municipalities, of all cells; NaN without any."""
        if not self.cell_count:
            return float("nan")
        return self.equal_cell_count / self.cell_count

    @property
    def reasons(self) -> dict[str, int]:
        """Pairs that only one names, by reason."""
        counted = self.differences["reason"].value_counts().sort_index()
        return {str(reason): int(count) for reason, count in counted.items()}

    def sentence(self) -> str:
        """Rates and reasons, for whoever reads the release."""
        told = ", ".join(f"{name} {count:,}" for name, count in self.reasons.items())
        return (
            f"Boundaries and list agree in {100 * self.pair_rate:.2f} % of "
            f"{self.both_count + len(self.differences):,} pairs of 1 km cell and "
            f"municipality, and in {100 * self.cell_rate:.2f} % of "
            f"{self.cell_count:,} cells"
            + (f" ({told}; see core.crosswalk_difference)." if told else ".")
        )


def crosswalk_agreement(
    computed: pd.DataFrame,
    listed: pd.DataFrame,
    unassigned_codes: Collection[str] = (),
    *,
    sliver_pct: float = SLIVER_PCT,
) -> Agreement:
    """Compare a crosswalk computed from boundaries with the published list.

    Parameters
    ----------
    computed : DataFrame
        ``mesh3``, ``pref_code``, ``city_code`` (null: unassigned land),
        ``land_area_m2``; see :func:`geodata.placement.land.land_by_cell`.
    listed : DataFrame
        ``mesh3``, ``city_code`` of the list. Not modified.
    unassigned_codes : collection of str
        Codes by which the list names unassigned land (境界未定地域), for which
        boundaries have no code.
    sliver_pct : float
        See `SLIVER_PCT`.

    Returns
    -------
    Agreement
        Over the prefectures that both hold.
    """
    computed = computed[["mesh3", "pref_code", "city_code", "land_area_m2"]]
    listed = _without_codes(listed, unassigned_codes)
    computed = computed[computed["pref_code"].isin(listed["pref_code"].unique())]
    listed = listed[listed["pref_code"].isin(computed["pref_code"].unique())]
    of_computed, of_listed = _keys(computed), _keys(listed)
    left, right = _Side.of(*of_computed), _Side.of(*of_listed)
    is_both = right.has(*of_computed)
    computed = computed[~is_both].assign(named_by=ONLY_COMPUTED)
    rest = listed[~left.has(*of_listed)].assign(named_by=ONLY_LISTED)
    differences = pd.concat([computed, rest], ignore_index=True)
    reasons = _reasons(differences, left, right, sliver_pct)
    cell_count = len(pd.unique(np.concatenate([left.cells, right.cells])))
    return Agreement(
        both_count=int(is_both.sum()),
        computed_count=len(computed),
        listed_count=len(rest),
        cell_count=cell_count,
        equal_cell_count=cell_count - differences["mesh3"].nunique(),
        differences=differences.assign(reason=reasons).sort_values(
            ["mesh3", "pref_code", "city_code"], ignore_index=True
        ),
    )


def _without_codes(listed: pd.DataFrame, unassigned: Collection[str]) -> pd.DataFrame:
    """The list with unassigned land as boundaries have it: a prefecture, no code."""
    code = listed["city_code"]
    is_unassigned = code.isin(list(unassigned))
    table = listed[["mesh3"]].assign(pref_code=code.str[:2], city_code=code)
    if not is_unassigned.any():
        return table
    return table.assign(city_code=code.mask(is_unassigned)).drop_duplicates()


def _reasons(
    pairs: pd.DataFrame, computed: "_Side", listed: "_Side", sliver_pct: float
) -> npt.NDArray[np.object_]:
    """Why only one side names each pair; the first reason that holds."""
    is_listed = (pairs["named_by"] == ONLY_LISTED).to_numpy(bool)
    mesh3, city = _keys(pairs)
    share = pairs["land_area_m2"].to_numpy("float64") / mesh.area_m2(mesh3, "m3")
    has_code = np.where(
        is_listed, np.isin(city, computed.cities), np.isin(city, listed.cities)
    )
    is_near = np.where(
        is_listed, computed.is_near(mesh3, city), listed.is_near(mesh3, city)
    )
    holds = {
        OTHER_YEAR: ~has_code,
        NO_LAND: is_listed & ~np.isin(mesh3, computed.cells),
        NOT_LISTED: ~is_listed & ~np.isin(mesh3, listed.cells),
        SLIVER: 100 * share < sliver_pct,  # never where only listed: null
        MOVED: is_near,
    }
    return np.select(list(holds.values()), list(holds), default=OTHER).astype(object)


@dataclass(frozen=True)
class _Side:
    """One crosswalk to look up in: pairs as one number, cells, codes; ascending."""

    pairs: Integers
    cells: Integers
    cities: Integers

    @classmethod
    def of(cls, mesh3: Integers, city: Integers) -> "_Side":
        """Sort what the columns of a crosswalk hold."""
        columns = (mesh3 * _CITY_CODES + city, mesh3, city)
        return cls(*(np.sort(pd.unique(column)) for column in columns))

    def has(self, mesh3: Integers, city: Integers) -> Bools:
        """Whether each municipality is named in each cell."""
        asked = mesh3 * _CITY_CODES + city
        if not len(self.pairs):
            return np.zeros(len(asked), bool)
        at = np.searchsorted(self.pairs, asked).clip(max=len(self.pairs) - 1)
        found: Bools = self.pairs[at] == asked
        return found

    def is_near(self, mesh3: Integers, city: Integers) -> Bools:
        """Whether the municipality is named within `REACH` cells."""
        found = np.zeros(len(mesh3), bool)
        for north in range(-REACH, REACH + 1):
            for east in range(-REACH, REACH + 1):
                found |= self.has(mesh.neighbor(mesh3, "m3", north, east), city)
        return found


def _keys(table: pd.DataFrame) -> tuple[Integers, Integers]:
    """Cells, and codes as numbers: that of the prefecture for unassigned land."""
    code = table["city_code"].fillna(table["pref_code"] + "000")
    at, codes = pd.factorize(code)
    return table["mesh3"].to_numpy("int64"), codes.to_numpy(str).astype(np.int64)[at]
