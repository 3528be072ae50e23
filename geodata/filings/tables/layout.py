"""Columns of the three tables of a filing, as data."""

from dataclasses import dataclass

from geodata.schemas import Table
from geodata.schemas.raw import MESH_COUNT, PREFECTURE_COUNT, STATION


@dataclass(frozen=True)
class Field:
    """One filed column: its kind of value and whether every row needs it."""

    name: str
    kind: str
    is_required: bool = False


@dataclass(frozen=True)
class FiledTable:
    """One table of the format: file stem, columns, unique key, table it becomes."""

    stem: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    raw_table: Table

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the format."""
        return tuple(field.name for field in self.fields)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that the header must name."""
        return tuple(field.name for field in self.fields if field.is_required)


def _needed(kind: str, *names: str) -> tuple[Field, ...]:
    return tuple(Field(name, kind, is_required=True) for name in names)


def _optional(kind: str, *names: str) -> tuple[Field, ...]:
    return tuple(Field(name, kind) for name in names)


STATIONS = FiledTable(
    "stations",
    (
        *_needed("text", "station_id"),
        *_optional("text", "site_id"),
        *_needed("number", "lat", "lon"),
        *_optional("text", "pref_code"),
        *_needed("text", "band"),
        *_optional("number", "freq_low_mhz", "freq_high_mhz", "bandwidth_mhz"),
        *_needed("text", "station_type"),
        *_optional("text", "parent_station_id"),
        *_needed("boolean", "indoor"),
        *_optional("number", "antenna_height_m", "eirp_dbm"),
        *_optional("text", "azimuth_deg"),
        *_optional("number", "backhaul_gbps"),
        *_optional("boolean", "sa_capable", "shared"),
        *_optional("date", "planned_start"),
        *_optional("integer", "planned_fy", "planned_quarter"),
        *_optional("date", "actual_start", "end_date"),
        *_needed("text", "status"),
    ),
    ("station_id", "band"),
    STATION,
)
"""``stations.csv``: one row per station and band (domain.md 4.2)."""

MESH_COUNTS = FiledTable(
    "mesh_counts",
    (
        *_needed("text", "mesh2"),
        *_needed("integer", "fiscal_year"),
        *_needed("text", "band_class"),
        *_needed("integer", "n_advanced", "n_ordinary", "n_indoor"),
    ),
    ("mesh2", "fiscal_year", "band_class"),
    MESH_COUNT,
)
"""``mesh_counts.csv``: cumulative counts per cell and year (domain.md 4.3)."""

PREFECTURE_COUNTS = FiledTable(
    "prefecture_counts",
    (
        *_needed("text", "pref_code"),
        *_needed("integer", "fiscal_year", "n_advanced", "n_ordinary"),
        *_optional("number", "base_deployment_rate_pct", "population_coverage_pct"),
    ),
    ("pref_code", "fiscal_year"),
    PREFECTURE_COUNT,
)
"""``prefecture_counts.csv``: year-end plan per prefecture (domain.md 4.4)."""

TABLES = (STATIONS, MESH_COUNTS, PREFECTURE_COUNTS)
"""From the finest granularity to the coarsest."""
