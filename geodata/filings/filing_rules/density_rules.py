"""Rules on how densely stations stand, and on sites."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geodata.filings.filing_rules.accepted import Booleans, Filed, Integers
from geodata.filings.filing_rules.registry import filing_rule
from geodata.filings.findings import FindingLog
from geodata.filings.options import Tolerances
from geodata.filings.row_rules.land_cells import distance_m, slot, slot_count
from geodata.filings.tables.words import hashes
from geodata.schemas import to_frame

_USUAL_PERCENTILE = 99


@filing_rule("density_outlier")
def _density_outlier(filed: Filed, log: FindingLog) -> None:
    """1 km cells with far more rows than the densest hundredth of a filing's cells.

    Counts of rows per cell are heavy-tailed (most cells hold one or two rows, city
    centres dozens), so mean and standard deviation say little. The yardstick is the
    99th percentile of the occupied cells: up to one cell in a hundred may be wrong
    before the yardstick itself is. The lower of two neighbouring counts is taken, so
    that the fullest of a few cells is never measured by itself. The floor keeps small
    filings quiet.
    """
    cell = slot(filed.mesh3)
    standing = np.flatnonzero(filed.is_standing)
    counts = np.bincount(cell[standing], minlength=slot_count())
    usual, limit = _usual_and_limit(counts, filed.options.tolerances)
    crowded = standing[counts[cell[standing]] > limit]
    _, first = np.unique(cell[crowded], return_index=True)
    breach = np.zeros(len(cell), bool)
    breach[crowded[first]] = True
    filed.note(
        log,
        "density_outlier",
        breach,
        "stations",
        "lat",
        cell=filed.mesh3,
        count=counts[cell],
        usual=usual,
    )


def _usual_and_limit(counts: Integers, tolerances: Tolerances) -> tuple[int, float]:
    """Yardstick over the occupied cells, and the count from which on a cell is odd."""
    occupied = counts[counts > 0]
    if not len(occupied):
        return 0, np.inf
    usual = int(np.percentile(occupied, _USUAL_PERCENTILE, method="lower"))
    floor = tolerances.density_floor_count - 1
    return usual, max(tolerances.density_factor * usual, floor)


@filing_rule("sites_stacked")
def _sites_stacked(filed: Filed, log: FindingLog) -> None:
    """Many sites at one point (to 1 m) are a placeholder such as an office.

    A row without ``site_id`` is a site of its own by its ``station_id``.
    """
    most = int(filed.options.tolerances.stacked_site_count)
    crowded = np.flatnonzero(_has_more_rows(filed.site_key, most))
    rows = filed.table("stations").select(["site_id", "station_id"]).take(crowded)
    names = to_frame(rows)
    names["place"] = filed.site_key[crowded]
    names["station_id"] = names["station_id"].where(names["site_id"].isna(), "")
    sites = names.drop_duplicates()["place"].value_counts()
    count = np.zeros(len(filed.site_key), np.int64)
    count[crowded] = names["place"].map(sites)
    filed.note(log, "sites_stacked", count > most, "stations", "lat", count=count)


def _has_more_rows(place: Integers, most: int) -> Booleans:
    """Whether more than `most` rows share each row's place."""
    ordered = np.sort(place)
    later, earlier = ordered[most:], ordered[: max(len(ordered) - most, 0)]
    crowded = np.unique(later[later == earlier])
    return np.isin(place, crowded) if len(crowded) else np.zeros(len(place), bool)


@filing_rule("site_spread")
def _site_spread(filed: Filed, log: FindingLog) -> None:
    """Sites whose rows lie further apart than a mast or a building is wide.

    Apart is the diagonal of the rectangle round the rows. The finding names the row
    furthest from the middle (median) of the site, of equals (to 1 cm) the first by
    station and band.
    """
    most = filed.options.tolerances.site_spread_m
    doubtful = _doubtful(filed, most)
    if not len(doubtful):
        return
    rows = _spreads(filed, doubtful)
    wide = rows[rows["spread"] > most]
    order = ["off", "station_id", "band"]
    worst = wide.sort_values(order, ascending=[False, True, True])
    worst = worst.drop_duplicates("site_id").reindex(np.arange(len(filed.lon)))
    breach = worst["site_id"].notna().to_numpy()
    fields = worst[["spread", "off", "count"]].round().astype("Int64")
    filed.note(log, "site_spread", breach, "stations", "site_id", **fields)


def _spreads(filed: Filed, chosen: Integers) -> pd.DataFrame:
    """How wide the site of each chosen row is, and how far off its middle the row."""
    names = filed.table("stations").select(["site_id", "station_id", "band"])
    rows = to_frame(names.take(chosen)).set_index(chosen)
    places = pd.DataFrame({"lon": filed.lon[chosen], "lat": filed.lat[chosen]}, chosen)
    sites = places.groupby(rows["site_id"])
    return rows.assign(
        spread=_apart_m(sites.transform("min"), sites.transform("max")),
        off=_apart_m(places, sites.transform("median")).round(2),
        count=sites["lon"].transform("size"),
    )


def _doubtful(filed: Filed, most_m: float) -> Integers:
    """Rows of every site that may be wide, ascending.

    Were all rows of a site within a third of `most_m` of its first, the rectangle
    round them would be no wider than 2/3 of `most_m` each way, so 0.95 across. Sites
    are told apart by a hash, several times faster than by their names: two that share
    it may look wide, but a wide one never looks narrow.
    """
    site, row = _by_site(filed.table("stations")["site_id"].combine_chunks())
    is_first = np.append(True, site[1:] != site[:-1])[: len(site)]
    number = np.cumsum(is_first) - 1
    later = np.flatnonzero(~is_first)
    one, other = row[is_first][number[later]], row[later]
    lon, lat = filed.lon, filed.lat
    off = distance_m(lon[one], lat[one], lon[other], lat[other])
    is_wide = np.zeros(len(site), bool)
    is_wide[number[later[off > most_m / 3]]] = True
    return np.sort(row[is_wide[number]])


def _by_site(site_id: pa.Array) -> tuple[npt.NDArray[np.uint64], Integers]:
    """Hash and row of every row with a site, by hash and row."""
    row = np.flatnonzero(site_id.is_valid()).astype(np.uint64)
    bits = np.uint64(len(site_id).bit_length())
    site = hashes(site_id)[row] >> bits
    both = np.sort(site << bits | row)
    return both >> bits, (both & ((np.uint64(1) << bits) - np.uint64(1))).astype(
        np.int64
    )


def _apart_m(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    return distance_m(
        *(frame[name].to_numpy() for frame in (one, other) for name in ("lon", "lat"))
    )
