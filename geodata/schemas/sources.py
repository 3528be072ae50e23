"""Tables of official sources as read: rows as published, names and types ours."""

import pyarrow as pa

from geodata.schemas.table import Column, Table, optional

_CITY = Column("city_code", pa.string(), "市区町村コード", "5 digits, JIS X 0402")
_PREF = Column("pref_code", pa.string(), "都道府県コード", "01 to 47")
_LEVEL = Column("level", pa.string(), "メッシュの段階", "m3, m4, m5 or m6")
_MESH = Column("mesh", pa.int64(), "地域メッシュ", "mesh code at that level")
_CENSUS_YEAR = optional(
    "census_year", pa.int16(), "国勢調査年", "null: the file does not say"
)
_GEOMETRY = Column(
    "geometry", pa.binary(), "図形", "WKB polygon or multipolygon, JGD2011 (EPSG:6668)"
)

REJECTED_SOURCE_ROW = Table(
    "raw.rejected_source_row",
    "資料の不受理・警告の行",
    "one row per fault of a row of an official source; stays in the workspace",
    (),
    (
        Column("source", pa.string(), "資料", "name in the register of sources"),
        Column("file", pa.string(), "ファイル", "file, or archive/member"),
        Column("layer", pa.string(), "レイヤ", "empty for text files"),
        Column("row", pa.int64(), "行", "1-based line, or feature of a layer"),
        Column("column", pa.string(), "列", "column as published"),
        Column("value", pa.string(), "値", "what stood there, cut at 200 characters"),
        Column("rule_id", pa.string(), "規則", "id in readers/rules.toml"),
        Column("severity", pa.string(), "重大度", "ERROR (left out) or WARNING"),
        Column("message_ja", pa.string(), "説明", "what is wrong"),
        Column("message_en", pa.string(), "説明(英語)", "the same, and what is wanted"),
    ),
)

MUNICIPALITY_AREA = Table(
    "raw.municipality_area",
    "行政区域 (N03)",
    "one row per municipality, parts dissolved; and per prefecture its unassigned land",
    ("pref_code", "city_code"),
    (
        _PREF,
        optional("city_code", pa.string(), "行政区域コード", "null: 所属未定地"),
        Column("pref_name_ja", pa.string(), "都道府県名", "N03_001"),
        Column(
            "city_name_ja",
            pa.string(),
            "市区町村名",
            "designated city and ward together; 所属未定地 for unassigned land",
        ),
        Column("part_count", pa.int64(), "図形数", "polygons as published"),
        _GEOMETRY,
    ),
)

DISADVANTAGED_AREA = Table(
    "raw.disadvantaged_area",
    "条件不利地域の区域",
    "one row per polygon as published",
    (),
    (
        Column("kind", pa.string(), "種別", "id in disadvantaged_kinds"),
        _CITY,
        optional(
            "area_name_ja", pa.string(), "指定地域名", "name of the area or island"
        ),
        optional("category", pa.string(), "区分", "過疎区分 or 豪雪区分 code"),
        _GEOMETRY,
    ),
)

DISADVANTAGED_MUNICIPALITY = Table(
    "raw.disadvantaged_municipality",
    "条件不利地域の市町村一覧",
    "one row per kind and listed municipality",
    ("kind", "city_code"),
    (
        Column("kind", pa.string(), "種別", "id in disadvantaged_kinds, or listed"),
        _CITY,
        Column("extent", pa.string(), "範囲", "full, deemed, partial or none"),
        optional(
            "areas_ja", pa.string(), "対象区域", "former municipalities, if partial"
        ),
    ),
)

HENCHI_CELL = Table(
    "raw.henchi_cell",
    "辺地のメッシュ",
    "one row per 1 km cell of a 辺地 that is listed by cells",
    ("mesh3", "city_code", "name_ja"),
    (
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh, about 1 km"),
        _CITY,
        Column("name_ja", pa.string(), "辺地名", "name of the 辺地"),
    ),
)

