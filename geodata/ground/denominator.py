"""Which target meshes a run has: the supplied list, or the best rule it can derive."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata import mesh, reference
from geodata.ground.people import People
from geodata.placement.denominator import DerivedTargets, derived_targets
from geodata.reference.land_use import counted_codes

SUPPLIED = "raw.target_mesh"
LAND_USE = "raw.land_use"


@dataclass(frozen=True)
class Denominator:
    """Target meshes (対象メッシュ) of a run.

    Attributes
    ----------
    mesh2 : int64 array
        Secondary meshes, ascending.
    source : str
        ``official``, ``derived:<rule>`` or ``synthetic:<generator>``.
    conditions : DataFrame or None
        Rows of ``out.target_condition``: why each cell is in or out; None for a
        supplied list.
    warnings : list of str
        What whoever reads the release should know.
    """

    mesh2: npt.NDArray[np.int64]
    source: str
    conditions: pd.DataFrame | None = None
    warnings: list[str] = field(default_factory=list)


def denominator(
    given: Mapping[str, pd.DataFrame],
    supplied_source: str | None,
    land_area: pd.Series,
    residents: People,
) -> Denominator:
    """Target meshes of the run.

    Parameters
    ----------
    given : mapping
        ``raw`` tables of the run.
    supplied_source : str or None
        ``denominator_source`` of the list in ``raw.target_mesh``, if there is one.
    land_area : Series of float64, index mesh2
        Square metres; null where unknown.
    residents : People
        Used where the census is complete.
    """
    if supplied_source is not None:
        mesh2 = given[SUPPLIED]["mesh2"].to_numpy("int64")
        return Denominator(
            mesh2, supplied_source, None, _deviation(mesh2, supplied_source)
        )
    derived, notes = _derived(given, land_area, residents)
    conditions = derived.report.assign(denominator_source=derived.rule_id)
    return Denominator(
        derived.mesh2,
        derived.rule_id,
        conditions,
        [*_deviation(derived.mesh2, derived.rule_id), *notes],
    )


def _derived(
    given: Mapping[str, pd.DataFrame],
    land_area: pd.Series,
    residents: People,
) -> tuple[DerivedTargets, list[str]]:
    """The best rule that what is known of every cell allows."""
    facts, rule = reference.mesh2_facts(), reference.target_mesh_reference()
    if not residents.is_complete:
        return derived_targets(facts, rule), []
    land = land_area.reindex(facts["mesh2"])
    is_known = bool(land.notna().all())
    area = land.rename_axis("mesh2").rename("land_area_m2").reset_index()
    known = {
        "land_area": area if is_known else None,
        "population": _of_every_cell(residents, facts),
    }
    notes = [] if is_known else [
        "Land area is not known of every cell (no N03, or not of all prefectures): "
        "the derived denominator does not ask for land."
    ]  # fmt: skip
    inhabited = derived_targets(facts, rule, **known)
    land_use = given.get(LAND_USE)
    if land_use is None:
        return inhabited, notes
    lacking = _without_land_use(inhabited.report, land_use)
    if lacking:
        notes.append(
            f"Land use is not there for {lacking} uninhabited cells: the denominator "
            "is derived from population alone."
        )
        return inhabited, notes
    codes = counted_codes(land_use["code_list"].iloc[0])
    use = {"land_use": land_use, "counted_codes": codes}
    return derived_targets(facts, rule, **known, **use), notes


def _of_every_cell(residents: People, facts: pd.DataFrame) -> pd.DataFrame:
    counts = residents.at_least.reindex(facts["mesh2"])
    return counts.rename_axis("mesh2").rename("population_count").reset_index()


def _without_land_use(report: pd.DataFrame, land_use: pd.DataFrame) -> int:
    """Cells whose membership hangs on a land use that is not there."""
    is_asked = (
        report["has_land"]
        & ~report["is_northern_territories"]
        & ~report["has_population"].fillna(value=True).astype("bool")
    )
    there = mesh.parent(land_use["mesh3"].to_numpy("int64"), "m3", "m2")
    return int((is_asked & ~report["mesh2"].isin(there)).sum())


def _deviation(mesh2: npt.NDArray[np.int64], source: str) -> list[str]:
    rule = reference.target_mesh_reference()
    count, published = len(mesh2), rule.reference_count
    if 100 * abs(count - published) <= rule.tolerance_pct * published:
        return []
    return [
        f"{count} target meshes ({source}) are {count / published:.3f} of the "
        f"published {published}; more than {rule.tolerance_pct} % off."
    ]
