"""Discs round stations: a stated simple estimate where no areas were filed (推計)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import reference
from geodata.coverage_area.content import Integers, distinct
from geodata.coverage_area.discs import Discs
from geodata.errors import TableError
from geodata.placement.station_events import BASES
from geodata.placement.stations import site_keys

_KEY = ["carrier", "station_id", "band"]
_PLACES = 100_000_000  # site keys: north * this + east, in 1e-5 degree


@dataclass(frozen=True)
class StationModel:
    """Outdoor stations as discs, with the days on which they are on the air.

    Attributes
    ----------
    discs : Discs
        Every place with every radius that stands there, over all carriers.
    carrier : array of str, shape (n,)
        Whose station it is.
    disc : int64 array, shape (n,)
        Number of the station's disc.
    starts : mapping of str to datetime64 array, shape (n,)
        By basis the first day on the air; NaT: never.
    ends : datetime64 array, shape (n,)
        First day off the air; NaT: none known.
    """

    discs: Discs
    carrier: npt.NDArray[np.object_]
    disc: Integers
    starts: Mapping[str, npt.NDArray[np.datetime64]]
    ends: npt.NDArray[np.datetime64]

    @classmethod
    def of(cls, stations: pd.DataFrame, filed: pd.DataFrame) -> "StationModel":
        """Lay a disc round every outdoor station.

        Parameters
        ----------
        stations : DataFrame
            Rows of ``core.station``: band class, dates, whether outdoor; repeaters
            included. Not modified.
        filed : DataFrame
            Rows of ``raw.station``, which hold the places. Not modified.

        Raises
        ------
        TableError
            A station has no row in ``raw.station``, or a band class without a radius.

        Notes
        -----
        A place is 1e-5 degree wide, as a site is (domain.md 3.3); where several
        stations stand in one, the widest disc counts. Radii are decisions, see
        :func:`geodata.reference.coverage_radii`.
        """
        outdoor = stations[stations["is_outdoor"].astype(bool)]
        placed = outdoor.merge(filed[[*_KEY, "lat", "lon"]], on=_KEY, how="left")
        _refuse(placed, placed["lat"].isna(), "no row in raw.station: run stage 2 anew")
        radius = placed["band_class"].map(
            reference.coverage_radii().set_index("band_class")["radius_m"]
        )
        _refuse(placed, radius.isna(), "a band class without a radius")
        place = site_keys(placed["lon"].to_numpy(float), placed["lat"].to_numpy(float))
        pairs = pd.DataFrame({"place": place, "radius_m": radius.to_numpy()})
        kinds = pairs.drop_duplicates().sort_values(["place", "radius_m"])
        number = pd.MultiIndex.from_frame(kinds).get_indexer(
            pd.MultiIndex.from_frame(pairs)
        )
        north, east = np.divmod(kinds["place"].to_numpy(), _PLACES)
        return cls(
            Discs(
                kinds["place"].to_numpy(),
                east / 100_000,
                north / 100_000,
                kinds["radius_m"].to_numpy(),
            ),
            placed["carrier"].to_numpy(object),
            number.astype(np.int64),
            {basis: _days(placed[column]) for basis, column in BASES.items()},
            _days(placed["ends_on"]),
        )

    def on_air(self, carrier: str, state: tuple[date, str]) -> Integers:
        """Discs of a carrier's stations on a day by a basis, the widest of each place.

        Returns
        -------
        int64 array
            Numbers of discs, ascending.
        """
        day, basis = np.datetime64(state[0], "D"), state[1]
        is_on = (self.carrier == carrier) & (self.starts[basis] <= day)
        is_on &= ~(self.ends <= day)
        return self.discs.widest(distinct(self.disc[is_on]))


def _days(dates: pd.Series) -> npt.NDArray[np.datetime64]:
    return dates.to_numpy("datetime64[D]")


def _refuse(stations: pd.DataFrame, is_wrong: pd.Series, fault: str) -> None:
    if is_wrong.any():
        first = stations[is_wrong].iloc[0]
        raise TableError(
            f"core.station: {int(is_wrong.sum())} station(s) with {fault}; first: "
            f"{first['carrier']} {first['station_id']} on {first['band']} "
            f"({first['band_class']})."
        )
