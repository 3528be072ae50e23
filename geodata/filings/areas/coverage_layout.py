"""Columns of the coverage areas of a filing, and of their repairs (domain.md 4.5)."""

import pyarrow as pa

from geodata.filings.tables.layout import Field, FiledTable
from geodata.schemas.coverage_area import COVERAGE_AREA

COVERAGE = FiledTable(
    "coverage",
    (
        Field("carrier", "text", is_required=True),
        Field("band_class", "text", is_required=True),
        Field("as_of", "date", is_required=True),
        Field("outdoor", "boolean"),
    ),
    (),
    COVERAGE_AREA,
)
"""``coverage.gpkg``, ``.parquet``, ``.geojson`` or ``.tif``, its geometry apart."""

REPAIR = pa.schema(
    [
        ("line", pa.int64()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("area_before_m2", pa.float64()),
        ("area_after_m2", pa.float64()),
        ("change_m2", pa.float64()),
        ("change_pct", pa.float64()),
        ("before", pa.large_binary()),
        ("after", pa.large_binary()),
    ]
)
"""One row per invalid area: the geometries as WKB on JGD2011 (EPSG:6668).

``state`` is `APPLIED`, `PROPOSED` or `REFUSED`. Areas are in m2 (EPSG:6933), the one
before by the ring formula, as GIS programs show it. ``change_pct`` is in percent of
the larger of the two. What is null does not exist: no repair was found.
"""

APPLIED = "applied"
"""Consent was given and the repaired area is used."""

PROPOSED = "proposed"
"""A repair is at hand, and not used."""

REFUSED = "refused"
"""No repair, or one that changes too much: consent does not help."""