MESH_POPULATION = Table(
    "raw.mesh_population",
    "国勢調査メッシュ人口",
    "one row per inhabited cell (and prefecture, in per-prefecture files)",
    ("census_year", "level", "mesh", "pref_code"),
    (
        _CENSUS_YEAR,
        _LEVEL,
        _MESH,
        optional(
            "pref_code",
            pa.string(),
            "都道府県コード",
            "prefecture of the part; null in files by primary mesh (whole cells)",
        ),
        Column(
            "population_count",
            pa.int64(),
            "人口",
            "人口（総数）; 0 where it is itself withheld (status suppressed)",
        ),
        optional(
            "household_count", pa.int64(), "世帯数", "null: withheld or not there"
        ),
        optional("age65_count", pa.int64(), "65歳以上", "null: withheld or not there"),
        Column(
            "pop_status", pa.string(), "秘匿状況", "counted, or suppressed (total is *)"
        ),
        Column("treatment", pa.int8(), "秘匿処理", "HTKSYORI: 0, 1 receives, 2 gives"),
        optional(
            "disclosure_group",
            pa.int64(),
            "合算先",
            "cell into which figures are merged (HTKSAKI), also on that cell itself",
        ),
    ),
)

CENSUS_EXTENT = Table(
    "raw.census_extent",
    "国勢調査メッシュの収録範囲",
    "primary meshes or prefectures that the census files cover, with their totals",
    ("census_year", "level", "unit", "code"),
    (
        _CENSUS_YEAR,
        _LEVEL,
        Column("unit", pa.string(), "単位", "mesh1 or prefecture"),
        Column("code", pa.string(), "コード", "primary mesh, or prefecture code"),
        Column("file", pa.string(), "ファイル", "file that holds it"),
        Column("row_count", pa.int64(), "行数", "data rows"),
        Column("population_count", pa.int64(), "人口", "sum over accepted rows"),
    ),
)

CENSUS_GAP = Table(
    "raw.census_gap",
    "国勢調査メッシュの欠け",
    "cells whose residents are not known, because a row of theirs was rejected",
    ("census_year", "mesh2"),
    (
        _CENSUS_YEAR,
        optional(
            "mesh2",
            pa.int64(),
            "二次メッシュ",
            "secondary mesh of the rows; null: their own code cannot be read",
        ),
        Column("row_count", pa.int64(), "行数", "rejected rows"),
    ),
)

FUTURE_POPULATION = Table(
    "raw.future_population",
    "将来推計人口",
    "projected residents per cell, municipality and year (国土数値情報 mesh500)",
    ("mesh4", "city_code", "year"),
    (
        Column("mesh4", pa.int64(), "四次メッシュ", "half mesh, about 500 m"),
        _CITY,
        Column("year", pa.int16(), "年", "1 October of that year"),
        Column("population", pa.float64(), "推計人口", "persons, not whole"),
    ),
)

MESH3_MUNICIPALITY = Table(
    "raw.mesh3_municipality",
    "市区町村別メッシュ・コード一覧",
    "one row per 1 km cell and municipality with land in it",
    ("mesh3", "city_code"),
    (
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh, about 1 km"),
        _CITY,
        Column("city_name_ja", pa.string(), "市区町村名", "as published"),
        optional("note", pa.string(), "備考", "fourth column, where there is one"),
    ),
)

LICENCE_COUNT = Table(
    "raw.licence_count",
    "無線局免許の局数",
    "stations per licensee, municipality, band class and day (無線局等情報検索)",
    ("licensee", "licence_kind", "pref_code", "city_code", "band_class", "counted_on"),
    (
        Column("licensee", pa.string(), "免許人", "as published"),
        optional("carrier", pa.string(), "事業者", "carrier of that name, if any"),
        Column("licence_kind", pa.string(), "免許の種類", "individual or blanket"),
        _PREF,
        optional(
            "city_code",
            pa.string(),
            "市区町村コード",
            "5 digits; null: the place names a prefecture only",
        ),
        Column(
            "band_class",
            pa.string(),
            "周波数区分",
            "band class; lte (4G); or unknown where the answer does not tell",
        ),
        Column("counted_on", pa.date32(), "基準日", "day of the answer"),
        Column("station_count", pa.int64(), "局数", "licensed stations"),
    ),
)

LAND_USE = Table(
    "raw.land_use",
    "土地利用 (L03-b)",
    "fine cells of one land use within each 1 km cell",
    ("mesh3", "land_use_code"),
    (
        Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh, about 1 km"),
        Column("land_use_code", pa.string(), "土地利用種別", "code list of the year"),
        Column("cell_count", pa.int64(), "細分メッシュ数", "fine cells of that use"),
        Column("cells_per_mesh3", pa.int64(), "分母", "100 (L03-b) or 400 (L03-b-c)"),
        Column("code_list", pa.string(), "コード表", "id in land_use_codes"),
    ),
)

