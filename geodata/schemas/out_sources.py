"""Tables of a release that rest on official sources, and the list of them."""

import pyarrow as pa

from geodata.schemas.table import Column, Table

LICENCE_RECONCILIATION = Table(
    "out.licence_reconciliation",
    "免許の局数と開設計画の実績の照合",
    "stations on air by the filings beside licensed ones, only where there is licence "
    "data; a licence is not a station switched on, so a difference is a question, not "
    "an error",
    ("carrier", "counted_on", "scope_kind", "scope_code", "band_class"),
    (
        Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten"),
        Column(
            "counted_on",
            pa.date32(),
            "免許情報の基準日",
            "day of the licence data; the filing is counted on it too",
        ),
        Column(
            "scope_kind",
            pa.string(),
            "区分",
            "municipality; unplaced (stations of the prefecture without a "
            "municipality); prefecture (both together); covered (all prefectures with "
            "licence data of that day)",
        ),
        Column(
            "scope_code",
            pa.string(),
            "地域コード",
            "municipality of 2020, or a designated city where the data only tells "
            "that; prefecture; JP for covered",
        ),
        Column(
            "pref_code",
            pa.string(),
            "都道府県コード",
            "01 to 47; null for covered",
            nullable=True,
        ),
        Column(
            "band_class",
            pa.string(),
            "周波数区分",
            "band class, or all: the classes that the licence data of the day tells",
        ),
        Column(
            "licensed_count",
            pa.int64(),
            "免許局数",
            "individual and blanket licences; 0: none of a covered prefecture; null: "
            "the licence data does not tell the class",
            nullable=True,
        ),
        Column(
            "filed_count",
            pa.int64(),
            "計画上の運用局数",
            "stations of the filing on air on the day, no repeaters; null: no filing "
            "by station",
            nullable=True,
        ),
        Column(
            "difference",
            pa.int64(),
            "差",
            "filed minus licensed; null where either is",
            nullable=True,
        ),
        Column(
            "status",
            pa.string(),
            "状態",
            "equal, filed_more, licensed_more, no_filing or not_licensed_data",
        ),
        Column(
            "filed_as_of",
            pa.date32(),
            "開設計画の基準日",
            "as-of date of the filing; null without one",
            nullable=True,
        ),
        Column(
            "is_complete",
            pa.bool_(),
            "比較可能",
            "false where the filing is missing, or older than the licence data",
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

MESH2_DISADVANTAGED = Table(
    "out.mesh2_disadvantaged",
    "条件不利地域(二次メッシュ別)",
    "how much of each secondary mesh's land each kind of disadvantaged area holds",
    ("mesh2", "kind"),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("kind", pa.string(), "種別", "id in disadvantaged_kinds"),
        Column(
            "land_share",
            pa.float64(),
            "陸地の割合",
            "part of the cell's land, 0-1; null where only part of a listed "
            "municipality is designated",
            True,
        ),
        Column(
            "extent",
            pa.string(),
            "範囲",
            "full, deemed or partial, semicolon list (lists); null for polygons",
            True,
        ),
        Column("basis", pa.string(), "根拠", "polygon, cells or list; semicolon list"),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

MESH2_LAND_COVER = Table(
    "out.mesh2_land_cover",
    "土地被覆(二次メッシュ別)",
    "area of each class of a land-cover raster in each secondary mesh",
    ("mesh2", "land_cover_class"),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("land_cover_class", pa.string(), "区分", "class value of the raster"),
        Column("area_m2", pa.float64(), "面積(m2)", "area of the class"),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

MUNICIPALITY = Table(
    "out.municipality",
    "市区町村の属性",
    "what the sources say of each municipality and ward",
    ("city_code",),
    (
        Column("city_code", pa.string(), "市区町村コード", "5 digits, JIS X 0402"),
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column("bureau_code", pa.string(), "総合通信局", "bureau of the prefecture"),
        Column("name_ja", pa.string(), "市区町村名", "as in the boundaries, or 2020"),
        Column(
            "is_listed_2020",
            pa.bool_(),
            "2020年の一覧",
            "on the list of 2020; false: a code of the boundaries' date only",
        ),
        Column("land_area_m2", pa.float64(), "陸地面積(m2)", "from boundaries", True),
        Column("mesh3_count", pa.int64(), "1 kmメッシュ数", "cells with its land"),
        Column("fiscal_index", pa.float64(), "財政力指数", "three-year mean", True),
        Column("fiscal_year", pa.int16(), "財政力指数の年度", "last year", True),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

MESH2_MUNICIPALITY = Table(
    "out.mesh2_municipality",
    "二次メッシュと市区町村",
    "municipalities with land in each secondary mesh",
    ("mesh2", "city_code"),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("city_code", pa.string(), "市区町村コード", "5 digits, JIS X 0402"),
        Column("name_ja", pa.string(), "市区町村名", "as in municipality"),
        Column("mesh3_count", pa.int64(), "1 kmメッシュ数", "cells with its land"),
        Column(
            "land_area_m2",
            pa.float64(),
            "陸地面積(m2)",
            "its land in the cell, from boundaries; null without them",
            True,
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

FUTURE_POPULATION = Table(
    "out.future_population",
    "将来推計人口(二次メッシュ別)",
    "projected residents of each secondary mesh",
    ("mesh2", "year"),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("year", pa.int16(), "年", "1 October of that year"),
        Column(
            "population",
            pa.float64(),
            "推計人口",
            "persons, not whole; null where a prefecture of the cell has no file",
            True,
        ),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

TARGET_CONDITION = Table(
    "out.target_condition",
    "対象メッシュの判定",
    "why each secondary mesh is a target or not, by the derived rule; a condition that "
    "the rule does not ask for is null",
    ("mesh2",),
    (
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("is_target", pa.bool_(), "対象メッシュ", "in the denominator"),
        Column("is_northern_territories", pa.bool_(), "北方領土のみ", "never a target"),
        Column("mesh3_count", pa.int64(), "1 kmメッシュ数", "listed cells with land"),
        Column("land_share", pa.float64(), "陸地の割合", "of the cell, 0-1", True),
        Column("has_land", pa.bool_(), "陸地の条件", "land enough"),
        Column("population_count", pa.int64(), "人口", "residents", True),
        Column("has_population", pa.bool_(), "人口の条件", "anyone lives there", True),
        Column(
            "known_share", pa.float64(), "土地利用の判明割合", "of the cell, 0-1", True
        ),
        Column(
            "industry_share",
            pa.float64(),
            "産業等の土地利用の割合",
            "land uses that count (domain rule), of the cell, 0-1",
            True,
        ),
        Column("has_industry", pa.bool_(), "土地利用の条件", "enough of it", True),
        Column("denominator_source", pa.string(), "分母の出典", "derived:<rule>"),
        Column("is_synthetic", pa.bool_(), "合成データ", "rests on synthetic input"),
    ),
)

SOURCE = Table(
    "out.source",
    "使用した資料",
    "every source of the release: whose it is, its terms, and the exact bytes read",
    ("kind", "name", "file"),
    (
        Column("kind", pa.string(), "区分", "input, or reference (shipped table)"),
        Column("name", pa.string(), "資料ID", "role in the run"),
        Column("file", pa.string(), "ファイル", "file read"),
        Column("title_ja", pa.string(), "資料名", "title"),
        Column("producer", pa.string(), "作成者", "who made it"),
        Column("vintage", pa.string(), "時点", "date or edition of the facts"),
        Column("licence", pa.string(), "利用条件", "terms of use"),
        Column("attribution", pa.string(), "出典表示", "credit line to print"),
        Column("retrieved_on", pa.date32(), "取得日", "null: not recorded", True),
        Column(
            "sha256", pa.string(), "SHA-256", "hash of the bytes; null: shipped", True
        ),
        Column("byte_count", pa.int64(), "バイト数", "size; null: shipped", True),
        Column("is_synthetic", pa.bool_(), "合成データ", "its sidecar says so"),
    ),
)

OUT_SOURCE_TABLES = (
    LICENCE_RECONCILIATION,
    MESH2_DISADVANTAGED,
    MESH2_LAND_COVER,
    MUNICIPALITY,
    MESH2_MUNICIPALITY,
    FUTURE_POPULATION,
    TARGET_CONDITION,
    SOURCE,
)
