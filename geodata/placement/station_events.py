"""Turn stations into changes of counts, so that a count on a day is one sum."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

BASES = {"operating": "operating_from", "planned": "planned_from"}
"""Column of ``core.station`` that each basis counts from."""

_PLACE = ["carrier", "mesh2", "pref_code", "is_border_cell"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Steps:
    """Changes of counts: what is counted apart, on which day, and by how much.

    ``delta`` has two columns: stations, and qualifying advanced stations.
    """

    group: Integers
    day: Integers
    delta: Integers

    def daily(self) -> "_Steps":
        """Sum per group and day, in that order."""
        if not len(self.group):
            return self
        order = np.lexsort((self.day, self.group))
        group, day = self.group[order], self.day[order]
        is_first = np.ones(len(order), bool)
        is_first[1:] = (group[1:] != group[:-1]) | (day[1:] != day[:-1])
        first = np.flatnonzero(is_first)
        return _Steps(
            group[first], day[first], np.add.reduceat(self.delta[order], first, axis=0)
        )

    def on_and_off(self) -> "_Steps":
        """Give +1 where a group's count leaves zero, and -1 where it returns to it."""
        daily = self.daily()
        level = np.cumsum(daily.delta, axis=0)  # every group ends at its own level
        is_first = np.ones(len(daily.group), bool)
        is_first[1:] = daily.group[1:] != daily.group[:-1]
        first = np.flatnonzero(is_first)
        before = np.zeros_like(level[:1])
        base = np.vstack([before, level])[first]
        lengths = np.diff(np.append(first, len(daily.group)))
        is_on = (level - np.repeat(base, lengths, axis=0) > 0).astype("int64")
        change = np.diff(is_on, axis=0, prepend=0)
        change[first] = is_on[first]
        return _Steps(daily.group, daily.day, change)


def station_events(stations: pd.DataFrame) -> pd.DataFrame:
    """Changes of station counts per cell and day, by station x band and by site.

    Parameters
    ----------
    stations : DataFrame
        Rows of ``core.station``. Not modified.

    Returns
    -------
    DataFrame
        Columns of ``core.station_event`` for both bases, both units, every band
        class and ``all``. A station adds one on its first day and takes one away on
        its end date; a site counts once while any of its stations is on air.
    """
    counted = stations[stations["is_counted"]].reset_index(drop=True)
    place = counted.groupby(_PLACE, observed=True).ngroup().to_numpy("int64")
    places = counted.loc[np.unique(place, return_index=True)[1], _PLACE]
    in_class, classes = pd.factorize(counted["band_class"], sort=True)
    site = _numbers_within_carriers(counted)
    parts = []
    for basis, column in BASES.items():
        for names, codes in ((classes, in_class), (["all"], np.zeros_like(in_class))):
            counted_apart = place * len(names) + codes
            steps = _steps(counted, column, counted_apart).daily()
            parts.append(_rows(steps, places, names, basis, "station_band"))
            at_site = _steps(counted, column, site * len(names) + codes).on_and_off()
            place_of = np.zeros(site.max(initial=0) + 1, "int64")
            place_of[site] = place  # a site stands in one place
            number, code = np.divmod(at_site.group, len(names))
            group = place_of[number] * len(names) + code
            steps = _Steps(group, at_site.day, at_site.delta).daily()
            parts.append(_rows(steps, places, names, basis, "site"))
    return pd.concat(parts, ignore_index=True)


def _numbers_within_carriers(stations: pd.DataFrame) -> Integers:
    """Number each place of a carrier; two carriers at one place are two sites."""
    carrier = pd.factorize(stations["carrier"])[0]
    site = stations["site"].to_numpy("int64")
    both = carrier * (site.max(initial=0) + 1) + site
    return np.unique(both, return_inverse=True)[1].astype("int64")


def _steps(stations: pd.DataFrame, column: str, group: Integers) -> _Steps:
    """One step up at the start of each station, one down at its end date."""
    start, end = stations[column], stations["ends_on"]
    delta = np.ones((len(stations), 2), "int64")
    delta[:, 1] = stations["is_advanced"].to_numpy(bool)
    starts = (start.notna() & (end.isna() | (end > start))).to_numpy(bool)
    ends = starts & end.notna().to_numpy()
    return _Steps(
        np.concatenate([group[starts], group[ends]]),
        np.concatenate([_days(start[starts]), _days(end[ends])]),
        np.concatenate([delta[starts], -delta[ends]]),
    )


def _days(dates: pd.Series) -> Integers:
    return dates.to_numpy().astype("datetime64[D]").astype("int64")


def _rows(
    steps: _Steps,
    places: pd.DataFrame,
    classes: npt.ArrayLike,
    basis: str,
    unit: str,
) -> pd.DataFrame:
    """Steps as rows of ``core.station_event``, days without change left out."""
    changed = (steps.delta != 0).any(axis=1)
    place, band_class = np.divmod(steps.group[changed], len(np.asarray(classes)))
    rows = places.iloc[place].reset_index(drop=True)
    day = steps.day[changed].astype("datetime64[D]").astype("datetime64[ms]")
    return rows.assign(
        basis=basis,
        unit=unit,
        band_class=np.asarray(classes, dtype=object)[band_class],
        effective_on=day,
        station_delta=steps.delta[changed, 0],
        advanced_delta=steps.delta[changed, 1],
    )
