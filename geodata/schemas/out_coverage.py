"""Tables of a release that rest on coverage areas, and サブ6展開率."""

import pyarrow as pa

from geodata.schemas.coverage_area import (
    AS_OF,
    BASIS,
    CARRIER,
    COVERAGE_AS_OF,
    COVERAGE_SOURCE,
)
from geodata.schemas.table import Column, Table, optional

_SCOPE = (
    Column("scope_kind", pa.string(), "区分", "nation, bureau or prefecture"),
    Column(
        "scope_code", pa.string(), "地域コード", "JP, bureau id or two-digit prefecture"
    ),
)
_ASSIGNMENT = Column(
    "assignment",
    pa.string(),
    "境界メッシュの扱い",
    "split: a border cell counts in each prefecture with its part; majority: once, "
    "in the most likely one; touch: in every one it touches",
)
_AREA_BASIS = Column(
    "area_basis",
    pa.string(),
    "面積の基準",
    "cell: half of the whole cell is to be covered; land: half of its land",
)
_COMBINATION = Column(
    "combination",
    pa.string(),
    "合算の方法",
    "how carriers are combined: union (of their areas) or any (a cell that any of "
    "them covers)",
)
_LABELS = (
    Column(
        "denominator_source",
        pa.string(),
        "分母の出典",
        "census:<year>, official, derived:<rule> or synthetic:<generator>",
    ),
    Column(
        "carriers_included",
        pa.string(),
        "対象事業者",
        "semicolon list of the carriers whose areas are in the number",
    ),
    Column(
        "is_complete",
        pa.bool_(),
        "全社提出",
        "false where a carrier's areas are missing, its filing is older than an "
        "operating row's day, or the census lacks a prefecture of the scope",
    ),
    Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
)
_RATE = (
    optional("rate", pa.float64(), "率", "fraction 0-1, unrounded"),
    optional(
        "rate_pct_published",
        pa.float64(),
        "率(%)",
        "rounded half up to one decimal on the exact fraction",
    ),
)

POPULATION_COVERAGE = Table(
    "out.population_coverage",
    "5G人口カバー率",
    "share of the residents (households, people of 65 and over) in 500 m cells of "
    "which half or more is covered",
    (
        "as_of",
        "basis",
        "carrier",
        "scope_kind",
        "scope_code",
        "measure",
        COVERAGE_SOURCE.name,
    ),
    (
        AS_OF,
        BASIS,
        CARRIER,
        *_SCOPE,
        _ASSIGNMENT,
        Column("measure", pa.string(), "対象", "population, household or age65"),
        COVERAGE_SOURCE,
        optional("covered_count", pa.int64(), "カバー数", "persons or households"),
        optional("total_count", pa.int64(), "総数", "persons or households"),
        *_RATE,
        Column(
            "status",
            pa.string(),
            "状態",
            "ok, no_coverage (none filed), no_population, partial_population (the "
            "census given tells only some residents of the scope), or no_denominator "
            "(nobody lives there)",
        ),
        COVERAGE_AS_OF,
        optional("census_year", pa.int16(), "国勢調査年", "of the population in use"),
        optional("population_level", pa.string(), "人口のメッシュ", "m3 or m4"),
        _AREA_BASIS,
        _COMBINATION,
        *_LABELS,
    ),
)

AREA_COVERAGE = Table(
    "out.area_coverage",
    "面積カバー率",
    "share of the land that is covered; a project metric, no official 5G figure "
    "uses it",
    ("as_of", "basis", "carrier", "scope_kind", "scope_code", COVERAGE_SOURCE.name),
    (
        AS_OF,
        BASIS,
        CARRIER,
        *_SCOPE,
        _ASSIGNMENT,
        COVERAGE_SOURCE,
        optional("covered_area_m2", pa.float64(), "カバー面積(m2)", "covered land"),
        optional("land_area_m2", pa.float64(), "陸地面積(m2)", "land, from boundaries"),
        *_RATE,
        Column(
            "status",
            pa.string(),
            "状態",
            "ok, no_coverage (none filed), no_boundaries (not of all prefectures of "
            "the scope), or no_denominator (no land)",
        ),
        COVERAGE_AS_OF,
        *_LABELS,
    ),
)

SUB6_RATE = Table(
    "out.sub6_rate",
    "サブ6展開率",
    "share of the 1 km high-traffic cells (高トラヒックエリア) with an outdoor sub-6 "
    "station, or covered by sub-6 to three quarters",
    ("as_of", "basis", "carrier", "scope_kind", "scope_code", "assignment"),
    (
        AS_OF,
        BASIS,
        CARRIER,
        *_SCOPE,
        _ASSIGNMENT,
        optional(
            "numerator_count",
            pa.int64(),
            "整備済みメッシュ数",
            "high-traffic cells served; null without a filing",
        ),
        Column("denominator_count", pa.int64(), "対象メッシュ数", "high-traffic cells"),
        *_RATE,
        Column("target_pct", pa.float64(), "目標(%)", "80 by the end of FY2027"),
        optional(
            "cells_needed_count",
            pa.int64(),
            "不足メッシュ数",
            "cells still needed to reach the target exactly",
        ),
        optional(
            "station_cell_count",
            pa.int64(),
            "局による整備数",
            "of the numerator: cells with an outdoor sub-6 station in them",
        ),
        optional(
            "area_only_cell_count",
            pa.int64(),
            "エリアのみの整備数",
            "of the numerator: cells without one, three quarters covered",
        ),
        Column(
            "status",
            pa.string(),
            "状態",
            "ok, no_denominator, no_filing, or no_cells (stations not known by cell)",
        ),
        optional(
            "coverage_as_of",
            pa.date32(),
            "エリア図の基準日",
            "day of the sub-6 coverage areas in use; null: stations alone",
        ),
        *_LABELS,
    ),
)

