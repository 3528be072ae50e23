"""Licensed stations (無線局免許) against the stations on air of the filings."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from coverage.labels import RunLabels

COMPARED_CLASSES = ("new_mid", "sub6", "mmwave")
"""Bands of 5G alone: on reused bands a licence does not tell 5G from 4G."""

_STATE = ["carrier", "counted_on"]
_AREA = [*_STATE, "pref_code"]
_KEY = [*_AREA, "place", "band_class"]
_COUNTS = ["licensed_count", "filed_count"]
_UNPLACED = ""


def licence_reconciliation(
    licences: pd.DataFrame,
    filed: pd.DataFrame,
    listed: pd.DataFrame,
    municipalities: pd.DataFrame,
    forms: pd.DataFrame,
    labels: RunLabels,
    *,
    compared_classes: Sequence[str] = COMPARED_CLASSES,
) -> pd.DataFrame:
    """Licensed and filed stations per carrier, place, band class and licence day.

    A prefecture is covered on a day where the carrier has any licence row of a compared
    class in it; other prefectures have no row, for missing is not zero. In a covered
    one, a municipality without a licence row has 0.

    Parameters
    ----------
    licences : DataFrame
        Rows of ``raw.licence_count``; licensees that are no carrier are passed over.
        Not modified.
    filed : DataFrame
        Rows of ``core.station``: ``carrier``, ``pref_code``, ``city_code`` (null where
        not known), ``band_class``, ``operating_from``, ``ends_on``, ``is_counted``.
        Not modified.
    listed : DataFrame
        ``code`` and ``listed_code``: :func:`geodata.reference.to_listed` of the codes
        of both, so that all stand on the list of one date.
    municipalities : DataFrame
        :func:`geodata.reference.municipalities`.
    forms : DataFrame
        ``carrier`` and ``form`` of ``core.carrier_filing``: only a filing by station
        tells municipalities.
    labels : RunLabels
        What holds for the whole run.
    compared_classes : sequence of str
        Classes whose licences are 5G alone.

    Returns
    -------
    DataFrame
        Columns of ``out.licence_reconciliation``. Municipalities and ``unplaced``
        stations add up to the prefecture, prefectures to ``covered``, the classes
        that the licence data tells to ``all``.

    Notes
    -----
    A licence is not a station switched on. A class is told by the licence data of a
    carrier and day where any row has it; filed stations of other classes are
    ``not_licensed_data``. Wards of a designated city are taken together on a day
    whose licence data names only the city, or wards that the list does not have.
    Source: domain.md 3.3 and 6.6.
    """
    known = _known_places(municipalities)
    code_of = listed.drop_duplicates("code").set_index("code")["listed_code"]
    is_compared = licences["band_class"].isin(compared_classes)
    of_carriers = licences[is_compared & licences["carrier"].notna()]
    licensed = _placed(of_carriers, code_of, known)
    covered = licensed[_AREA].drop_duplicates()
    told = licensed[[*_STATE, "band_class"]].drop_duplicates()
    on_air = _placed(_on_air(filed, covered, forms), code_of, known)
    counts = _side_by_side(
        _on_one_level(
            {
                "licensed": licensed,
                "filed": on_air,
                "grid": covered.merge(known, on="pref_code").merge(told, on=_STATE),
            },
            known,
        ),
        covered,
    )
    marked = _marked(counts, told, forms)
    return _finished(_with_scopes(marked, told), labels)


def _known_places(municipalities: pd.DataFrame) -> pd.DataFrame:
    """``pref_code``, ``place``, ``kind`` and ``city`` (of a ward) of all places."""
    is_known = (municipalities["kind"] != "unassigned") & ~municipalities[
        "is_northern_territories"
    ]
    columns = {"city_code": "place", "parent_city_code": "city"}
    return municipalities.rename(columns=columns).loc[
        is_known, ["pref_code", "place", "kind", "city"]
    ]


def _placed(
    rows: pd.DataFrame, code_of: pd.Series, known: pd.DataFrame
) -> pd.DataFrame:
    """Rows with the ``place`` they stand in (empty: not known) and its prefecture."""
    code = rows["city_code"].map(code_of)
    place = code.where(code.isin(known["place"]), _UNPLACED)
    pref_code = place.str[:2].where(place != _UNPLACED, rows["pref_code"])
    return rows.assign(place=place, pref_code=pref_code)


def _on_air(
    filed: pd.DataFrame, covered: pd.DataFrame, forms: pd.DataFrame
) -> pd.DataFrame:
    """Stations of the filings, once for each licence day they are on air."""
    by_station = forms.loc[forms["form"] == "stations", "carrier"]
    counted = filed[filed["is_counted"].astype(bool) & filed["operating_from"].notna()]
    counted = counted[counted["carrier"].isin(by_station)]
    frames = [counted.assign(counted_on=pd.Series(dtype="datetime64[us]")).iloc[:0]]
    for carrier, day in covered[_STATE].drop_duplicates().itertuples(index=False):
        has_ended = counted["ends_on"].notna() & (counted["ends_on"] <= day)
        is_on = (counted["operating_from"] <= day) & ~has_ended
        chosen = counted[is_on & (counted["carrier"] == carrier)]
        frames.append(chosen.assign(counted_on=pd.Timestamp(day)))
    return pd.concat(frames, ignore_index=True).assign(station_count=1)


def _on_one_level(
    frames: Mapping[str, pd.DataFrame], known: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The frames with wards made their city, on days whose licences name the city.

    The grid keeps places without parts: municipalities, wards, and such cities.
    """
    city_of = known.set_index("place")["city"]
    cities = known.loc[known["kind"] == "designated_city", "place"]
    licensed = frames["licensed"]
    named = licensed.loc[licensed["place"].isin(cities), ["counted_on", "place"]]
    whole = pd.MultiIndex.from_frame(named.drop_duplicates())
    lifted = {}
    for name, frame in frames.items():
        city = frame["place"].map(city_of)
        pairs = pd.MultiIndex.from_arrays([frame["counted_on"], city])
        is_part = pd.Series(pairs.isin(whole), index=frame.index) & city.notna()
        lifted[name] = frame.assign(place=city.where(is_part, frame["place"]))
    grid = lifted["grid"]
    is_city = grid["place"].isin(cities)
    pairs = pd.MultiIndex.from_frame(grid[["counted_on", "place"]])
    lifted["grid"] = grid[~is_city | pairs.isin(whole)].drop_duplicates(_KEY)
    return lifted


