"""The numbers of a release as a person or a program reads them first."""

from typing import Any

import pandas as pd

from geodata import reference
from geodata.plain import plain_records
from geodata.publish.text_table import TextTable
from geodata.store import Release

SCOPES = ("nation", "bureau", "prefecture", "carrier")
_TABLES = ("base_deployment_rate", "target_status")
_TABLES_OF_AREAS = ("population_coverage", "area_coverage", "sub6_rate")
_BASIS = {"operating": "運用\noperating", "planned": "計画\nplanned"}
_SHOWN_STATES = 6
_NONE = "-"


def summary_records(
    release: Release, by: str | None
) -> dict[str, list[dict[str, Any]]]:
    """Rates and goals as JSON-ready records, all dates and both bases.

    Parameters
    ----------
    release : Release
        The release to read.
    by : {"nation", "bureau", "prefecture", "carrier"} or None
        Narrow to one kind of scope; ``carrier`` gives the nation's rows of each
        carrier without combined; None gives everything.
    """
    there = [name for name in _TABLES_OF_AREAS if name in release.tables]
    names = (*_TABLES, *there)
    return {name: plain_records(_narrowed(release.read(name), by)) for name in names}


def headline(release: Release) -> list[str]:
    """Sentences above the tables: what the release is, and what to know of it."""
    manifest = release.manifest
    parameters = manifest["parameters"]
    count, published = (
        parameters["target_count"],
        parameters["published_target_count"],
    )
    lines = [
        f"5G基盤展開率 / 5G base-deployment rate, as of {manifest['as_of']}",
        f"分母 / denominator: {count:,} target meshes, "
        f"{parameters['denominator_source']} "
        f"({count / published:.3f} of {published:,})",
    ]
    if manifest["is_synthetic"]:
        lines.insert(1, f"{manifest['label']['ja']} / {manifest['label']['en']}")
    lines += [f"注意 / warning: {text}" for text in manifest["warnings"]]
    missing = [source["name"] for source in manifest["inputs"]["missing_sources"]]
    if missing:
        lines.append(
            f"不足する資料 / sources not given ({len(missing)}; `kiban sources` tells "
            f"what is lost): {', '.join(missing)}"
        )
    return lines


def national_table(release: Release) -> TextTable:
    """5G基盤展開率 of the nation: carriers by day, cells and published percentage."""
    rates = release.read("base_deployment_rate")
    nation = rates[rates["scope_kind"] == "nation"]
    states = _states(release, nation)
    heads = ["事業者\ncarrier"]
    heads += [f"{_BASIS[basis]}\n{day.date()}" for day, basis in states]
    heads.append("98 %まで\ncells\nneeded")
    rows = []
    for carrier, name in _carrier_names().items():
        own = nation[nation["carrier"] == carrier].set_index(["as_of", "basis"])
        cells = [_rate_text(own.loc[state]) for state in states]
        needed = own.loc[states[-1], "cells_needed_count"]
        rows.append([name, *cells, _number(needed)])
    return TextTable("全国 / nation", heads, rows)


def scope_table(release: Release, by: str) -> TextTable:
    """5G基盤展開率 by bureau, prefecture or carrier: as of the day, and as planned."""
    if by in ("nation", "carrier"):
        return national_table(release)
    rates = _narrowed(release.read("base_deployment_rate"), by)
    rates = rates[
        (rates["assignment"] == "majority") & (rates["carrier"] == "combined")
    ]
    states = _states(release, rates)
    states = [*(s for s in states if s[1] == "operating")][-1:] + states[-1:]
    names = _scope_names(by)
    keyed = rates.set_index(["scope_code", "as_of", "basis"])
    rows = []
    for code in names:
        cells = [_rate_text(keyed.loc[(code, *state)]) for state in states]
        last = keyed.loc[(code, *states[-1])]
        rows.append([names[code], *cells, _number(last["denominator_count"])])
    heads = ["地域 scope", *(f"{_BASIS[basis]}\n{day.date()}" for day, basis in states)]
    title = f"全事業者 / combined by {by} (majority)"
    return TextTable(title, [*heads, "対象 target meshes"], rows)


def at_goal_day(goals: pd.DataFrame) -> pd.DataFrame:
    """Rows by plan at each goal's day, else of the last planned day before it.

    Parameters
    ----------
    goals : DataFrame
        Rows of ``out.target_status``. Not modified.
    """
    planned = goals[goals["basis"] == "planned"].sort_values("as_of")
    is_late = planned["as_of"] >= planned["target_on"]
    is_last = planned["as_of"] == planned["as_of"].max()
    key = ["target_id", "carrier", "scope_kind", "scope_code"]
    return planned[is_late | is_last].drop_duplicates(key, keep="first")


