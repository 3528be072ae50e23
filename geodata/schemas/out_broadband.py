"""Tables of fixed broadband: fibre, support areas, towns that were not joined."""

import pyarrow as pa

from geodata.schemas.table import Column, Table, optional

UNMATCHED_TOWN = Table(
    "core.unmatched_town",
    "町字マスターと一致しない町字",
    "towns of a list or survey that were joined with no town of the master",
    ("source", "city_code", "town_key"),
    (
        Column("source", pa.string(), "資料", "support_areas or fibre_towns"),
        Column("city_code", pa.string(), "市区町村コード", "5 digits, as read"),
        Column("town_key", pa.string(), "町字キー", "key of the 2020 census town"),
        Column("town_name_ja", pa.string(), "町字名", "as published"),
        Column("normal_name", pa.string(), "正規化名", "name as used for joins"),
        Column(
            "reason",
            pa.string(),
            "理由",
            "no_municipality (the master has none of its towns), not_found, or "
            "ambiguous (several towns have the name)",
        ),
        Column(
            "candidates",
            pa.string(),
            "候補",
            "semicolon list of up to three nearest towns: 町字ID and name",
        ),
    ),
)

FIXED_BROADBAND = Table(
    "out.fixed_broadband",
    "固定ブロードバンド",
    "households with fibre available (光ファイバ整備率) and support areas (支援区域)",
    ("as_of", "scope_kind", "scope_code"),
    (
        Column("as_of", pa.date32(), "基準日", "day of the run"),
        Column(
            "scope_kind",
            pa.string(),
            "区分",
            "nation, bureau, prefecture, designated_city (all its wards) or "
            "municipality (wards of designated cities one by one)",
        ),
        Column(
            "scope_code",
            pa.string(),
            "地域コード",
            "JP, bureau id, two-digit prefecture or 5-digit municipality",
        ),
        optional("surveyed_on", pa.date32(), "整備状況の基準日", "day of the survey"),
        optional("household_count", pa.int64(), "世帯数", "households surveyed"),
        optional(
            "fibre_household_count",
            pa.int64(),
            "整備世帯数",
            "households where fibre is available",
        ),
        optional(
            "fibre_household_coverage_rate",
            pa.float64(),
            "光ファイバ整備率",
            "fraction 0-1, unrounded",
        ),
        optional(
            "fibre_pct_published",
            pa.float64(),
            "光ファイバ整備率(%)",
            "rounded half up to two decimals on the exact fraction",
        ),
        Column("target_pct", pa.float64(), "目標(%)", "99.9 by the end of FY2027"),
        Column("target_on", pa.date32(), "期限", "day by which it is to be met"),
        optional(
            "households_needed_count",
            pa.int64(),
            "不足世帯数",
            "households still needed to reach the target exactly",
        ),
        Column(
            "fibre_status",
            pa.string(),
            "整備率の状態",
            "ok, no_data (no town of the scope was surveyed) or no_households",
        ),
        optional(
            "designated_on", pa.date32(), "指定日", "latest designation of the list"
        ),
        optional(
            "support_area_general_count",
            pa.int64(),
            "一般支援区域数",
            "towns; null where the list names no general area at all",
        ),
        optional(
            "support_area_special_count",
            pa.int64(),
            "特別支援区域数",
            "towns; null where the list names no special area at all",
        ),
        Column(
            "support_status",
            pa.string(),
            "支援区域の状態",
            "ok, partial (one kind only) or no_data (no list)",
        ),
        optional(
            "unmatched_count",
            pa.int64(),
            "不一致町字数",
            "towns of survey and list without a town of the master; null: no master",
        ),
        Column(
            "is_complete",
            pa.bool_(),
            "全域",
            "every municipality of the scope was surveyed and no row was rejected",
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

BROADBAND_TABLES = (UNMATCHED_TOWN, FIXED_BROADBAND)
