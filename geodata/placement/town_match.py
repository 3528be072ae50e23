"""Towns of a list or survey joined to towns of the master, by municipality and name.

Census towns and the アドレス・ベース・レジストリ share no id (domain.md 6.10). A town
is joined only where one town of its municipality has its name, as
:mod:`geodata.readers.town.names` writes it: two towns of the master are never taken
for one another. Everything else is left unmatched, with a reason and the nearest
names.
"""

import difflib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from geodata.reference.municipality_code import codes_on

_KEY = ["city_code", "town_key"]
_ROW = [*_KEY, "town_name_ja", "normal_name"]
_CANDIDATE_COUNT = 3
_LOOKED_AT_COUNT = 20
_LEAST_LIKENESS = 0.6  # of difflib, 0 to 1
_LATEST = date(9999, 12, 30)
"""A day after every change of municipality codes."""


@dataclass(frozen=True)
class TownMatch:
    """Towns of one source, joined to the master.

    Attributes
    ----------
    source : str
        Name of the source, such as ``fibre_towns``.
    matched : DataFrame
        ``source``, ``city_code``, ``town_key``, ``town_name_ja`` (of the source),
        ``machiaza_id``, ``town_city_code`` (of the master), ``lon``, ``lat`` (degrees,
        NaN where the master gives none), ``method``: ``name`` (equal after
        normalisation), ``exact_name`` (several towns have the normalised name, one the
        name letter for letter), or the same ending in ``_abolished``.
    unmatched : DataFrame
        Rows of ``core.unmatched_town``.
    """

    source: str
    matched: pd.DataFrame
    unmatched: pd.DataFrame

    @property
    def matched_share(self) -> float | None:
        """Share of the source's towns that were joined; None of no towns."""
        total = len(self.matched) + len(self.unmatched)
        return len(self.matched) / total if total else None

    @property
    def note(self) -> str:
        """The share as a sentence, for whoever reads the release."""
        total = len(self.matched) + len(self.unmatched)
        if self.matched_share is None:
            return f"{self.source}: no town to join with the town master."
        reasons = self.unmatched["reason"].value_counts().sort_index()
        each = "".join(f", {count:,} {reason}" for reason, count in reasons.items())
        return (
            f"{self.source}: {len(self.matched):,} of {total:,} towns "
            f"({100 * self.matched_share:.2f} %) joined with the town master{each}."
        )


def match_towns(rows: pd.DataFrame, towns: pd.DataFrame, source: str) -> TownMatch:
    """Join the towns of `rows` to `towns` by municipality and normalised name.

    A municipality that changed its code is followed to its present one. Towns in force
    come first; only where none has the name, abolished ones are looked through, as the
    lists name towns of the 2020 census. Several rows may be joined to one town: the
    census parts a town that lies in two pieces.

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``town_key``, ``town_name_ja``, ``normal_name`` of
        ``raw.support_area`` or ``raw.fibre_town``; a town listed twice (general and
        special) is joined once. Not modified.
    towns : DataFrame
        Rows of ``raw.town``. Not modified.
    source : str
        ``support_areas`` or ``fibre_towns``.

    Returns
    -------
    TownMatch
        Each town of `rows` once, matched or unmatched.
    """
    todo = rows.drop_duplicates(_KEY)[_ROW].reset_index(drop=True)
    todo = todo.assign(place=_present_code(todo["city_code"]))
    master = towns[towns["normal_name"] != ""]
    master = master.assign(place=_present_code(master["city_code"]))
    is_abolished = master["abolished_on"].notna()
    found = [_join(todo, master[~is_abolished], "")]
    rest = todo[~todo.index.isin(found[0].index)]
    in_force = _key_of(master[~is_abolished], "normal_name")
    taken = _key_of(rest, "normal_name").isin(in_force)
    found.append(_join(rest[~taken], master[is_abolished], "_abolished"))
    matched = pd.concat(found).sort_index()
    unmatched = todo[~todo.index.isin(matched.index)]
    return TownMatch(
        source,
        matched.assign(source=source)[_MATCHED].reset_index(drop=True),
        _reported(unmatched, master, source),
    )


_MATCHED = [
    "source",
    "city_code",
    "town_key",
    "town_name_ja",
    "machiaza_id",
    "town_city_code",
    "lon",
    "lat",
    "method",
]


def _present_code(codes: pd.Series) -> pd.Series:
    """Municipality that holds the place now; where several took over, the old code."""
    return codes_on(codes, _LATEST)["current_code"].fillna(codes)


def _key_of(towns: pd.DataFrame, column: str) -> pd.Series:
    """Place and name in one text: the place always is five digits."""
    return towns["place"] + towns[column]


def _join(todo: pd.DataFrame, master: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Rows of `todo` (by its index) with the one town of `master` that has the name."""
    by_name = _joined_on(todo, master, "normal_name", f"name{suffix}")
    rest = todo[~todo.index.isin(by_name.index)]
    by_letter = _joined_on(rest, master, "town_name_ja", f"exact_name{suffix}")
    return pd.concat([by_name, by_letter])


def _joined_on(
    todo: pd.DataFrame, master: pd.DataFrame, column: str, method: str
) -> pd.DataFrame:
    key = _key_of(master, column)
    is_single = ~key.duplicated(keep=False)
    single = master.loc[is_single, ["machiaza_id", "city_code", "lon", "lat"]]
    single = single.rename(columns={"city_code": "town_city_code"})
    single = single.set_axis(key[is_single], axis="index")
    joined = todo.assign(key=_key_of(todo, column)).join(single, on="key", how="inner")
    return joined.assign(method=method)


def _reported(
    unmatched: pd.DataFrame, master: pd.DataFrame, source: str
) -> pd.DataFrame:
    """Rows of ``core.unmatched_town``."""
    towns_of = _towns_by_name(master[master["place"].isin(unmatched["place"])])
    reports = [
        _reason_and_candidates(name, towns_of.get(place, {}))
        for place, name in unmatched[["place", "normal_name"]].to_numpy().tolist()
    ]
    return (
        unmatched[_ROW]
        .reset_index(drop=True)
        .assign(
            source=source,
            reason=pd.Series([reason for reason, _ in reports], dtype="str"),
            candidates=pd.Series([";".join(near) for _, near in reports], dtype="str"),
        )
    )


def _towns_by_name(master: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Town ids and names, by place and normalised name."""
    towns_of: dict[str, dict[str, list[str]]] = {}
    labels = master["machiaza_id"] + " " + master["town_name_ja"]
    columns = (master["place"], master["normal_name"], labels)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for place, name, label in rows:
        towns_of.setdefault(place, {}).setdefault(name, []).append(label)
    return towns_of


def _reason_and_candidates(
    name: str, towns: Mapping[str, list[str]]
) -> tuple[str, list[str]]:
    if not towns:
        return "no_municipality", []
    if name in towns:
        return "ambiguous", towns[name][:_CANDIDATE_COUNT]
    near = difflib.get_close_matches(
        name, _with_most_signs_of(name, towns), _CANDIDATE_COUNT, _LEAST_LIKENESS
    )
    return "not_found", [towns[other][0] for other in near]


def _with_most_signs_of(name: str, others: Iterable[str]) -> list[str]:
    """The few names worth a closer look: difflib is too slow for all of them."""
    signs = set(name)
    return heapq.nlargest(
        _LOOKED_AT_COUNT, others, key=lambda other: len(signs.intersection(other))
    )
