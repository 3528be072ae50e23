"""Tables of the ingest stage: what was handed in, row by row."""

import pyarrow as pa

from geodata.schemas.table import Column, Table, optional

_CARRIER = Column("carrier", pa.string(), "事業者", "docomo, kddi, softbank or rakuten")
_PLAN_ID = Column("plan_id", pa.string(), "開設計画ID", "identifier of the filing")
_FILE = Column("file", pa.string(), "ファイル", "file of the filing the row stands in")
_LINE = Column(
    "line", pa.int64(), "行", "1-based physical line (CSV) or row number (Parquet)"
)


FILING = Table(
    "raw.filing",
    "提出物",
    "one row per filing handed in, accepted or not",
    (),
    (
        optional("carrier", pa.string(), "事業者", "null when plan.toml does not say"),
        optional(
            "plan_id", pa.string(), "開設計画ID", "null when plan.toml does not say"
        ),
        optional("plan_version", pa.int32(), "版", "version of the plan; highest wins"),
        optional("submitted_on", pa.date32(), "提出日", "day the filing was handed in"),
        optional("certified_on", pa.date32(), "認定日", "day the plan was certified"),
        optional(
            "as_of", pa.date32(), "基準日", "day on which the status columns hold"
        ),
        optional("datum", pa.string(), "測地系", "JGD2011, JGD2000, WGS84 or TOKYO"),
        optional(
            "datum_accuracy_m",
            pa.float64(),
            "変換精度(m)",
            "accuracy of the transform to JGD2011; null when none was needed",
        ),
        optional(
            "form",
            pa.string(),
            "様式",
            "finest granularity: stations, mesh_counts or prefecture_counts",
        ),
        Column("status", pa.string(), "受理状況", "accepted, rejected or superseded"),
        optional("status_reason", pa.string(), "理由", "rule that decided the status"),
        Column("name", pa.string(), "提出物名", "name of the folder or zip handed in"),
        Column("sha256", pa.string(), "SHA-256", "hash over the filing's files"),
        Column("byte_count", pa.int64(), "バイト数", "size of the filing's files"),
        Column("is_synthetic", pa.bool_(), "合成データ", "plan.toml says synthetic"),
        Column("read_count", pa.int64(), "読込行数", "data rows read"),
        Column("accepted_count", pa.int64(), "受理行数", "data rows accepted"),
        Column("rejected_count", pa.int64(), "不受理行数", "data rows rejected"),
        Column("warning_count", pa.int64(), "警告数", "warnings raised"),
    ),
)

STATION = Table(
    "raw.station",
    "開設計画の局",
    "one row per accepted row of stations.csv: a station on one band",
    ("carrier", "station_id", "band"),
    (
        _CARRIER,
        _PLAN_ID,
        _FILE,
        _LINE,
        Column("station_id", pa.string(), "局ID", "identifier within the carrier"),
        optional("site_id", pa.string(), "設置場所ID", "groups rows on one site"),
        Column("lat", pa.float64(), "緯度", "degrees, JGD2011"),
        Column("lon", pa.float64(), "経度", "degrees, JGD2011"),
        optional(
            "pref_code", pa.string(), "都道府県コード", "as declared by the carrier"
        ),
        Column("band", pa.string(), "バンド", "NR band name, such as n78"),
        optional("freq_low_mhz", pa.float64(), "下限周波数", "MHz"),
        optional("freq_high_mhz", pa.float64(), "上限周波数", "MHz"),
        optional("bandwidth_mhz", pa.float64(), "帯域幅", "MHz"),
        Column(
            "band_class",
            pa.string(),
            "周波数区分",
            "reuse_low, reuse_mid, new_mid, sub6 or mmwave, decided by frequency",
        ),
        Column(
            "is_advanced_band",
            pa.bool_(),
            "2019年割当帯域",
            "inside the bands of the 2019 allocation, which count for 5G基盤展開率",
        ),
        Column("station_type", pa.string(), "局種", "advanced, ordinary or repeater"),
        optional(
            "parent_station_id", pa.string(), "親局ID", "advanced station it hangs on"
        ),
        Column("indoor", pa.bool_(), "屋内等", "true: indoors and the like"),
        optional("antenna_height_m", pa.float64(), "空中線高", "metres above ground"),
        optional("eirp_dbm", pa.float64(), "EIRP", "dBm over the bandwidth"),
        optional("azimuth_deg", pa.string(), "方位角", "semicolon list of sectors"),
        optional("backhaul_gbps", pa.float64(), "回線速度", "Gbps"),
        optional("sa_capable", pa.bool_(), "SA対応", "able to run stand-alone"),
        optional("shared", pa.bool_(), "インフラシェアリング", "shared infrastructure"),
        optional("planned_start", pa.date32(), "開設予定日", "planned start"),
        optional("planned_fy", pa.int16(), "開設予定年度", "fiscal year (April)"),
        optional("planned_quarter", pa.int8(), "開設予定四半期", "1 = April to June"),
        optional("actual_start", pa.date32(), "運用開始日", "first day in operation"),
        optional("end_date", pa.date32(), "廃止日", "first day no longer in operation"),
        Column(
            "status", pa.string(), "状態", "planned, licensed, operating or retired"
        ),
    ),
)

