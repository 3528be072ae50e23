"""Mesh stage: put filed stations and counts on JIS X 0410 cells (``core`` tables)."""

from geodata.placement.cells import mesh2_cells
from geodata.placement.events import all_events, control_counts
from geodata.placement.filings import (
    carrier_filings,
    last_planned_days,
    last_planned_on,
)
from geodata.placement.outside import outside_target
from geodata.placement.stations import place_stations

__all__ = [
    "all_events",
    "carrier_filings",
    "control_counts",
    "last_planned_days",
    "last_planned_on",
    "mesh2_cells",
    "outside_target",
    "place_stations",
]
