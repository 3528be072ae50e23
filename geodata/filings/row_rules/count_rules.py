"""Rules of ``mesh_counts.csv`` and ``prefecture_counts.csv`` (domain.md 4.3, 4.4)."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geodata import mesh, reference
from geodata.filings.catalogue import decides
from geodata.filings.plan_toml.plan_entries import MAX_COUNT
from geodata.filings.plan_toml.withdrawals import (
    COUNTS,
    explained,
    falls_over_years,
    with_records,
    withdrawn,
)
from geodata.filings.row_rules.station_rules import FISCAL_YEARS
from geodata.filings.tables.rows import Hit, Rows, row_rule
from geodata.filings.tables.words import of_each_row, words_of

_COUNTS = COUNTS["mesh_counts"]
_RATE = "base_deployment_rate_pct"
_PERCENTAGES = (_RATE, "population_coverage_pct")
_PREFECTURE_NUMBERS = {f"{number:02d}": number for number in range(1, 48)}
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
        column = rows.text["mesh2"]
        words = words_of(column)
        six_digits = pc.if_else(pc.match_substring_regex(words, r"^\d{6}$"), words, "0")
        codes = of_each_row(six_digits.cast(pa.int64()), column)
        codes = codes.fill_null(0).to_numpy(zero_copy_only=False)
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


@row_rule("band_class_unknown", "mesh_counts", "coverage")
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
    """Falls that no withdrawal record explains."""
    counts = _counts_by_year(rows, _COUNTS)
    counts["place"] = _mesh2(rows)
    counts["band_class"] = rows.text["band_class"].to_numpy(zero_copy_only=False)
    falls = falls_over_years(counts[~rows.is_rejected], _COUNTS)
    open_falls = falls[~explained(falls, withdrawn(rows.plan, "mesh_counts"))]
    return [_fall(rows, open_falls, name) for name in _COUNTS]


@row_rule("prefecture_count_decreasing", "prefecture_counts", phase=5)
def _prefecture_count_decreasing(rows: Rows) -> list[Hit]:
    """Falls that no withdrawal record explains; any record explains a lower rate."""
    columns = [*COUNTS["prefecture_counts"], _RATE]
    counts = _counts_by_year(rows, columns)
    codes = pd.Series(rows.text["pref_code"].to_numpy(zero_copy_only=False))
    counts["place"] = codes.map(_PREFECTURE_NUMBERS).fillna(0).astype("int64")
    counts["band_class"] = None
    good = counts[~rows.is_rejected]
    records = withdrawn(rows.plan, "prefecture_counts")
    falls = falls_over_years(good, COUNTS["prefecture_counts"])
    lower = falls_over_years(good, [_RATE])
    falls = falls[~explained(falls, records)]
    lower = lower[~with_records(lower, records)]
    hits = [_fall(rows, falls, name) for name in COUNTS["prefecture_counts"]]
    return [*hits, _fall(rows, lower, _RATE)]


def _counts_by_year(rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    counts = pd.DataFrame({name: rows.number(name) for name in columns})
    return counts.assign(fiscal_year=rows.number("fiscal_year"))


def _fall(rows: Rows, falls: pd.DataFrame, name: str) -> Hit:
    """The rows whose own column fell, with what it was and when."""
    own = falls[falls[name] < falls[f"{name}_before"]]
    breach = np.zeros(len(rows), bool)
    breach[own.index] = True
    before = np.zeros(len(rows))
    before[own.index] = own[f"{name}_before"]
    year = np.zeros(len(rows), np.int64)
    year[own.index] = own["year_before"].astype("int64")
    return Hit(breach, name, {"before": before, "fiscal_year_before": year})


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
    return [Hit(rows.is_match(name, fine), name) for name in _PERCENTAGES]


@decides("prefectures_incomplete")
def check_prefectures(rows: Rows) -> None:
    """Every fiscal year should have accepted rows for all 47 prefectures."""
    rows.log.mark("prefectures_incomplete")
    wanted = sorted(reference.prefectures()["pref_code"])
    data = pd.DataFrame({"year": rows.number("fiscal_year")})
    data["pref_code"] = rows.text["pref_code"].to_numpy(zero_copy_only=False)
    for year, group in data[~rows.is_rejected].groupby("year")["pref_code"]:
        given = set(group)
        absent = [code for code in wanted if code not in given]
        if absent:
            rows.log.add(
                "prefectures_incomplete",
                file=rows.file,
                column="pref_code",
                value=" ".join(absent),
                fiscal_year=int(year),
            )