def _side_by_side(
    frames: Mapping[str, pd.DataFrame], covered: pd.DataFrame
) -> pd.DataFrame:
    """``licensed_count`` and ``filed_count`` by key, of covered prefectures; 0 else."""
    licensed = frames["licensed"].groupby(_KEY)["station_count"].sum()
    filed = frames["filed"].groupby(_KEY)["station_count"].sum()
    grid = pd.MultiIndex.from_frame(frames["grid"][_KEY])
    keys = grid.union(licensed.index).union(filed.index)
    counts = pd.DataFrame(
        {
            "licensed_count": licensed.reindex(keys, fill_value=0),
            "filed_count": filed.reindex(keys, fill_value=0),
        },
        index=keys,
    )
    return counts.reset_index().merge(covered, on=_AREA, validate="m:1")


def _marked(
    counts: pd.DataFrame, told: pd.DataFrame, forms: pd.DataFrame
) -> pd.DataFrame:
    """Counts made null where nothing tells them; rows that tell nothing left out."""
    by_station = forms.loc[forms["form"] == "stations", "carrier"]
    classes = pd.MultiIndex.from_frame(told)
    is_told = pd.MultiIndex.from_frame(counts[[*_STATE, "band_class"]]).isin(classes)
    has_filing = counts["carrier"].isin(by_station)
    return counts.assign(
        licensed_count=counts["licensed_count"].astype("Int64").where(is_told),
        filed_count=counts["filed_count"].astype("Int64").where(has_filing),
    )


def _with_scopes(counts: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Rows of municipalities, unplaced stations, prefectures, and all covered."""
    is_told = counts.merge(told, on=[*_STATE, "band_class"])
    rows = pd.concat([counts, is_told.assign(band_class="all")], ignore_index=True)
    rows = _sums(rows, _KEY).assign(
        scope_kind=lambda r: np.where(
            r["place"] == _UNPLACED, "unplaced", "municipality"
        ),
        scope_code=lambda r: r["place"].where(r["place"] != _UNPLACED, r["pref_code"]),
    )
    by_prefecture = _sums(rows, [*_AREA, "band_class"]).assign(
        scope_kind="prefecture", scope_code=lambda r: r["pref_code"]
    )
    by_all = _sums(rows, [*_STATE, "band_class"]).assign(
        scope_kind="covered", scope_code="JP", pref_code=None
    )
    columns = [*_AREA, "scope_kind", "scope_code", "band_class", *_COUNTS]
    frames = [frame[columns] for frame in (rows, by_prefecture, by_all)]
    return pd.concat(frames, ignore_index=True).astype({"pref_code": "str"})


def _sums(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Sums by key; null where no part is told."""
    return rows.groupby(key)[_COUNTS].sum(min_count=1).reset_index()


def _finished(rows: pd.DataFrame, labels: RunLabels) -> pd.DataFrame:
    """Differences, their status and the common columns."""
    difference = rows["filed_count"] - rows["licensed_count"]
    status = pd.Series("equal", index=rows.index, dtype="str")
    status = status.mask((difference > 0).fillna(value=False), "filed_more")
    status = status.mask((difference < 0).fillna(value=False), "licensed_more")
    status = status.mask(rows["licensed_count"].isna(), "not_licensed_data")
    status = status.mask(rows["filed_count"].isna(), "no_filing")
    has_filing = rows["filed_count"].notna()
    filed_as_of = pd.to_datetime(rows["carrier"].map(dict(labels.filed_as_of)))
    states = pd.MultiIndex.from_frame(rows[_STATE])
    known = {
        (carrier, day): labels.knows(carrier, (day.date(), "operating"))
        for carrier, day in states.unique()
    }
    is_known = pd.Series([known[state] for state in states], rows.index, dtype=bool)
    return rows.assign(
        difference=difference,
        status=status,
        filed_as_of=filed_as_of.where(has_filing),
        is_complete=has_filing & is_known,
        is_synthetic=labels.is_synthetic,
    )
