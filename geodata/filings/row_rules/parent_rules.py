"""Rules on ``parent_station_id``: the advanced station a row hangs on."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from geodata.filings.tables.rows import Rows, row_rule
from geodata.filings.tables.words import Words

_COLUMN = "parent_station_id"


@dataclass(frozen=True)
class _Links:
    """Station and parent of each row as numbers (-1: none, or not in the file).

    ``is_lost`` marks parents that stand in a line without a usable shape.
    """

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
        stations, parents = rows.words("station_id"), rows.words(_COLUMN)
        parent = _stations_of(parents, stations)[parents.codes]
        is_lost = parents.is_in(rows.lost_ids)
        rows.notes["links"] = _Links(stations.codes, parent, is_lost)
    return rows.notes["links"]


def _stations_of(parents: Words, stations: Words) -> np.ndarray:
    """Station of each word for a parent, -1 where there is none, and one -1 more.

    There are far fewer parents than stations, so that stations are looked up.
    """
    found = pc.index_in(stations.names, value_set=parents.names)
    at = pc.fill_null(found, -1).to_numpy()
    number = np.full(len(parents.names) + 1, -1)
    number[at[at >= 0]] = np.flatnonzero(at >= 0)
    return number


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
    cell = np.zeros(links.station.max(initial=-1) + 2, np.int64)
    cell[links.station[parents]] = mesh2[parents]
    breach = links.is_in(parents) & ~rows.is_rejected & (cell[links.parent] != mesh2)
    # The few left may still lie in the cell of another row of their parent.
    cells = _pairs(links.station[parents], mesh2[parents])
    breach[breach] = ~np.isin(_pairs(links.parent[breach], mesh2[breach]), cells)
    return breach


def _pairs(station: np.ndarray, mesh2: np.ndarray) -> np.ndarray:
    """One number for a station and a cell (six digits)."""
    return station.astype(np.int64) * 1_000_000 + mesh2
