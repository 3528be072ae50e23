"""Tables of coverage areas (エリア図): as filed, and on 500 m cells."""

import pyarrow as pa

from geodata.schemas.table import Column, Table, optional

AS_OF = Column("as_of", pa.date32(), "基準日", "state at the end of this day")
BASIS = Column("basis", pa.string(), "実績・計画", "operating or planned")
CARRIER = Column("carrier", pa.string(), "事業者", "carrier, or combined")
_BAND_CLASS = Column("band_class", pa.string(), "周波数区分", "all, or sub6")
COVERAGE_SOURCE = Column(
    "coverage_source",
    pa.string(),
    "エリアの根拠",
    "filed (coverage areas of the filings) or modelled (discs round stations, an "
    "estimate never to be held against published values)",
)
_EDITION = Column(
    "edition",
    pa.string(),
    "エリア図の版",
    "carrier-band_class-source-day; combined editions end in a hash of their parts",
)
COVERAGE_AS_OF = optional(
    "coverage_as_of",
    pa.date32(),
    "エリア図の基準日",
    "day of the coverage areas in use; of combined rows the oldest of them; null "
    "without any",
)

COVERAGE_AREA = Table(
    "raw.coverage_area",
    "エリア図",
    "one row per accepted feature of coverage.*: the area that a carrier covers",
    ("carrier", "plan_id", "line"),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column("plan_id", pa.string(), "開設計画ID", "identifier of the filing"),
        Column("file", pa.string(), "ファイル", "file of the filing it stands in"),
        Column(
            "line",
            pa.int64(),
            "地物番号",
            "1-based number of the feature; of a raster, of the block of pixels",
        ),
        Column("band_class", pa.string(), "周波数区分", "band class or all"),
        Column("as_of", pa.date32(), "基準日", "day on which the area was covered"),
        optional(
            "outdoor",
            pa.bool_(),
            "屋外",
            "true: outdoor coverage, the only one that metrics use; null: not said",
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

COVERAGE_EDITION = Table(
    "core.coverage_edition",
    "各時点で用いるエリア図",
    "which coverage areas stand for a carrier on a day; no row: none are known",
    ("as_of", "basis", "carrier", "band_class", "coverage_source"),
    (
        AS_OF,
        BASIS,
        CARRIER,
        _BAND_CLASS,
        COVERAGE_SOURCE,
        _EDITION,
        COVERAGE_AS_OF,
        Column(
            "parts",
            pa.string(),
            "構成",
            "semicolon list of the editions of single carriers; of one: itself",
        ),
    ),
)

MESH4_COVERAGE = Table(
    "core.mesh4_coverage",
    "500mメッシュのカバー率",
    "share of each 500 m cell that an edition of coverage areas covers; cells that "
    "it does not reach have no row",
    ("edition", "mesh4"),
    (
        _EDITION,
        Column("mesh4", pa.int64(), "四次メッシュ", "half mesh, about 500 m"),
        Column(
            "covered_share",
            pa.float64(),
            "カバー面積の割合",
            "covered area / area of the cell, 0-1, in EPSG:6933",
        ),
        optional(
            "covered_land_share",
            pa.float64(),
            "陸地のカバー割合",
            "covered land / land of the cell, 0-1; null without boundaries, or "
            "without land",
        ),
    ),
)

MESH4_LAND_COVERAGE = Table(
    "core.mesh4_land_coverage",
    "500mメッシュ・市区町村別の陸地カバー面積",
    "land of each municipality in each 500 m cell that an edition covers; only where "
    "boundaries were given",
    ("edition", "mesh4", "pref_code", "city_code"),
    (
        _EDITION,
        Column("mesh4", pa.int64(), "四次メッシュ", "half mesh, about 500 m"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        optional("city_code", pa.string(), "市区町村コード", "null: unassigned land"),
        Column("covered_area_m2", pa.float64(), "カバー面積(m2)", "covered land"),
    ),
)

COVERAGE_AREA_TABLES = (
    COVERAGE_AREA,
    COVERAGE_EDITION,
    MESH4_COVERAGE,
    MESH4_LAND_COVERAGE,
)
