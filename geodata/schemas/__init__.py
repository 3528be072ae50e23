"""Schemas of every table in the workspace and in a release, as data.

One declaration feeds the checks on entering and leaving a stage, the comments in
DuckDB, the field aliases in the GeoPackage and ``docs/data_dictionary.md``.
"""

from geodata.schemas.core import CORE_TABLES
from geodata.schemas.coverage_area import COVERAGE_AREA_TABLES
from geodata.schemas.out import OUT_TABLES
from geodata.schemas.out_broadband import BROADBAND_TABLES
from geodata.schemas.out_coverage import OUT_COVERAGE_TABLES
from geodata.schemas.out_sources import OUT_SOURCE_TABLES
from geodata.schemas.raw import RAW_TABLES
from geodata.schemas.sources import SOURCE_TABLES
from geodata.schemas.table import Column, Table, conform, empty, to_frame

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *RAW_TABLES,
        *SOURCE_TABLES,
        *CORE_TABLES,
        *OUT_TABLES,
        *BROADBAND_TABLES,
        *OUT_SOURCE_TABLES,
        *COVERAGE_AREA_TABLES,
        *OUT_COVERAGE_TABLES,
    )
}
"""Every declared table by its full name, such as ``out.station_count``."""

__all__ = ["TABLES", "Column", "Table", "conform", "empty", "to_frame"]
