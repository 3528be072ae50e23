"""面積カバー率: share of the land of a scope that coverage areas (エリア図) cover."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.editions import MODELLED, InForce, editions_in_force
from coverage.exact import percent_half_up
from coverage.labels import RunLabels, State, labelled
from coverage.land_area import PER_M2, thousandths, within_land
from coverage.population import with_plan_told
from coverage.scopes import Scopes, scopes_of
from geodata.errors import TableError

LAND_SOURCE = "derived:n03-land"
"""``denominator_source``: land as measured from the boundaries (N03) of the run."""

Integers = npt.NDArray[np.int64]


def area_coverage(
    editions: pd.DataFrame,
    land_coverage: pd.DataFrame | None,
    land: pd.DataFrame | None,
    scopes: pd.DataFrame,
    states: Sequence[State],
    labels: RunLabels,
) -> pd.DataFrame:
    """面積カバー率 per scope, carrier, day and basis: covered land / land.

    Parameters
    ----------
    editions : DataFrame
        Rows of ``core.coverage_edition``. Not modified.
    land_coverage : DataFrame or None
        Rows of ``core.mesh4_land_coverage``; None without boundaries. An edition
        covers nothing of a prefecture in which it has no row. Not modified.
    land : DataFrame or None
        ``pref_code``, ``land_area_m2``: land of each prefecture whose boundaries are
        all there; other prefectures have no row, or a null. Not modified.
    scopes : DataFrame
        ``pref_code``, ``bureau_code`` of all prefectures.
    states : sequence of (date, basis)
        Days and bases to report.
    labels : RunLabels
        What holds for the whole run; the denominator is :data:`LAND_SOURCE`.

    Returns
    -------
    DataFrame
        Columns of ``out.area_coverage``: every carrier and combined with
        ``coverage_source`` filed, and those with modelled areas once more with
        modelled. Combined is the union of the areas. Numbers are null for a carrier
        without areas (``no_coverage``) and for a scope of which a prefecture has no
        boundaries (``no_boundaries``); no land at all is ``no_denominator``.
        Prefectures and bureaus add up to the nation exactly.

    Raises
    ------
    TableError
        A prefecture is unknown, a land area is negative or not finite, or more land
        of a prefecture is covered than there is.

    Notes
    -----
    Areas are in EPSG:6933, inland water included as in N03, each prefecture's rounded
    to 0.001 m2; percentages are of the exact fraction. No official 5G figure uses
    this metric (domain.md 3.5, a project decision).
    """
    added_up = scopes_of(scopes)
    known = _by_prefecture(land if land_coverage is not None else None, added_up)
    in_force = editions_in_force(editions, states)
    used = sorted({name for stand in in_force for name in stand.edition_of.values()})
    covered = _covered(land_coverage, used, added_up, known)
    by_edition = dict(zip(used, covered @ added_up.matrix, strict=True))
    land_of_scope = _land_of_scopes(known, added_up)
    of_land = replace(labels, denominator_source=LAND_SOURCE)
    frames = [
        with_plan_told(
            labelled(
                _state_rows(stand, by_edition, land_of_scope, added_up, of_land),
                list(stand.parts),
                of_land,
            ),
            stand,
            labels,
        )
        for stand in in_force
    ]
    return pd.concat(frames, ignore_index=True)


def _by_prefecture(land: pd.DataFrame | None, scopes: Scopes) -> pd.Series:
    """Land of each prefecture in thousandths of a square metre; null: not known."""
    unknown = pd.Series(pd.NA, index=scopes.prefectures, dtype="Int64")
    if land is None:
        return unknown
    told = land[land["land_area_m2"].notna()]
    area = told["land_area_m2"].to_numpy("float64")
    is_strange = ~(np.isfinite(area) & (area >= 0)) | told["pref_code"].duplicated()
    if is_strange.any():
        first = told[is_strange].iloc[0]
        raise TableError(
            f"Land by prefecture: {first['pref_code']} has {first['land_area_m2']} m2; "
            "wanted a finite number of 0 or more, once for each prefecture. Check the "
            "boundaries given."
        )
    place = scopes.place_of(list(told["pref_code"]), "Land by prefecture")
    unknown.iloc[place] = thousandths(area)
    return unknown


def _covered(
    land_coverage: pd.DataFrame | None,
    used: list[str],
    scopes: Scopes,
    known: pd.Series,
) -> Integers:
    """Covered land by edition and prefecture, in thousandths of a square metre.

    Of prefectures without all their boundaries it is 0, and no row shows it.
    """
    covered = np.zeros((len(used), len(scopes.prefectures)), "int64")
    if land_coverage is None or not used:
        return covered
    rows = land_coverage[land_coverage["edition"].isin(used)]
    sums = rows.groupby(["edition", "pref_code"])["covered_area_m2"].sum()
    sums = sums.reset_index()
    at = (
        pd.Index(used).get_indexer(sums["edition"]),
        scopes.place_of(list(sums["pref_code"]), "core.mesh4_land_coverage"),
    )
    covered[at] = thousandths(sums["covered_area_m2"].to_numpy("float64"))
    is_known = known.notna().to_numpy()
    total = known.fillna(0).to_numpy("int64")
    covered[:, ~is_known] = 0
    for number, edition in enumerate(used):
        name = partial(_place, scopes, edition)
        covered[number] = within_land(covered[number], total, name)
    return covered


def _place(scopes: Scopes, edition: str, at: int) -> str:
    return f"prefecture {scopes.prefectures[at]} ({edition})"


def _land_of_scopes(known: pd.Series, scopes: Scopes) -> list[int | None]:
    """Land of each scope; None where a prefecture of it has no boundaries."""
    total = known.fillna(0).to_numpy("int64") @ scopes.matrix
    missing = known.isna().to_numpy().astype("int64") @ scopes.matrix
    return [
        None if count else int(area) for area, count in zip(total, missing, strict=True)
    ]


def _state_rows(
    stand: InForce,
    by_edition: dict[str, Integers],
    land_of_scope: list[int | None],
    scopes: Scopes,
    labels: RunLabels,
) -> pd.DataFrame:
    """Rows of one day and source: all carriers, or those with modelled areas."""
    is_modelled = stand.source == MODELLED
    frames = []
    for carrier in labels.rows:
        edition = stand.edition_of.get(carrier)
        if edition is None and is_modelled:
            continue
        covered = None if edition is None else by_edition[edition].tolist()
        rows = _numbers(covered, land_of_scope).assign(
            carrier=carrier, coverage_as_of=stand.as_of.get(carrier, pd.NaT)
        )
        frames.append(pd.concat([scopes.names, rows], axis=1))
    return pd.concat(frames, ignore_index=True).assign(
        as_of=pd.Timestamp(stand.state[0]),
        basis=stand.state[1],
        assignment="split",
        coverage_source=stand.source,
        coverage_as_of=lambda rows: pd.to_datetime(rows["coverage_as_of"]),
    )


def _numbers(
    covered: list[int] | None, land_of_scope: list[int | None]
) -> pd.DataFrame:
    """Areas, rates and status of each scope of one carrier."""
    parts: list[int | None] = [None] * len(land_of_scope)
    if covered is not None:
        parts = [
            None if land is None else part
            for part, land in zip(covered, land_of_scope, strict=True)
        ]
    pairs = [
        (part, land) if part is not None and land else None
        for part, land in zip(parts, land_of_scope, strict=True)
    ]
    status = [_status(covered is not None, land) for land in land_of_scope]
    return pd.DataFrame(
        {
            "covered_area_m2": _square_metres(parts),
            "land_area_m2": _square_metres(land_of_scope),
            "rate": [np.nan if pair is None else pair[0] / pair[1] for pair in pairs],
            "rate_pct_published": [
                np.nan if pair is None else percent_half_up(*pair) for pair in pairs
            ],
            "status": status,
        }
    )


def _status(has_areas: bool, land: int | None) -> str:
    if not has_areas:
        return "no_coverage"
    if land is None:
        return "no_boundaries"
    return "ok" if land else "no_denominator"


def _square_metres(areas: Sequence[int | None]) -> list[float]:
    return [np.nan if area is None else area / PER_M2 for area in areas]
