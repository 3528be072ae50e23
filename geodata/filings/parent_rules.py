"""Rules on ``parent_station_id``: the advanced station a row hangs on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geodata.filings.findings import mask_of
from geodata.filings.rows import Rows, row_rule

_COLUMN = "parent_station_id"


@dataclass(frozen=True)
class _Links:
    """Station and parent ids of each row as numbers (-1: none, or not in the file)."""

    station: np.ndarray
    parent: np.ndarray
    is_lost: np.ndarray

    def is_in(self, chosen: np.ndarray) -> np.ndarray:
        """Whether each row's parent is the station of a chosen row."""
        known = np.zeros(self.station.max(initial=-1) + 2, bool)
        known[self.station[chosen]] = True
        known[-1] = False
        return known[self.parent]


def _links(rows: Rows) -> _Links:
    if "links" not in rows.notes:
        ids = rows.text["station_id"].dictionary_encode()
        parents = rows.text[_COLUMN].dictionary_encode()
        names = parents.dictionary
        number = pc.index_in(names, value_set=ids.dictionary).fill_null(-1)
        number = np.append(number.to_numpy(zero_copy_only=False), -1)
        lost = pa.array(sorted(rows.lost_ids), pa.string())
        is_lost = np.append(mask_of(pc.is_in(names, value_set=lost)), False)
        at = _codes(parents)
        rows.notes["links"] = _Links(_codes(ids), number[at], is_lost[at])
    return rows.notes["links"]


def _codes(encoded: pa.DictionaryArray) -> np.ndarray:
    return encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)


@row_rule("parent_self", "stations", phase=3)
def _parent_self(rows: Rows) -> np.ndarray:
    links = _links(rows)
    return (links.parent >= 0) & (links.parent == links.station)


@row_rule("parent_unknown", "stations", phase=3)
def _parent_unknown(rows: Rows) -> np.ndarray:
    """A parent may also stand in a line that had no usable shape."""
    links = _links(rows)
    return rows.is_given(_COLUMN) & (links.parent < 0) & ~links.is_lost


@row_rule("parent_not_advanced", "stations", phase=3)
def _parent_not_advanced(rows: Rows) -> np.ndarray:
    """Every row of the parent says, legibly, that it is not advanced."""
    links = _links(rows)
    is_lower = rows.is_value("station_type", "ordinary", "repeater")
    could_be = links.is_in(~is_lower) | links.is_lost
    return links.is_in(is_lower) & ~could_be & (links.parent != links.station)


def _good_parents(rows: Rows) -> np.ndarray:
    return rows.is_value("station_type", "advanced") & ~rows.is_rejected


@row_rule("parent_rejected", "stations", phase=6)
def _parent_rejected(rows: Rows) -> np.ndarray:
    is_good = _links(rows).is_in(_good_parents(rows))
    return rows.is_given(_COLUMN) & ~is_good & ~rows.is_rejected


@row_rule("parent_missing", "stations", phase=6)
def _parent_missing(rows: Rows) -> np.ndarray:
    is_alone = rows.is_value("station_type", "ordinary") & ~rows.is_given(_COLUMN)
    return is_alone & ~rows.is_rejected


@row_rule("parent_other_mesh2", "stations", phase=6)
def _parent_other_mesh2(rows: Rows) -> np.ndarray:
    """No accepted advanced row of the parent lies in the station's own cell."""
    links, parents = _links(rows), _good_parents(rows)
    mesh2 = rows.notes["mesh3"] // 100
    cells = _pairs(links.station[parents], mesh2[parents])
    own = _pairs(links.parent, mesh2)
    return links.is_in(parents) & ~rows.is_rejected & ~np.isin(own, cells)


def _pairs(station: np.ndarray, mesh2: np.ndarray) -> np.ndarray:
    """One number for a station and a cell (six digits)."""
    return station.astype(np.int64) * 1_000_000 + mesh2
