"""Tables of a release: what regulators, bureaus and analysts read."""

import pyarrow as pa

from geodata.schemas.table import Column, Table

_AS_OF = Column("as_of", pa.date32(), "基準日", "state at the end of this day")
_BASIS = Column("basis", pa.string(), "実績・計画", "operating or planned")
_CARRIER = Column("carrier", pa.string(), "事業者", "carrier, or combined")
_SCOPE_KIND = Column("scope_kind", pa.string(), "区分", "nation, bureau or prefecture")
_SCOPE_CODE = Column(
    "scope_code", pa.string(), "地域コード", "JP, bureau id or two-digit prefecture"
)
_ASSIGNMENT = Column(
    "assignment",
    pa.string(),
    "境界メッシュの扱い",
    "majority: a cell counts once, where most of its land cells lie; touch: in "
    "every prefecture or bureau it touches; split (residents): in each with its part",
)
_LABELS = (
    Column(
        "denominator_source",
        pa.string(),
        "分母の出典",
        "official, derived:<rule> or synthetic:<generator>",
    ),
    Column(
        "carriers_included",
        pa.string(),
        "対象事業者",
        "semicolon list of the carriers whose filings are in the number",
    ),
    Column(
        "is_complete",
        pa.bool_(),
        "全社提出",
        "false where a filing is missing, or older than an operating row's day",
    ),
    Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
)
_SCOPE = (_AS_OF, _BASIS, _CARRIER, _SCOPE_KIND, _SCOPE_CODE, _ASSIGNMENT)
_SCOPE_KEY = tuple(column.name for column in _SCOPE)

BASE_DEPLOYMENT_RATE = Table(
    "out.base_deployment_rate",
    "5G基盤展開率",
    "share of target meshes with a qualifying advanced station (高度特定基地局)",
    _SCOPE_KEY,
    (
        *_SCOPE,
        Column(
            "numerator_count",
            pa.int64(),
            "整備済みメッシュ数",
            "target meshes with a qualifying advanced station; null without a filing",
            True,
        ),
        Column("denominator_count", pa.int64(), "対象メッシュ数", "target meshes"),
        Column("rate", pa.float64(), "5G基盤展開率", "fraction 0-1, unrounded", True),
        Column(
            "rate_pct_published",
            pa.float64(),
            "5G基盤展開率(%)",
            "rounded half up to one decimal on the exact fraction",
            True,
        ),
        Column("target_pct", pa.float64(), "目標(%)", "98 by the end of FY2023"),
        Column(
            "cells_needed_count",
            pa.int64(),
            "不足メッシュ数",
            "cells still needed to reach the target exactly",
            True,
        ),
        Column(
            "status",
            pa.string(),
            "状態",
            "ok, no_denominator, no_filing, or no_cells (prefecture totals only)",
        ),
        *_LABELS,
    ),
)

STATION_COUNT = Table(
    "out.station_count",
    "5G基地局数",
    "stations on air, indoor ones included, repeaters left out",
    (*_SCOPE_KEY, "band_class", "unit"),
    (
        *_SCOPE,
        Column("band_class", pa.string(), "周波数区分", "band class, or all"),
        Column(
            "unit", pa.string(), "単位", "station_band (licence unit) or site (place)"
        ),
        Column(
            "station_count",
            pa.int64(),
            "局数",
            "null where the filing is missing or does not tell",
            True,
        ),
        *_LABELS,
    ),
)