MESH_COUNT = Table(
    "raw.mesh_count",
    "メッシュ別局数",
    "one row per accepted row of mesh_counts.csv; counts are cumulative",
    ("carrier", "plan_id", "mesh2", "fiscal_year", "band_class"),
    (
        _CARRIER,
        _PLAN_ID,
        _FILE,
        _LINE,
        Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),
        Column("fiscal_year", pa.int16(), "年度", "counts hold at its last day"),
        Column("band_class", pa.string(), "周波数区分", "band class or all"),
        Column("n_advanced", pa.int64(), "高度特定基地局数", "advanced stations"),
        Column("n_ordinary", pa.int64(), "特定基地局数", "ordinary stations"),
        Column("n_indoor", pa.int64(), "屋内局数", "indoor, not in the other two"),
    ),
)

PREFECTURE_COUNT = Table(
    "raw.prefecture_count",
    "都道府県別局数",
    "one row per accepted row of prefecture_counts.csv",
    ("carrier", "plan_id", "pref_code", "fiscal_year"),
    (
        _CARRIER,
        _PLAN_ID,
        _FILE,
        _LINE,
        Column("pref_code", pa.string(), "都道府県コード", "01 to 47"),
        Column("fiscal_year", pa.int16(), "年度", "counts hold at its last day"),
        Column("n_advanced", pa.int64(), "高度特定基地局数", "advanced stations"),
        Column("n_ordinary", pa.int64(), "特定基地局数", "ordinary stations"),
        optional(
            "base_deployment_rate_pct",
            pa.float64(),
            "5G基盤展開率(%)",
            "as filed, one decimal",
        ),
        optional(
            "population_coverage_pct",
            pa.float64(),
            "5G人口カバー率(%)",
            "as filed, one decimal",
        ),
    ),
)

REJECTED_ROW = Table(
    "raw.rejected_row",
    "不受理・警告の行",
    "one row per finding: a rejected row, a warning, or a fault of a whole file; "
    "stays in the workspace",
    (),
    (
        optional("carrier", pa.string(), "事業者", "null when plan.toml does not say"),
        optional(
            "plan_id", pa.string(), "開設計画ID", "null when plan.toml does not say"
        ),
        optional("file", pa.string(), "ファイル", "null: the filing as a whole"),
        optional("line", pa.int64(), "行", "null: the file as a whole"),
        optional("column", pa.string(), "列", "null: the row as a whole"),
        optional("value", pa.string(), "値", "what stood there, cut at 200 characters"),
        Column("rule_id", pa.string(), "規則", "id in the rule catalogue"),
        Column("severity", pa.string(), "重大度", "ERROR, WARNING or INFO"),
        Column(
            "state",
            pa.string(),
            "対応状況",
            "open, acknowledged (by the carrier), waived (by the ministry) or noted "
            "(INFO, which asks for nothing)",
        ),
        optional("answer", pa.string(), "対応理由", "reason acknowledged or waived"),
        optional(
            "mesh2", pa.int64(), "二次メッシュ", "cell of the row; null: not known"
        ),
        Column("message_ja", pa.string(), "説明", "what is wrong and how to mend it"),
        Column("message_en", pa.string(), "説明(英語)", "the same in English"),
    ),
)

TARGET_MESH = Table(
    "raw.target_mesh",
    "対象メッシュ",
    "the denominator: secondary meshes where business is possible",
    ("mesh2",),
    (Column("mesh2", pa.int64(), "二次メッシュ", "secondary mesh"),),
)

RAW_TABLES = (
    FILING,
    STATION,
    MESH_COUNT,
    PREFECTURE_COUNT,
    REJECTED_ROW,
    TARGET_MESH,
)