def goal_table(release: Release) -> TextTable:
    """Goals of the nation, operating as of the day and by plan at the goal's day.

    A goal whose day lies beyond the last planned year shows the last planned day.
    """
    goals = release.read("target_status")
    nation = goals[(goals["scope_kind"] == "nation") & (goals["carrier"] == "combined")]
    as_of = pd.Timestamp(release.manifest["as_of"])
    operating = nation[(nation["basis"] == "operating") & (nation["as_of"] == as_of)]
    shown = pd.concat([operating, at_goal_day(nation)], ignore_index=True)
    heads = [
        "目標\ngoal", "基準\nbasis", "現在\nvalue", "目標値\ntarget", "不足\ngap",
        "必要/月\npace", "見込\nprojected", "状態\nstatus",
    ]  # fmt: skip
    rows = [
        [
            f"{row.target_id} ({row.target_on.date()})",
            f"{row.basis} {row.as_of.date()}",
            *map(_number, (row.value, row.target_value, row.gap, row.pace_per_month)),
            _day(row.projected_on),
            row.status,
        ]
        for row in shown.itertuples()
    ]
    return TextTable("目標 / goals", heads, rows)


def block_table(release: Release) -> TextTable:
    """Half of the cells in every bureau: how many bureaus, and the worst of them.

    By plan on the last planned day; the nation has its own row among the goals.
    """
    goals = release.read("target_status")
    last = goals[
        (goals["basis"] == "planned") & (goals["as_of"] == goals["as_of"].max())
    ]
    blocks = last[
        (last["target_id"] == "block50_2024") & (last["scope_kind"] == "bureau")
    ]
    bureaus = _scope_names("bureau")
    rows = []
    for carrier, name in _carrier_names().items():
        own = blocks[(blocks["carrier"] == carrier) & blocks["gap"].notna()]
        if own.empty:
            rows.append([name, _NONE, _NONE, _NONE])
            continue
        share = own["value"].astype(float) / own["target_value"].astype(float)
        worst = own.loc[share.idxmin()]
        is_met = (own["gap"] == 0).sum()
        text = (
            f"{bureaus[worst['scope_code']]} {worst['value']}/{worst['target_value']}"
        )
        rows.append([name, f"{is_met}/{len(own)}", text, _number(worst["gap"])])
    heads = ["事業者\ncarrier", "達成\nbureaus met", "最低\nworst", "不足\ngap"]
    title = f"地域ブロック50% / block check, planned {last['as_of'].max().date()}"
    return TextTable(title, heads, rows)


def start_table(release: Release) -> TextTable:
    """Prefectures with a qualifying advanced station in operation, per carrier."""
    starts = release.read("service_start")
    names = _carrier_names()
    rows = []
    for carrier, own in starts.groupby("carrier"):
        is_filed = bool(own["is_complete"].all())
        missing = sorted(own.loc[own["first_advanced_on"].isna(), "pref_code"])
        rows.append(
            [
                names[str(carrier)],
                str(len(own) - len(missing)) if is_filed else _NONE,
                " ".join(missing) if is_filed else _NONE,
            ]
        )
    order = list(names.values())
    rows.sort(key=lambda row: order.index(row[0]))
    deadline = starts["deadline_on"].iloc[0].date()
    heads = ["事業者\ncarrier", "都道府県\nof 47", "未開始\nnot yet"]
    return TextTable(f"運用開始 / service start (deadline {deadline})", heads, rows)


def _states(release: Release, rates: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    """The last operating days and the planned ones; of many, first and last ones."""
    as_of = pd.Timestamp(release.manifest["as_of"])
    days = sorted(rates["as_of"].unique())
    operating = [(day, "operating") for day in days if day <= as_of]
    planned = [(day, "planned") for day in days if day > as_of]
    room = _SHOWN_STATES - 2
    if len(planned) > room:
        planned = [*planned[: room - 1], planned[-1]]
    return operating[-2:] + planned


def _rate_text(row: pd.Series) -> str:
    if row["status"] != "ok":
        return str(row["status"])
    mark = "" if row["is_complete"] else " *"
    return f"{row['numerator_count']:,} ({row['rate_pct_published']:.1f} %){mark}"


def _number(value: Any) -> str:  # noqa: ANN401 - any cell of a table
    return _NONE if pd.isna(value) else f"{value:,}"


def _day(value: Any) -> str:  # noqa: ANN401 - any cell of a table
    return _NONE if pd.isna(value) else str(value.date())


def _carrier_names() -> dict[str, str]:
    names = {carrier: carrier for carrier in reference.CARRIERS}
    return names | {reference.COMBINED: "全体 combined"}


def _scope_names(by: str) -> dict[str, str]:
    table = reference.bureaus() if by == "bureau" else reference.prefectures()
    code = "bureau_code" if by == "bureau" else "pref_code"
    return {
        row[code]: f"{row[code]} {row['name_ja']}" for row in table.to_dict("records")
    }


def _narrowed(table: pd.DataFrame, by: str | None) -> pd.DataFrame:
    if by is None:
        return table
    if by == "carrier":
        is_nation = table["scope_kind"] == "nation"
        return table[is_nation & (table["carrier"] != "combined")]
    return table[table["scope_kind"] == by]