TARGET_STATUS = Table(
    "out.target_status",
    "目標の達成状況",
    "each published goal against the count, with gap, pace and projection",
    ("target_id", *_SCOPE_KEY),
    (
        Column("target_id", pa.string(), "目標ID", "id in the targets table"),
        *_SCOPE,
        Column(
            "metric",
            pa.string(),
            "指標",
            "base_deployment_cells, station_count, population_coverage or sub6_cells",
        ),
        Column("value", pa.int64(), "現在値", "cells, stations or residents", True),
        Column(
            "target_value",
            pa.int64(),
            "目標値",
            "cells or residents (least count that meets the share), or stations; "
            "null without a denominator",
            True,
        ),
        Column("target_on", pa.date32(), "期限", "day by which it is to be met"),
        Column("gap", pa.int64(), "不足", "max(0, target - value)", True),
        Column(
            "pace_per_month",
            pa.int64(),
            "必要ペース(月)",
            "ceil(gap / months left); null once the date has passed",
            True,
        ),
        Column(
            "recent_pace_per_month",
            pa.float64(),
            "直近ペース(月)",
            "mean monthly growth over the last twelve months",
            True,
        ),
        Column(
            "projected_on",
            pa.date32(),
            "達成見込日",
            "day the gap closes at the recent pace; null when it never does",
            True,
        ),
        Column(
            "status",
            pa.string(),
            "状態",
            "met, on_track, behind, missed; incomplete (not met, but a filing is "
            "missing or older than the day), no_filing, no_cells, no_coverage, "
            "no_population, partial_population or no_denominator",
        ),
        *_LABELS,
    ),
)

SERVICE_START = Table(
    "out.service_start",
    "47都道府県での運用開始",
    "first qualifying advanced station per carrier and prefecture",
    ("carrier", "scope_code"),
    (
        *_SCOPE,
        Column("pref_code", pa.string(), "都道府県コード", "same as scope_code"),
        Column("first_advanced_on", pa.date32(), "最初の親局", "null: none yet", True),
        Column("deadline_on", pa.date32(), "期限", "two years after certification"),
        Column(
            "is_met",
            pa.bool_(),
            "達成",
            "null while the deadline has not come, or without a filing",
            True,
        ),
        Column(
            "border_cell",
            pa.bool_(),
            "境界メッシュ",
            "the first station's 1 km cell touches several prefectures",
            True,
        ),
        *_LABELS,
    ),
)

UNDERSERVED_MESH = Table(
    "out.underserved_mesh",
    "未整備メッシュ",
    "target meshes without an advanced station of any carrier, for review; not a "
    "decision on eligibility",
    ("as_of", "basis", "mesh2"),
    (
        _AS_OF,
        _BASIS,
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("pref_code", pa.string(), "都道府県コード", "majority prefecture"),
        Column("bureau_code", pa.string(), "総合通信局", "bureau of that prefecture"),
        Column("reasons", pa.string(), "理由", "semicolon list of reasons"),
        Column(
            "carriers_present",
            pa.string(),
            "局のある事業者",
            "semicolon list of carriers with any station in the cell",
        ),
        Column(
            "population_count", pa.int64(), "人口", "residents; null: unknown", True
        ),
        Column(
            "served_later_on", pa.date32(), "整備予定日", "first planned service", True
        ),
        Column(
            "served_later_by",
            pa.string(),
            "整備予定事業者",
            "carriers on that day",
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
            "half of the land, or a whole municipality, is designated; null: unknown",
            True,
        ),
        *_LABELS,
    ),
)

REJECTED_ROW_SUMMARY = Table(
    "out.rejected_row_summary",
    "不受理・警告の集計",
    "findings per filing and rule; row values stay in the workspace",
    ("carrier", "plan_id", "rule_id", "severity"),
    (
        Column(
            "carrier", pa.string(), "事業者", "null when plan.toml does not say", True
        ),
        Column("plan_id", pa.string(), "開設計画ID", "null likewise", True),
        Column("rule_id", pa.string(), "規則", "id in the rule catalogue"),
        Column("severity", pa.string(), "重大度", "ERROR, WARNING or INFO"),
        Column("row_count", pa.int64(), "行数", "findings by this rule"),
        Column(
            "open_count",
            pa.int64(),
            "未対応",
            "errors and warnings neither acknowledged nor waived",
        ),
        Column(
            "acknowledged_count",
            pa.int64(),
            "了知",
            "warnings that the carrier acknowledges with a reason",
        ),
        Column(
            "waived_count", pa.int64(), "免除", "findings that the ministry lets pass"
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

OUT_TABLES = (
    BASE_DEPLOYMENT_RATE,
    STATION_COUNT,
    TARGET_STATUS,
    SERVICE_START,
    UNDERSERVED_MESH,
    REJECTED_ROW_SUMMARY,
)
