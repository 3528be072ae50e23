r"""Licence data in exactly the published layout (format-synthetic).

Layouts: ``musen_webapi_format`` (one real JSON record), real CSV records of 2021 as
printed by callers (26 fields; parted by the two characters backslash and n, or t),
``musen_rakuten_4g_2022`` and ``musen_rakuten_5g_kinki`` (UTF-8 with byte order mark,
LF). Stations and counts are invented.
"""

import csv
import io
import json

from geodata.schemas import TABLES, conform

RAKUTEN = "楽天モバイル株式会社"
SUB6 = r"99M9X7W\t3849.99 MHz\t654  mW"
MMWAVE = (
    r"100MX7W\t27.05004 GHz\t663  mW\n100MX7W\t27.15 GHz\t663  mW"
    r"\n100MX7W\t27.24996 GHz\t663  mW\n100MX7W\t27.34992 GHz\t663  mW"
)
LTE = r"20M0X7W\t1835 MHz\t40 W"
SECTION = "携帯電話（その他基地局等に係る特定無線局）"
BLANKET_NOTE = (
    SECTION + r"\n----------------\n北海道(1,757)\n札幌市中央区(56) 札幌市北区(1,701)"
    r"\n滋賀県(105)\n大津市(103)\n犬上郡豊郷町(2)"
)


def station(number, place, spec=SUB6, *, name=RAKUTEN, note=""):
    """One record as a dict of what tests vary."""
    return {"no": str(number), "place": place, "spec": spec, "name": name, "note": note}


def json_answer(*stations, total=None, day="2023-03-24", detail=True):
    """A page of a list answer, OF=2."""
    return {
        "musen": [_json_record(s, detail=detail) for s in stations],
        "musenInformation": {
            "totalCount": str(len(stations) if total is None else total),
            "lastUpdateDate": day,
        },
    }


def _json_record(s, *, detail):
    record = {
        "listInfo": {
            "name": f"{s['name']} 法人番号2010901041404",
            "radioStationPurpose": "電気通信業務用",
            "tdfkCd": s["place"],
            "no": s["no"],
            "licenseDate": "2020-12-07",
        }
    }
    if detail:
        record["detailInfo"] = {
            "radioSpec1": s["spec"],
            "radioStationPurpose": "電気通信業務用",
            "note": s["note"],
            "permittedOperatingHours": "常　時",
            "address": "＊＊＊＊＊",
            "licenseDate": "2020-12-07",
            "broadcastMatter": "",
            "commMatter": "電気通信業務に関する事項",
            "office": "",
            "validTerms": "2022-09-30まで",
            "commPartner": "免許人所属の陸上移動局",
            "startingLimit": "",
            "broadcastDistrict": "",
            "workPersonName": "",
            "identificationSignals": "＊＊＊＊＊",
            "radioStationNumber": "",
            "radioStationCategory": "基地局",
            "movementArea": "",
            "radioEuipmentLocation": r"送受信所\n" + s["place"],
            "licenseNumber": "＊＊＊＊＊",
            "name": s["name"],
        }
    return record


def save_json(path, answer):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(answer, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def csv_answer(*stations, total=None, day="2023-03-24", fields=26):
    """Text of a page of a list answer, OF=1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([day, len(stations) if total is None else total])
    for s in stations:
        writer.writerow(csv_fields(s)[:fields])
    return text.getvalue()


def csv_fields(s):
    hidden = "＊＊＊＊＊"
    listed = [s["no"], f"{s['name']} 法人番号2010901041404", s["place"]]
    dates = ["2020-12-07", "2022-09-30まで"]
    fields = [*listed, "電気通信業務用", dates[0], s["name"], hidden, "", "基地局"]
    fields += [hidden, *dates, "電気通信業務用", "", "常　時", "", "", ""]
    fields += ["電気通信業務に関する事項", "免許人所属の陸上移動局", "*****"]
    return [*fields, r"送受信所\n" + s["place"], "", s["spec"], "", s["note"]]


def save_text(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


LIST_4G = """団体コード,都道府県名,市区町村名,開設局数
130001,東京都,,3
131032,東京都,港区,3
250007,滋賀県,,138
252018,滋賀県,大津市,103
252026,滋賀県,彦根市,35
270008,大阪府,,7
271021,大阪府,大阪市都島区,7
"""

LIST_5G = """団体コード,都道府県名,市区町村名,ミリ波,sub6
250007,滋賀県,滋賀県,16,21
252018,滋賀県,大津市,11,16
252026,滋賀県,彦根市,5,5
254410,滋賀県,犬上郡豊郷町,0,0
"""

UPDATED = "area,latest,update\n07_kinki,2022-07-21,1\n01_hokkaido,2022-07-21,1\n"


def save_list_4g(folder, text=LIST_4G, name="07_kinki.csv", updated=UPDATED):
    """A list of blanket counts and its updated.csv, in musen_rakuten_4g_2022."""
    folder = folder / "musen_rakuten_4g_2022"
    save_text(folder / "updated.csv", updated, "utf-8-sig")
    return save_text(folder / name, text, "utf-8-sig")


def save_list_5g(folder, text=LIST_5G, name="Rakuten_5G_kinki_20230324.csv"):
    """A list of individual counts by band."""
    return save_text(folder / name, text, "utf-8-sig")


def save_page(form, path, *stations, **more):
    """Save stations as a page of an answer, ``json`` or ``csv``."""
    if form == "json":
        return save_json(path.with_suffix(".json"), json_answer(*stations, **more))
    return save_text(path.with_suffix(".csv"), csv_answer(*stations, **more))


def table_of(read):
    table = read.tables["raw.licence_count"]
    conform(TABLES["raw.licence_count"], table)
    return table


def counts_of(read, *columns):
    table = table_of(read)
    key = list(columns or ("city_code", "band_class"))
    return table.set_index(key)["station_count"].to_dict()


def faults_of(read):
    columns = ["file", "layer", "row", "column", "rule_id", "value"]
    return list(read.rejected[columns].itertuples(index=False, name=None))