MESH_RASTER = Table(
    "raw.mesh_raster",
    "ラスタのメッシュ集計",
    "a raster's amounts (people) or areas by class, per cell",
    ("source", "level", "mesh", "value_class"),
    (
        Column("source", pa.string(), "資料", "name in the register of sources"),
        _LEVEL,
        _MESH,
        Column("value_class", pa.string(), "区分", "class value, or amount"),
        Column("amount", pa.float64(), "量", "sum of the amounts, or area in m2"),
    ),
)

TOWN = Table(
    "raw.town",
    "町字マスター",
    "one row per 町字 of the アドレス・ベース・レジストリ, abolished ones included",
    ("city_code", "machiaza_id", "abolished_on"),
    (
        _CITY,
        Column("machiaza_id", pa.string(), "町字ID", "7 digits"),
        Column(
            "town_name_ja",
            pa.string(),
            "町字名",
            "大字・町, 丁目, 小字 together; empty for addresses without a town",
        ),
        Column("normal_name", pa.string(), "正規化名", "name as used for joins"),
        optional("abolished_on", pa.date32(), "廃止日", "null: in force"),
        optional("lon", pa.float64(), "経度", "representative point, degrees"),
        optional("lat", pa.float64(), "緯度", "representative point, degrees"),
    ),
)

SUPPORT_AREA = Table(
    "raw.support_area",
    "支援区域",
    "towns designated under 電気通信事業法 110条の2",
    ("city_code", "town_key", "kind"),
    (
        Column("designated_on", pa.date32(), "指定日", "day of designation"),
        _CITY,
        Column("town_key", pa.string(), "町字キー", "key of the 2020 census town"),
        Column("town_name_ja", pa.string(), "町字名", "as published"),
        Column("normal_name", pa.string(), "正規化名", "name as used for joins"),
        Column("kind", pa.string(), "種別", "general or special"),
    ),
)

FIBRE_TOWN = Table(
    "raw.fibre_town",
    "町字別光ファイバ整備状況",
    "households, and those where fibre is available, per town",
    ("city_code", "town_key"),
    (
        _CITY,
        Column("town_key", pa.string(), "町字キー", "key of the 2020 census town"),
        Column("town_name_ja", pa.string(), "町字名", "as published"),
        Column("normal_name", pa.string(), "正規化名", "name as used for joins"),
        Column("surveyed_on", pa.date32(), "基準日", "day the figures hold"),
        Column("household_count", pa.int64(), "世帯数", "households"),
        Column("fibre_household_count", pa.int64(), "整備世帯数", "fibre available"),
    ),
)

HIGH_TRAFFIC_MESH = Table(
    "raw.high_traffic_mesh",
    "高トラヒックエリア",
    "the denominator of サブ6展開率: 1 km cells of high traffic",
    ("mesh3",),
    (Column("mesh3", pa.int64(), "三次メッシュ", "standard mesh, about 1 km"),),
)

FISCAL_INDEX = Table(
    "raw.fiscal_index",
    "財政力指数",
    "financial capability of each municipality, three-year mean",
    ("city_code",),
    (
        _CITY,
        Column("city_name_ja", pa.string(), "団体名", "as published"),
        Column("fiscal_year", pa.int16(), "年度", "last year of the mean"),
        optional(
            "fiscal_index", pa.float64(), "財政力指数", "two decimals; null: none"
        ),
    ),
)

SOURCE_TABLES = (
    REJECTED_SOURCE_ROW,
    MUNICIPALITY_AREA,
    DISADVANTAGED_AREA,
    DISADVANTAGED_MUNICIPALITY,
    HENCHI_CELL,
    MESH_POPULATION,
    CENSUS_EXTENT,
    CENSUS_GAP,
    FUTURE_POPULATION,
    MESH3_MUNICIPALITY,
    LICENCE_COUNT,
    LAND_USE,
    MESH_RASTER,
    TOWN,
    SUPPORT_AREA,
    FIBRE_TOWN,
    HIGH_TRAFFIC_MESH,
    FISCAL_INDEX,
)
