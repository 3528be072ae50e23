"""Columns of the coverage areas of a filing, and of their repairs (domain.md 4.5)."""

import pyarrow as pa

from geodata.filings.tables.layout import Field, FiledTable
from geodata.schemas import Table
from geodata.schemas.table import Column

COVERAGE_AREA = Table(
    "raw.coverage_area",
    "エリア図",
    "one row per accepted feature of coverage.*: the area that a carrier covers",
    ("carrier", "plan_id", "line"),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column("plan_id", pa.string(), "開設計画ID", "identifier of the filing"),
        Column("file", pa.string(), "ファイル", "file of the filing it stands in"),
        Column("line", pa.int64(), "地物番号", "1-based number of the feature"),
        Column("band_class", pa.string(), "周波数区分", "band class or all"),
        Column("as_of", pa.date32(), "基準日", "day on which the area was covered"),
        Column(
            "outdoor",
            pa.bool_(),
            "屋外",
            "true: outdoor coverage, the only one that metrics use; null: not said",
            nullable=True,
        ),
        Column("area_m2", pa.float64(), "面積(m2)", "square metres, in EPSG:6933"),
        Column("is_repaired", pa.bool_(), "修復済み", "repaired by consent"),
        Column(
            "geometry",
            pa.large_binary(),
            "形状",
            "WKB of a valid (multi)polygon, degrees on JGD2011 (EPSG:6668), 2D",
        ),
    ),
)
"""Not stored yet: it is handed on by `geodata.filings.FilingReport.coverage`."""

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
"""``coverage.gpkg``, ``.parquet`` or ``.geojson``, its geometry apart."""

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
