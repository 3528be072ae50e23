"""The generator's calibration: typed view of ``calibration.toml``."""

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from geodata.calendar import fiscal_year_of
from geodata.errors import ReferenceTableError

T = TypeVar("T")


@dataclass(frozen=True)
class PopulationSettings:
    """Kernels that spread prefecture totals over 1 km cells."""

    inhabited_share: float
    density_at_100k: float
    density_exponent: float
    least_sigma_km: float
    rural_sigma_km: float
    rural_share: float
    office_core: float
    office_rural: float
    office_sigma_km: float
    noise_rural: float
    noise_urban: float
    noise_limit: float
    noise_half_density: float


@dataclass(frozen=True)
class SplitSettings:
    """How the residents of a 1 km cell lie on its four 500 m cells."""

    noise_rural: float
    noise_urban: float
    noise_limit: float
    noise_half_density: float
    least_residents: float


@dataclass(frozen=True)
class AreaSettings:
    """What decides which 500 m cells coverage areas hold."""

    planned_on: date
    combined_pct: float
    reach_steps: int
    own_weight: float
    noise_cells: list[int]
    noise_heights: list[float]
    carrier_noise: float


@dataclass(frozen=True)
class CarrierAreas:
    """Residents in one carrier's areas, percent of the nation, by date."""

    early_pct: float
    early_sub6_pct: float
    planned_pct: float
    planned_sub6_pct: float


@dataclass(frozen=True)
class RolloutSettings:
    """How strictly population decides which cells come first."""

    union_noise: float
    early_noise: float
    carrier_noise: float
    bureau_share: float


@dataclass(frozen=True)
class RowSettings:
    """Shares by which rows of stations are drawn."""

    population_exponent: float
    uninhabited_weight: float
    advanced_share: float
    anchor_mmwave_share: float
    indoor_share: float
    repeater_share: float
    retired_share: float
    colocated_share: float
    infrastructure_sharing_share: float
    licensed_share: float
    year_only_share: float
    quarter_share: float
    outside_target_fiscal_year: int
    reuse_from: date
    stand_alone_share: list[float]


@dataclass(frozen=True)
class RadioSettings:
    """Ranges of heights, powers and backhaul."""

    outdoor_eirp_dbm_per_mhz: list[float]
    indoor_eirp_dbm_per_mhz: list[float]
    outdoor_height_m: list[float]
    mmwave_height_m: list[float]
    indoor_height_m: list[float]
    advanced_backhaul_gbps: list[float]
    ordinary_backhaul_gbps: list[float]


@dataclass(frozen=True)
class CarrierSettings:
    """One carrier's path; lists run over the fiscal years."""

    station_id_prefix: str
    submitted_on: date
    service_start: date
    nr_bands: list[str]
    cells: list[int]
    stations: list[int]
    outside_target_cells: int
    early_prefectures: list[str]
    class_share: dict[str, Any]


@dataclass(frozen=True)
class Calibration:
    """Everything the generator is calibrated to."""

    first_fiscal_year: int
    as_of: date
    target_cell_count: int
    combined_cell_count: int
    early_combined_cell_count: int
    population: PopulationSettings
    split: SplitSettings
    areas: AreaSettings
    rollout: RolloutSettings
    rows: RowSettings
    radio: RadioSettings
    carriers: dict[str, CarrierSettings]
    carrier_areas: dict[str, CarrierAreas]
    reused_certified_on: dict[tuple[str, float], date]

    @property
    def fiscal_years(self) -> list[int]:
        """Fiscal years that the lists run over."""
        count = len(self.rows.stand_alone_share)
        return list(range(self.first_fiscal_year, self.first_fiscal_year + count))

    @property
    def as_of_fiscal_year(self) -> int:
        """Last fiscal year with operating rows: the one that ends on `as_of`."""
        return fiscal_year_of(self.as_of)


def calibration_text() -> str:
    """The file as people edit it, marks and comments included."""
    return files("geodata.scenario").joinpath("calibration.toml").read_text("utf-8")


@cache
def calibration() -> Calibration:
    """Read the shipped calibration.

    Raises
    ------
    ReferenceTableError
        A value is missing from the file.
    """
    data = tomllib.loads(calibration_text())["calibration"]
    return Calibration(
        first_fiscal_year=data["first_fiscal_year"],
        as_of=data["as_of"],
        target_cell_count=data["target_cell_count"],
        combined_cell_count=data["combined_cell_count"],
        early_combined_cell_count=data["early_combined_cell_count"],
        population=_section(PopulationSettings, data["population"]),
        split=_section(SplitSettings, data["split"]),
        areas=_section(AreaSettings, data["areas"]),
        rollout=_section(RolloutSettings, data["rollout"]),
        rows=_section(RowSettings, data["rows"]),
        radio=_section(RadioSettings, data["radio"]),
        carriers={
            name: _section(CarrierSettings, table)
            for name, table in data["carrier"].items()
        },
        carrier_areas={
            name: _section(CarrierAreas, table["areas"])
            for name, table in data["carrier"].items()
        },
        reused_certified_on={
            (block["carrier"], float(block["low_mhz"])): block["certified_on"]
            for block in data["reused_block"]
        },
    )


def _section(kind: type[T], table: dict[str, Any]) -> T:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    absent = [name for name in names if name not in table]
    if absent:
        raise ReferenceTableError(
            f"calibration.toml: {kind.__name__} lacks {', '.join(absent)}; add "
            "each value with its mark."
        )
    return kind(**{name: table[name] for name in names})
