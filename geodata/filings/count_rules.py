"""Rules of ``mesh_counts.csv`` and ``prefecture_counts.csv`` (domain.md 4.3, 4.4)."""

from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh, reference
from geodata.filings.catalogue import decides
from geodata.filings.findings import mask_of
from geodata.filings.rows import Hit, Rows, row_rule
from geodata.filings.station_rules import FISCAL_YEARS

MAX_COUNT = 10_000_000
"""More stations than a cell, a prefecture or the nation could hold."""

_COUNTS = ("n_advanced", "n_ordinary", "n_indoor")
_PERCENTAGES = ("base_deployment_rate_pct", "population_coverage_pct")
_BOTH = ("mesh_counts", "prefecture_counts")


@decides("mesh_counts_datum")
def check_mesh_datum(rows: Rows) -> None:
    """A count on Tokyo-datum cells belongs to no cell of today (domain.md 2.7)."""
    rows.log.mark("mesh_counts_datum")
    if rows.plan.datum == "TOKYO":
        rows.log.add("mesh_counts_datum", file=rows.file, value=rows.plan.datum)


def _mesh2(rows: Rows) -> np.ndarray:
    """Codes as int64, 0 where the text is no possible code."""
    if "mesh2" not in rows.notes:
        text = rows.text["mesh2"]
        six_digits = pc.if_else(pc.match_substring_regex(text, r"^\d{6}$"), text, "0")
        codes = six_digits.fill_null("0").cast(pa.int64())
        codes = codes.to_numpy(zero_copy_only=False)
        rows.notes["mesh2"] = np.where(mesh.is_possible(codes, "m2"), codes, 0)
    return rows.notes["mesh2"]


@row_rule("mesh2_format", "mesh_counts")
def _mesh2_format(rows: Rows) -> np.ndarray:
    return rows.is_given("mesh2") & (_mesh2(rows) == 0)


@row_rule("mesh2_unlisted", "mesh_counts")
def _mesh2_unlisted(rows: Rows) -> np.ndarray:
    codes = _mesh2(rows)
    return (codes != 0) & ~np.isin(codes, _listed_mesh2())


@cache
def _listed_mesh2() -> np.ndarray:
    return reference.mesh2_facts()["mesh2"].to_numpy()


@row_rule("fiscal_year_range", *_BOTH)
def _fiscal_year_range(rows: Rows) -> np.ndarray:
    year = rows.number("fiscal_year")
    return (year < FISCAL_YEARS[0]) | (year > FISCAL_YEARS[1])


@row_rule("band_class_unknown", "mesh_counts")
def _band_class_unknown(rows: Rows) -> np.ndarray:
    known = [*reference.band_classes()["band_class"], "all"]
    return rows.is_given("band_class") & ~rows.is_value("band_class", *known)


@row_rule("count_range", *_BOTH)
def _count_range(rows: Rows) -> list[Hit]:
    hits = []
    for name in (n for n in _COUNTS if n in rows.typed):
        count = rows.number(name)
        is_out = (count < 0) | (count > MAX_COUNT)
        hits.append(Hit(is_out, name, {"limit": MAX_COUNT}))
    return hits


@row_rule("band_class_mixed", "mesh_counts", phase=3)
def _band_class_mixed(rows: Rows) -> Hit:
    """All rows of a cell and year that gives both forms: neither can be trusted."""
    keys = pd.DataFrame({"mesh2": _mesh2(rows), "year": rows.number("fiscal_year")})
    keys["is_all"] = rows.is_value("band_class", "all")
    good = keys[~rows.is_rejected]
    forms = good.groupby(["mesh2", "year"])["is_all"].transform("nunique")
    breach = np.zeros(len(rows), bool)
    breach[forms.index[forms > 1]] = True
    return Hit(breach, "band_class", _cell_fields(rows))


def _cell_fields(rows: Rows) -> dict[str, object]:
    return {"mesh2": rows.text["mesh2"], "fiscal_year": rows.text["fiscal_year"]}


@row_rule("band_unknown", "mesh_counts", phase=5)
def _band_unknown(rows: Rows) -> Hit:
    qualifies = rows.is_value("band_class", "all") & (rows.number("n_advanced") >= 1)
    return Hit(qualifies & ~rows.is_rejected, "band_class", _cell_fields(rows))


@row_rule("count_decreasing", "mesh_counts", phase=5)
def _count_decreasing(rows: Rows) -> list[Hit]:
    data = pd.DataFrame({name: rows.number(name) for name in _COUNTS})
    data["mesh2"], data["fiscal_year"] = _mesh2(rows), rows.number("fiscal_year")
    data["band_class"] = rows.text["band_class"].to_numpy(zero_copy_only=False)
    data = data[~rows.is_rejected].sort_values("fiscal_year", kind="stable")
    before = data.groupby(["mesh2", "band_class"], sort=False).shift()
    return [_fall(rows, data, before, name) for name in _COUNTS]


def _fall(rows: Rows, data: pd.DataFrame, before: pd.DataFrame, name: str) -> Hit:
    falls = data[name] < before[name]
    breach = np.zeros(len(rows), bool)
    breach[falls.index[falls]] = True
    extra: dict[str, object] = {}
    for field, column in (("before", name), ("fiscal_year_before", "fiscal_year")):
        values = np.zeros(len(rows), np.int64)
        values[falls.index[falls]] = before.loc[falls, column].astype("int64")
        extra[field] = values
    return Hit(breach, name, extra)


@row_rule("pref_code_unknown", "prefecture_counts")
def _pref_code_unknown(rows: Rows) -> np.ndarray:
    known = reference.prefectures()["pref_code"]
    return rows.is_given("pref_code") & ~rows.is_value("pref_code", *known)


@row_rule("pct_range", "prefecture_counts")
def _pct_range(rows: Rows) -> list[Hit]:
    values = {name: rows.number(name) for name in _PERCENTAGES}
    return [Hit((v < 0) | (v > 100), name) for name, v in values.items()]


@row_rule("pct_decimals", "prefecture_counts")
def _pct_decimals(rows: Rows) -> list[Hit]:
    fine = r"\.\d+[1-9]"
    return [
        Hit(mask_of(pc.match_substring_regex(rows.text[name], fine)), name)
        for name in _PERCENTAGES
    ]


@decides("prefectures_incomplete")
def check_prefectures(rows: Rows) -> None:
    """Every fiscal year should have accepted rows for all 47 prefectures."""
    rows.log.mark("prefectures_incomplete")
    wanted = sorted(reference.prefectures()["pref_code"])
    data = pd.DataFrame({"year": rows.number("fiscal_year")})
    data["pref_code"] = rows.text["pref_code"].to_numpy(zero_copy_only=False)
    for year, group in data[~rows.is_rejected].groupby("year")["pref_code"]:
        absent = [code for code in wanted if code not in set(group)]
        if absent:
            rows.log.add(
                "prefectures_incomplete",
                file=rows.file,
                column="pref_code",
                value=" ".join(absent),
                fiscal_year=int(year),
            )
