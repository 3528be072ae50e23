"""Goal of 光ファイバ整備率, and the municipalities that its survey covers."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache

import pandas as pd

from geodata.reference.area import municipalities, prefectures
from geodata.reference.shipped import lend, read_toml


@dataclass(frozen=True)
class BroadbandGoal:
    """Share of households with fibre available to reach, and by which day."""

    share: Fraction
    target_on: date
    provenance: str


@cache
def broadband_goal() -> BroadbandGoal:
    """99.9 % of households by the end of FY2027 (domain.md 3.7)."""
    row = read_toml("targets.toml")["fixed_broadband"]
    return BroadbandGoal(Fraction(*row["share"]), row["target_on"], row["provenance"])


@lend
def surveyed_municipalities() -> pd.DataFrame:
    """Municipalities and wards of 2020 whose towns (町・字) are surveyed.

    Returns
    -------
    DataFrame, shape (1896, 4)
        Sorted by ``city_code``. ``parent_city_code``: the designated city of a ward,
        null otherwise; ``pref_code``; ``bureau_code``. The Northern Territories, which
        no census covers, and land of no municipality are left out.
    """
    table = municipalities()
    is_unit = table["kind"].isin(["municipality", "ward"])
    units = table[is_unit & ~table["is_northern_territories"]].reset_index(drop=True)
    bureau = prefectures().set_index("pref_code")["bureau_code"]
    return units[["city_code", "parent_city_code", "pref_code"]].assign(
        bureau_code=units["pref_code"].map(bureau)
    )
