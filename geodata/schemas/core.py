"""Tables of the mesh and coverage stages: everything on JIS X 0410 cells."""

import pyarrow as pa

from geodata.schemas.table import Column, Table

CARRIER_FILING = Table(
    "core.carrier_filing",
    "事業者別の提出状況",
    "one row per carrier: what its accepted filing allows to be computed",
    ("carrier",),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column(
            "form",
            pa.string(),
            "様式",
            "stations, mesh_counts, prefecture_counts, or none without a filing",
        ),
        Column("has_cells", pa.bool_(), "メッシュ有無", "stations are known by cell"),
        Column("has_band_classes", pa.bool_(), "区分有無", "known by band class"),
        Column("has_sites", pa.bool_(), "設置場所有無", "known by site"),
        Column("as_of", pa.date32(), "基準日", "filing's own as-of date", True),
        Column(
            "last_planned_on",
            pa.date32(),
            "最終予定日",
            "last date on which the filing starts or counts anything",
            True,
        ),
    ),
)

STATION = Table(
    "core.station",
    "メッシュ上の局",
    "raw.station on its cells, with the dates that each basis counts from",
    ("carrier", "station_id", "band"),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column("plan_id", pa.string(), "開設計画ID", "filing the row stands in"),
        Column("file", pa.string(), "ファイル", "file of the filing"),
        Column("line", pa.int64(), "行", "line or row number in the file"),
        Column("station_id", pa.string(), "局ID", "identifier within the carrier"),
        Column("band", pa.string(), "バンド", "NR band name"),
        Column("band_class", pa.string(), "周波数区分", "decided by frequency"),
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "most likely prefecture"),
        Column(
            "city_code",
            pa.string(),
            "市区町村コード",
            "null: unassigned land, or a cell of several without a boundary",
            True,
        ),
        Column(
            "is_border_cell",
            pa.bool_(),
            "境界メッシュ",
            "the prefecture is only likely: the 1 km cell touches several, or is not "
            "listed as land, and no exact boundary decides",
        ),
        Column(
            "place_source",
            pa.string(),
            "所在の根拠",
            "boundary, boundary_simplified or cell",
        ),
        Column(
            "is_counted", pa.bool_(), "局数算入", "counts as a station (no repeater)"
        ),
        Column("is_outdoor", pa.bool_(), "屋外", "not indoor (屋内等)"),
        Column(
            "is_advanced",
            pa.bool_(),
            "高度特定基地局",
            "advanced, outdoor, on a band of the 2019 allocation",
        ),
        Column("site", pa.int64(), "設置場所", "number of the site within the carrier"),
        Column("operating_from", pa.date32(), "運用開始日", "by actual start", True),
        Column(
            "planned_from",
            pa.date32(),
            "計画上の開始日",
            "actual start, or else planned start; end of a plan-only period",
            True,
        ),
        Column("ends_on", pa.date32(), "廃止日", "first day off the air", True),
    ),
)

STATION_EVENT = Table(
    "core.station_event",
    "局数の増減",
    "changes of station counts per cell and day; the sum up to a day is the count",
    (
        "carrier",
        "basis",
        "unit",
        "band_class",
        "mesh2",
        "pref_code",
        "is_border_cell",
        "effective_on",
    ),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column("basis", pa.string(), "実績・計画", "operating or planned"),
        Column("unit", pa.string(), "単位", "station_band or site"),
        Column("band_class", pa.string(), "周波数区分", "band class, or all"),
        Column("mesh2", pa.int64(), "二次メッシュ", "null without cells", True),
        Column("pref_code", pa.string(), "都道府県コード", "prefecture"),
        Column(
            "is_border_cell", pa.bool_(), "境界メッシュ", "prefecture is likely only"
        ),
        Column("effective_on", pa.date32(), "効力日", "first day with the new count"),
        Column("station_delta", pa.int64(), "局数の増減", "repeaters left out"),
        Column("advanced_delta", pa.int64(), "親局数の増減", "qualifying advanced"),
    ),
)

