"""What whoever checks filings can set: limits, tolerances, waivers, consent."""

import math
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from geodata.filings.answers.waivers import Waiver


class _Numbers:
    """Numbers that settings may carry: no unknown name, none negative, NaN or endless.

    Raises
    ------
    ValueError
        A number is not finite, or lies below `_least`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    _least: ClassVar[float] = 0

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if not (math.isfinite(value) and value >= self._least):
                raise ValueError(
                    f"{item.name} is {value}; it must be a number of {self._least} "
                    "or more."
                )


@dataclass(frozen=True)
class Limits(_Numbers):
    """Sizes above which a filing is refused unread (hostile or broken archives).

    Attributes
    ----------
    max_members : int
        Entries of a zip, or files and folders in a folder.
    max_path_length : int
        Characters of a path inside the filing, folders included.
    max_unpacked_bytes, max_file_bytes, max_plan_bytes : int
        Bytes of all files together, of one file, of ``plan.toml``.
    max_ratio : int
        Unpacked to packed bytes of a zip member; filed tables give 5 to 40.
    max_rows : int
        Lines of a table; a few bytes of a zip or Parquet file can stand for billions.
    max_coverage_cells : int
        500 m cells that coverage areas reach, each area by itself; 100 times Japan.
    max_long_edge_cells : int
        Grid lines that edges of coverage areas cross beyond eight each: memory.
    max_raster_pixels, max_raster_vertices : int
        Pixels of a coverage raster, and vertices of the areas it gives, all bands
        together: ten times the pixels of a national raster of 100 m, and twice the
        vertices of ragged areas in it; a check then takes up to 4 GiB.
    max_raster_block_bytes : int
        Bytes of one stored block of a coverage raster, unpacked, all bands together.
    """

    _least: ClassVar[float] = 1

    max_members: int = 1_000
    max_path_length: int = 250
    max_unpacked_bytes: int = 4 * 1024**3
    max_file_bytes: int = 2 * 1024**3 - 1  # more text than one column can address
    max_plan_bytes: int = 1024**2
    max_ratio: int = 200
    max_rows: int = 5_000_000
    max_coverage_cells: int = 200_000_000
    max_long_edge_cells: int = 10_000_000
    max_raster_pixels: int = 10_000_000_000
    max_raster_vertices: int = 15_000_000
    max_raster_block_bytes: int = 256 * 1024**2


@dataclass(frozen=True)
class Tolerances(_Numbers):
    """How far values may lie apart before a plausibility rule speaks."""

    moved_m: float = 30.0
    moved_together_share: float = 0.5
    moved_together_sites: int = 5
    published_share: float = 0.05
    rate_points: float = 0.05
    published_points: float = 5.0
    growth_factor: float = 10.0
    growth_floor_count: int = 1_000
    site_spread_m: float = 100.0
    density_factor: float = 10.0
    density_floor_count: int = 100
    stacked_site_count: int = 10
    repair_share: float = 0.01
    area_least_m2: float = 10.0
    layer_least_km2: float = 0.1
    sliver_width_m: float = 2.0
    off_land_km: float = 20.0
    off_land_share: float = 0.5
    outside_all_share: float = 0.01
    coverage_age_days: float = 366.0


@dataclass(frozen=True)
class CheckOptions:
    """Everything a check depends on besides the filing and the day.

    Attributes
    ----------
    limits, tolerances
        See there; the settings of the program fill them.
    waivers : tuple of Waiver
        Of every carrier; those that fit a filing are taken from it.
    accept_repairs : bool
        Whether geometry repaired by rule may be used (before and after are written).
    target_mesh2 : ndarray of int64, optional
        Target meshes (対象メッシュ); None: the list derived by rule.
    """

    limits: Limits = field(default_factory=Limits)
    tolerances: Tolerances = field(default_factory=Tolerances)
    waivers: tuple[Waiver, ...] = ()
    accept_repairs: bool = False
    target_mesh2: np.ndarray | None = None
