"""Rules on keys and places that stand in several rows; row order decides nothing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.tables.rows import Hit, Rows, row_rule
from geodata.filings.tables.words import plain, words_of

_TABLES = ("stations", "mesh_counts", "prefecture_counts")
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_PLACE = ("lat", "lon", "band", "freq_low_mhz", "freq_high_mhz")


@dataclass(frozen=True)
class _Repeats:
    """Among rows that share a key: surplus equal copies, and rows that differ."""

    copies: np.ndarray
    conflicts: np.ndarray
    first: np.ndarray


def _repeats(rows: Rows, key: tuple[str, ...], order: str | None) -> _Repeats:
    """Find rows without an ERROR that share `key`.

    Rows of one key that agree in every other column (`order` aside) are copies: the
    one with the least line, or the least `order`, stays. Where they differ nobody
    can tell which is right, so all of them are conflicts. A rejected row takes no
    part: it must not take a good one with it.
    """
    names = [n for n in rows.table.column_names if n not in (*key, order)]
    at = _suspects(rows, key)
    none = np.zeros(len(rows), bool)
    if not len(at):
        return _Repeats(none, none, np.zeros(len(rows), np.int64))
    data = _frame(rows, at, (*key, *names))
    data["_at"] = at
    sort_by = [] if order is None else [order]
    if order is not None:
        data[order] = plain(rows.typed[order]).take(pa.array(at)).to_pandas()
    data = data.sort_values([*sort_by, "_at"])
    groups = data.groupby(list(key), sort=False, dropna=False)
    first_at = groups["_at"].transform("first").to_numpy()
    size = groups["_at"].transform("size").to_numpy()
    equal = data.groupby([*key, *names], sort=False, dropna=False)
    is_conflict = equal["_at"].transform("size").to_numpy() < size
    at = data["_at"].to_numpy()
    copies, conflicts = none.copy(), none.copy()
    conflicts[at[is_conflict]] = True
    copies[at[~is_conflict & (at != first_at)]] = True
    first = np.zeros(len(rows), np.int64)
    first[at] = first_at
    return _Repeats(copies, conflicts, first)


def _suspects(rows: Rows, key: tuple[str, ...]) -> np.ndarray:
    """Rows without an ERROR whose key may repeat: equal keys have equal hashes."""
    hashes = np.zeros(len(rows), np.uint64)
    for name in key:
        hashes = hashes * _HASH_FACTOR + _bits(rows, name)
    at = np.flatnonzero(~rows.is_rejected)
    ordered = np.sort(hashes[at])
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    return at[np.isin(hashes[at], repeated)] if len(repeated) else at[:0]


def _bits(rows: Rows, name: str) -> np.ndarray:
    if _is_text(rows, name):
        return rows.words(name).codes.astype(np.int64).view(np.uint64)
    return rows.number(name).view(np.uint64)


def _is_text(rows: Rows, name: str) -> bool:
    return pa.types.is_string(words_of(rows.typed[name]).type)


def _frame(rows: Rows, at: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    """Columns of some rows; of text the codes, which are equal where the text is."""
    return pd.DataFrame(
        {
            name: rows.words(name).codes[at]
            if _is_text(rows, name)
            else rows.typed[name].take(pa.array(at)).to_pandas()
            for name in names
        }
    )


def _key_repeats(rows: Rows) -> _Repeats:
    if "repeats" not in rows.notes:
        rows.notes["repeats"] = _repeats(rows, rows.table.key, None)
    return rows.notes["repeats"]


def _key_hit(rows: Rows, breach: np.ndarray) -> Hit:
    if not breach.any():
        return Hit(breach, rows.table.key[0])
    parts = [(f", {name} ", plain(rows.text[name])) for name in rows.table.key]
    pieces = [piece for part in parts for piece in part]
    key = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*pieces, ""), 2)
    first_line = rows.lines[_key_repeats(rows).first]
    extra: dict[str, object] = {"key": key, "first_line": first_line}
    return Hit(breach, rows.table.key[0], extra)


@row_rule("key_conflicting", *_TABLES, phase=4)
def _key_conflicting(rows: Rows) -> Hit:
    return _key_hit(rows, _key_repeats(rows).conflicts)


@row_rule("key_repeated", *_TABLES, phase=4)
def _key_repeated(rows: Rows) -> Hit:
    return _key_hit(rows, _key_repeats(rows).copies)


@row_rule("station_same_place", "stations", phase=5)
def _station_same_place(rows: Rows) -> Hit:
    """Rows filed as shared may stand together; of the others only one, if any."""
    found = _repeats(rows, _PLACE, "station_id")
    other = rows.text["station_id"].take(pa.array(found.first))
    first_line = rows.lines[found.first]
    breach = (found.copies | found.conflicts) & ~rows.is_true("shared")
    extra: dict[str, object] = {"other": other, "first_line": first_line}
    return Hit(breach, "lat", extra)