MESH2_CELL = Table(
    "core.mesh2_cell",
    "二次メッシュの属性",
    "one row per secondary mesh with land, and whether it is in the denominator",
    ("mesh2",),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "majority prefecture"),
        Column("bureau_code", pa.string(), "総合通信局", "bureau of that prefecture"),
        Column("is_target", pa.bool_(), "対象メッシュ", "in the denominator"),
        Column(
            "land_area_m2",
            pa.float64(),
            "陸地面積(m2)",
            "from boundaries; null where the run has none",
            True,
        ),
        Column(
            "population_count",
            pa.int64(),
            "人口",
            "residents; null where the run has no population of the cell",
            True,
        ),
        Column(
            "disadvantaged_kinds",
            pa.string(),
            "条件不利地域の種別",
            "semicolon list of kind:share of the cell's land (polygons), or "
            "kind:extent of the cell's municipalities (lists)",
        ),
        Column(
            "is_disadvantaged",
            pa.bool_(),
            "条件不利地域",
            "true when half of the land, or a whole municipality, is designated; null "
            "when that cannot be known; false only when every kind has a source",
            True,
        ),
    ),
)

MESH2_STATUS = Table(
    "core.mesh2_status",
    "二次メッシュの整備状況",
    "who serves each secondary mesh, per carrier, day and basis",
    ("as_of", "basis", "carrier", "mesh2"),
    (
        Column("as_of", pa.date32(), "基準日", "state at the end of this day"),
        Column("basis", pa.string(), "実績・計画", "operating or planned"),
        Column("carrier", pa.string(), "事業者", "carrier, or combined"),
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "majority prefecture"),
        Column("bureau_code", pa.string(), "総合通信局", "bureau of that prefecture"),
        Column("is_target", pa.bool_(), "対象メッシュ", "in the denominator"),
        Column(
            "advanced_station_count",
            pa.int64(),
            "高度特定基地局数",
            "qualifying advanced stations; null without the carrier's filing",
            True,
        ),
        Column(
            "station_count",
            pa.int64(),
            "局数",
            "stations on all bands, repeaters left out; null without a filing",
            True,
        ),
        Column(
            "first_advanced_on",
            pa.date32(),
            "親局の最初の日",
            "first day with a qualifying advanced station, up to as_of",
            True,
        ),
        Column(
            "is_served",
            pa.bool_(),
            "整備済み",
            "has a qualifying advanced station",
            True,
        ),
        Column(
            "is_complete", pa.bool_(), "全社提出", "false where a filing is missing"
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

CONTROL_TOTAL = Table(
    "core.control_total",
    "検算(都道府県別)",
    "filed prefecture totals beside what the filing's finer rows add up to",
    ("carrier", "plan_id", "pref_code", "fiscal_year", "quantity"),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column("plan_id", pa.string(), "開設計画ID", "filing the total stands in"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column("fiscal_year", pa.int16(), "年度", "totals hold at its last day"),
        Column(
            "quantity",
            pa.string(),
            "項目",
            "n_advanced, n_stations (advanced and ordinary) or "
            "base_deployment_rate_pct",
        ),
        Column("filed_value", pa.float64(), "提出値", "as filed"),
        Column("computed_value", pa.float64(), "集計値", "from the finer rows", True),
        Column("is_equal", pa.bool_(), "一致", "null where nothing was computed", True),
    ),
)

MUNICIPALITY_CELL = Table(
    "core.municipality_cell",
    "市区町村別メッシュ",
    "crosswalk: one row per 1 km cell and municipality with land in it",
    ("mesh3", "pref_code", "city_code"),
    (
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column(
            "city_code", pa.string(), "市区町村コード", "null: unassigned land", True
        ),
        Column(
            "land_area_m2",
            pa.float64(),
            "陸地面積(m2)",
            "of the municipality in the cell; null without boundaries",
            True,
        ),
        Column(
            "land_share",
            pa.float64(),
            "陸地の割合",
            "part of the cell's land, 0-1; null where it is not known",
            True,
        ),
        Column(
            "crosswalk_source",
            pa.string(),
            "根拠",
            "n03 (boundaries), mesh_municipalities (list given) or shipped (2020)",
        ),
    ),
)

CROSSWALK_DIFFERENCE = Table(
    "core.crosswalk_difference",
    "境界と一覧の対応表の相違",
    "pairs of 1 km cell and municipality that only the boundaries or only the list "
    "of mesh codes by municipality name",
    ("mesh3", "pref_code", "city_code"),
    (
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column(
            "city_code", pa.string(), "市区町村コード", "null: unassigned land", True
        ),
        Column("named_by", pa.string(), "記載", "computed (boundaries) or listed"),
        Column(
            "land_area_m2",
            pa.float64(),
            "陸地面積(m2)",
            "of the municipality in the cell by the boundaries; null where only listed",
            True,
        ),
        Column(
            "reason",
            pa.string(),
            "理由",
            "code_of_other_year, no_computed_land, cell_not_listed, border_sliver, "
            "border_moved or other",
        ),
    ),
)

MESH4_MUNICIPALITY = Table(
    "core.mesh4_municipality",
    "市区町村別500mメッシュ",
    "one row per 500 m cell and municipality, where boundaries or a list were given",
    ("mesh4", "city_code"),
    (
        Column("mesh4", pa.int64(), "四次メッシュ", "half mesh, about 500 m"),
        Column("city_code", pa.string(), "市区町村コード", "5 digits, JIS X 0402"),
        Column(
            "land_area_m2",
            pa.float64(),
            "陸地面積(m2)",
            "of the municipality in the cell; null without boundaries",
            True,
        ),
        Column(
            "is_inherited",
            pa.bool_(),
            "1 kmメッシュから",
            "a candidate only: the 1 km cell above holds the municipality",
        ),
    ),
)

MESH_POPULATION = Table(
    "core.mesh_population",
    "メッシュ人口(市区町村別)",
    "the population in use, by census year, cell and municipality",
    ("census_year", "level", "mesh", "pref_code", "city_code"),
    (
        Column(
            "census_year",
            pa.int16(),
            "国勢調査年",
            "of the statistic; null where its source does not say",
            True,
        ),
        Column("level", pa.string(), "メッシュの段階", "m3, m4 or m5"),
        Column("mesh", pa.int64(), "地域メッシュ", "mesh code at that level"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column(
            "city_code",
            pa.string(),
            "市区町村コード",
            "null: no municipality is known of the cell, or the land is unassigned",
            True,
        ),
        Column("population_count", pa.int64(), "人口", "residents of that part"),
        Column("household_count", pa.int64(), "世帯数", "null: not known", True),
        Column(
            "age65_count", pa.int64(), "65歳以上", "null: not known, or withheld", True
        ),
        Column(
            "split",
            pa.string(),
            "県別の分け方",
            "file (as published), area (by land), or cell (likely prefecture, land "
            "unknown)",
        ),
        Column(
            "city_split",
            pa.string(),
            "市区町村別の分け方",
            "only (one municipality has land in the cell), area (by land), list (in "
            "equal parts to the listed ones, land unknown) or unknown",
        ),
        Column(
            "pop_status", pa.string(), "秘匿状況", "counted, or suppressed (total is *)"
        ),
        Column("treatment", pa.int8(), "秘匿処理", "HTKSYORI: 0, 1 receives, 2 gives"),
        Column(
            "disclosure_group",
            pa.int64(),
            "合算先",
            "cell into which withheld figures are merged, also on that cell itself",
            True,
        ),
    ),
)

CORE_TABLES = (
    CARRIER_FILING,
    STATION,
    STATION_EVENT,
    MESH2_CELL,
    MESH2_STATUS,
    CONTROL_TOTAL,
    MUNICIPALITY_CELL,
    MESH4_MUNICIPALITY,
    CROSSWALK_DIFFERENCE,
    MESH_POPULATION,
)