MUNICIPALITY_COVERAGE = Table(
    "out.municipality_coverage",
    "市区町村別のカバー率(モバイル・固定)",
    "population and area coverage of each municipality, and the fixed broadband "
    "beside them",
    ("as_of", "basis", "carrier", "city_code", COVERAGE_SOURCE.name),
    (
        AS_OF,
        BASIS,
        CARRIER,
        Column("city_code", pa.string(), "市区町村コード", "5 digits, JIS X 0402"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        optional(
            "name_ja", pa.string(), "市区町村名", "null where the code is not known"
        ),
        COVERAGE_SOURCE,
        optional("covered_count", pa.int64(), "カバー人口", "residents"),
        optional("total_count", pa.int64(), "人口", "residents"),
        optional(
            "estimated_count",
            pa.int64(),
            "按分人口",
            "of the residents: placed by the list of 1 km cells alone, as the cell "
            "is shared by several municipalities without boundaries",
        ),
        *_RATE,
        optional("covered_area_m2", pa.float64(), "カバー面積(m2)", "covered land"),
        optional("land_area_m2", pa.float64(), "陸地面積(m2)", "land, from boundaries"),
        optional("area_rate", pa.float64(), "面積カバー率", "fraction 0-1, unrounded"),
        optional(
            "area_pct_published",
            pa.float64(),
            "面積カバー率(%)",
            "rounded half up to one decimal",
        ),
        optional(
            "fibre_household_coverage_rate",
            pa.float64(),
            "光ファイバ整備率",
            "fraction 0-1; null where no fixed data were given",
        ),
        optional(
            "broadband_view",
            pa.string(),
            "モバイル・固定の別",
            "both, mobile_only, fixed_only or neither, each where the half of the "
            "people or households is served; null where either is not known",
        ),
        Column(
            "status",
            pa.string(),
            "状態",
            "ok, no_population, partial_population or no_denominator, of residents",
        ),
        COVERAGE_AS_OF,
        _AREA_BASIS,
        _COMBINATION,
        *_LABELS,
    ),
)

COVERING_CARRIERS = Table(
    "out.covering_carriers",
    "カバーする事業者数別のメッシュ数と人口",
    "inhabited cells and their residents by the number of carriers that cover them",
    (
        "as_of",
        "basis",
        "scope_kind",
        "scope_code",
        "carrier_count",
        COVERAGE_SOURCE.name,
    ),
    (
        AS_OF,
        BASIS,
        *_SCOPE,
        _ASSIGNMENT,
        Column("carrier_count", pa.int8(), "事業者数", "0 to 4"),
        COVERAGE_SOURCE,
        Column(
            "cell_count",
            pa.int64(),
            "メッシュ数",
            "inhabited cells; of a scope every one in which residents of it live",
        ),
        Column("population_count", pa.int64(), "人口", "residents in them"),
        _AREA_BASIS,
        *_LABELS,
    ),
)

_CARRIER_CELLS = tuple(
    optional(
        f"{carrier}_{column}",
        pa.float64(),
        f"{name} {label}",
        f"covered share of the cell, {doc}",
    )
    for column, label, doc in (
        ("share", "カバー割合", "operating on the day of the release"),
        ("planned_share", "計画カバー割合", "planned for planned_on"),
    )
    for carrier, name in (
        ("docomo", "ドコモ"),
        ("kddi", "KDDI"),
        ("softbank", "ソフトバンク"),
        ("rakuten", "楽天"),
        ("combined", "全体"),
    )
)

MESH4_COVERAGE_LAYER = Table(
    "out.mesh4_coverage",
    "500mメッシュのエリアカバー(居住メッシュ)",
    "one row per inhabited 500 m cell: who covers how much of it, now and as planned",
    ("mesh4",),
    (
        Column("mesh4", pa.int64(), "四次メッシュ", "half mesh, about 500 m"),
        AS_OF,
        optional("planned_on", pa.date32(), "計画の基準日", "last planned year end"),
        Column("pref_code", pa.string(), "都道府県コード", "where most residents live"),
        Column("population_count", pa.int64(), "人口", "residents of the cell"),
        *_CARRIER_CELLS,
        optional(
            "carrier_count",
            pa.int8(),
            "事業者数",
            "carriers that cover the cell, of those with areas; null without any",
        ),
        COVERAGE_SOURCE,
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

OUT_COVERAGE_TABLES = (
    POPULATION_COVERAGE,
    AREA_COVERAGE,
    SUB6_RATE,
    MUNICIPALITY_COVERAGE,
    COVERING_CARRIERS,
    MESH4_COVERAGE_LAYER,
)
