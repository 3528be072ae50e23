"""The derived denominator of 5G基盤展開率, for runs without the official list.

A cell is a target if it is not Northern-Territories-only, has land enough, and people
live, work or travel there (domain.md 3.1). Which of the three rules is used depends on
what the run knows; the rule's name labels every rate.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh
from geodata.errors import TableError
from geodata.reference import TargetMeshReference

INHABITED_OR_INDUSTRY_RULE = "derived:inhabited-or-industry-v1"
"""Land, and census population or enough of the counted land uses."""

INHABITED_RULE = "derived:inhabited-v1"
"""Land and census population; for runs without land use."""

LISTED_LAND_RULE = "derived:listed-land-v1"
"""At least so many listed 1 km cells; for runs without census population."""

_MESH3_PER_MESH2 = 100
_AREA_TOLERANCE = 1e-9  # to which areas are known (domain.md 2.7)


class DerivedTargets(NamedTuple):
    """Target meshes (対象メッシュ) by a derived rule.

    Attributes
    ----------
    mesh2 : int64 array
        Secondary meshes, ascending.
    rule_id : str
        The rule, such as ``derived:inhabited-v1``; the `denominator_source`.
    report : DataFrame
        One row per cell of the facts, ascending by ``mesh2``:
        ``is_northern_territories`` (bool); ``mesh3_count`` (int64);
        ``land_share`` (float64: land over the cell's area; null without boundaries)
        and ``has_land`` (bool: the rule's condition on land, for ``listed-land`` the
        number of listed cells); ``population_count`` (Int64; null: unknown) and
        ``has_population``; ``known_share`` (float64: fine cells whose use is known),
        ``industry_share`` (float64: those of a counted use) and ``has_industry``;
        ``is_target`` (bool). A condition that the rule does not ask for is null
        (boolean); so are shares of what the run does not know.
    """

    mesh2: npt.NDArray[np.int64]
    rule_id: str
    report: pd.DataFrame


def derived_targets(
    facts: pd.DataFrame,
    rule: TargetMeshReference,
    *,
    land_area: pd.DataFrame | None = None,
    population: pd.DataFrame | None = None,
    land_use: pd.DataFrame | None = None,
    counted_codes: Collection[str] = (),
) -> DerivedTargets:
    """Target meshes by the best rule that the given tables allow.

    Parameters
    ----------
    facts : DataFrame
        ``mesh2`` (unique), ``mesh3_count``, ``is_northern_territories`` of the cells
        with land. Not modified, like all tables.
    rule : TargetMeshReference
        Thresholds. Reaching one exactly is enough.
    land_area : DataFrame, optional
        ``mesh2``, ``land_area_m2``: one row for each cell of `facts`. None: a listed
        1 km cell counts as 1/100 of land, so that every listed cell has land enough
        for a threshold of up to 1 %.
    population : DataFrame, optional
        ``mesh2``, ``population_count``: census residents, complete for the nation.
        Cells without a row have none (domain.md 6.3). None: ``listed-land``.
    land_use : DataFrame, optional
        Rows of ``raw.land_use``, of one edition and complete for the nation. None:
        ``inhabited``.
    counted_codes : collection of str
        Codes of `land_use` that count, by its edition's code list
        (:func:`geodata.reference.land_use.counted_codes`).

    Returns
    -------
    DerivedTargets
        Cells, rule and the reasons of every cell.

    Raises
    ------
    TableError
        A population is null (unknown is not uninhabited, so the rule does not
        apply), a cell of `facts` has no land area, an uninhabited cell has no land
        use, a key repeats, or land use comes without counted codes.

    Notes
    -----
    Land use is compared as whole fine cells of the 10,000 (100 m) or 40,000 (50 m)
    of a secondary mesh; within one they differ in area by less than 0.08 %. Land area
    is known to 1e-9, so a share that near to the threshold reaches it.
    """
    report = _ground(facts, rule, land_area)
    if population is None:
        report["has_land"] = report["mesh3_count"] >= rule.listed_land_min_mesh3_count
        rule_id, chosen = LISTED_LAND_RULE, report["has_land"]
    else:
        report = _with_population(report, population)
        chosen = report["has_land"] & report["has_population"]
        rule_id = INHABITED_RULE
    if population is not None and land_use is not None:
        report = _with_land_use(report, rule, land_use, frozenset(counted_codes))
        active = report["has_population"] | report["has_industry"]
        chosen = report["has_land"] & active
        rule_id = INHABITED_OR_INDUSTRY_RULE
    is_target = chosen.fillna(False).astype("bool")
    report["is_target"] = is_target & ~report["is_northern_territories"]
    mesh2 = report.loc[report["is_target"], "mesh2"].to_numpy("int64")
    return DerivedTargets(mesh2, rule_id, report)


def _ground(
    facts: pd.DataFrame, rule: TargetMeshReference, land_area: pd.DataFrame | None
) -> pd.DataFrame:
    """Rows of the report with the conditions on land; later ones still null."""
    _check_unique(facts, "mesh2_facts")
    columns = ["mesh2", "is_northern_territories", "mesh3_count"]
    report = facts[columns].sort_values("mesh2", ignore_index=True)
    report["land_share"] = np.nan
    if land_area is None:
        least_count = rule.land_share_min_per_mille * _MESH3_PER_MESH2
        report["has_land"] = 1000 * report["mesh3_count"] >= least_count
    else:
        _check_unique(land_area, "land_area")
        area = report["mesh2"].map(land_area.set_index("mesh2")["land_area_m2"])
        _check_known(report, area.isna(), "land_area_m2", "give every cell a row")
        share = area / mesh.area_m2(report["mesh2"].to_numpy(), "m2")
        least = rule.land_share_min_per_mille / 1000 * (1 - _AREA_TOLERANCE)
        report = report.assign(land_share=share, has_land=share >= least)
    unknown = pd.Series(pd.NA, index=report.index)
    return report.assign(
        population_count=unknown.astype("Int64"),
        has_population=unknown.astype("boolean"),
        known_share=np.nan,
        industry_share=np.nan,
        has_industry=unknown.astype("boolean"),
    )


def _with_population(report: pd.DataFrame, population: pd.DataFrame) -> pd.DataFrame:
    _check_unique(population, "population")
    counts = population.set_index("mesh2")["population_count"].astype("Int64")
    unknown = report["mesh2"].isin(counts.index[counts.isna()])
    people = report["mesh2"].map(counts).astype("Int64").fillna(0).mask(unknown)
    _check_known(
        report,
        unknown & ~report["is_northern_territories"],
        "population_count",
        "unknown is not uninhabited. Give the census of the whole nation, or none",
    )
    return report.assign(
        population_count=people, has_population=(people > 0).astype("boolean")
    )


def _with_land_use(
    report: pd.DataFrame,
    rule: TargetMeshReference,
    land_use: pd.DataFrame,
    counted_codes: frozenset[str],
) -> pd.DataFrame:
    """Add the share of the counted uses; null where no fine cell is known."""
    if not counted_codes:
        raise TableError("raw.land_use: no counted codes were given for its edition.")
    per_mesh3 = land_use["cells_per_mesh3"].unique()
    if len(per_mesh3) != 1:
        raise TableError(
            f"raw.land_use: {len(per_mesh3)} kinds of fine cells; wanted one edition."
        )
    total = int(per_mesh3[0]) * _MESH3_PER_MESH2
    mesh2 = mesh.parent(land_use["mesh3"].to_numpy("int64"), "m3", "m2")
    is_counted = land_use["land_use_code"].isin(counted_codes).to_numpy()
    count = land_use["cell_count"].to_numpy("int64")
    known = report["mesh2"].map(pd.Series(count).groupby(mesh2).sum())
    counted = report["mesh2"].map(pd.Series(count * is_counted).groupby(mesh2).sum())
    is_asked = ~report["is_northern_territories"] & report["has_land"]
    _check_known(
        report,
        known.isna() & is_asked & ~report["has_population"],
        "land_use_code",
        "an uninhabited cell needs its land use. Give the whole nation, or none",
    )
    reaches = 1000 * counted >= rule.industry_share_min_per_mille * total
    return report.assign(
        known_share=known / total,
        industry_share=counted / total,
        has_industry=reaches.astype("boolean").mask(known.isna()),
    )


def _check_unique(table: pd.DataFrame, name: str) -> None:
    repeated = table["mesh2"][table["mesh2"].duplicated()]
    if len(repeated):
        raise TableError(
            f"{name}: {len(repeated)} repeated mesh2, first {repeated.iloc[0]}."
        )


def _check_known(
    report: pd.DataFrame, is_unknown: pd.Series, column: str, fix: str
) -> None:
    """Refuse a rule that needs what is not known of some cell."""
    cells = report.loc[is_unknown.astype("bool"), "mesh2"]
    if len(cells):
        raise TableError(
            f"{column} is unknown for {len(cells)} of {len(report)} cells, first "
            f"{cells.iloc[0]}: {fix}."
        )
