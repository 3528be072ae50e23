"""What whoever checks filings can set: limits, tolerances, waivers, consent."""

from dataclasses import dataclass, field

import numpy as np

from geodata.filings.waivers import Waiver


@dataclass(frozen=True)
class Limits:
    """Sizes above which a filing is refused unread (hostile or broken archives)."""

    max_members: int = 1_000
    max_unpacked_bytes: int = 4 * 1024**3
    max_file_bytes: int = 2 * 1024**3 - 1  # more text than one column can address
    max_ratio: int = 1_000
    max_plan_bytes: int = 1024**2


@dataclass(frozen=True)
class Tolerances:
    """How far values may lie apart before a plausibility rule speaks."""

    moved_m: float = 30.0
    published_share: float = 0.05
    rate_points: float = 0.05
    growth_factor: float = 10.0
    growth_floor_count: int = 1_000
    site_spread_m: float = 100.0
    density_factor: float = 10.0
    density_floor_count: int = 100
    stacked_site_count: int = 10


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
