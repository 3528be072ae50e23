"""5G人口カバー率, 面積カバー率 and サブ6展開率 of a release, as a person reads them."""

import pandas as pd

from geodata import reference
from geodata.publish.summary import at_goal_day
from geodata.publish.text_table import TextTable
from geodata.store import Release

_NONE = "-"
_BASIS = {"operating": "運用 operating", "planned": "計画 planned"}
_METRICS = {
    "population_coverage": "人口カバー率\npopulation",
    "area_coverage": "面積カバー率\narea",
    "sub6_rate": "サブ6展開率\nsub-6",
}


def coverage_table(release: Release) -> TextTable | None:
    """Figures of the nation by carrier, operating as of the day and as last planned.

    Estimates from stations (``modelled``) have rows of their own, and are marked.
    None where the release holds no such figure.
    """
    shown = {name: _national(release, name) for name in _METRICS}
    shown = {name: rows for name, rows in shown.items() if rows is not None}
    if not shown:
        return None
    rows = [
        [text, f"{_BASIS[basis]} {day.date()}", *cells]
        for day, basis in _states(release)
        for text, cells in _rows(shown, day, basis)
    ]
    heads = ["事業者\ncarrier", "基準\nbasis", *(_METRICS[name] for name in shown)]
    return TextTable("全国のカバー率 / coverage of the nation", heads, rows)


def coverage_goal_table(release: Release) -> TextTable | None:
    """Goals that each prefecture, or each carrier, has to meet, by plan at their days.

    Numbers that fall short because a filing is missing are not scored. The goals of
    the nation together are in :func:`geodata.publish.summary.goal_table`. None where
    the release scores none of them.
    """
    goals = release.read("target_status")
    of_prefectures = goals["metric"].eq("population_coverage") & goals["scope_kind"].eq(
        "prefecture"
    )
    shown = at_goal_day(goals[of_prefectures | goals["metric"].eq("sub6_cells")])
    scored = shown[shown["gap"].notna() & (shown["status"] != "incomplete")]
    if scored.empty:
        return None
    rows = [
        [goal, len(own), int((own["gap"] == 0).sum()), _worst(own), _days(own)]
        for goal, own in scored.groupby("target_id")
    ]
    texts = [[str(cell) for cell in row] for row in rows]
    heads = [
        "目標\ngoal", "対象\nscored", "達成\nmet", "最低\nworst", "計画\nplanned",
    ]  # fmt: skip
    title = "都道府県・事業者ごとの目標 / each prefecture, each carrier"
    return TextTable(title, heads, texts)


def _days(goals: pd.DataFrame) -> str:
    """The day of the rows of a goal, or the days."""
    return ", ".join(str(day.date()) for day in sorted(goals["as_of"].unique()))


def _worst(goals: pd.DataFrame) -> str:
    """Prefecture or carrier that is farthest from a goal, and how far it is."""
    share = goals["value"].astype(float) / goals["target_value"].astype(float)
    row = goals.loc[share.idxmin()]
    names = reference.prefectures().set_index("pref_code")["name_ja"]
    name = names.get(row["scope_code"], row["carrier"])
    return f"{name} {row['value']:,}/{row['target_value']:,}"


def _national(release: Release, name: str) -> pd.DataFrame | None:
    if name not in release.tables:
        return None
    table = release.read(name)
    is_meant = (table["scope_kind"] == "nation") & (table["assignment"] != "touch")
    if "measure" in table:
        is_meant &= table["measure"] == "population"
    if "coverage_source" not in table:
        table = table.assign(coverage_source="filed")
    columns = ["as_of", "basis", "carrier", "coverage_source"]
    return table[is_meant].set_index(columns)


def _states(release: Release) -> list[tuple[pd.Timestamp, str]]:
    """The day of the release, and the last planned day after it."""
    as_of = pd.Timestamp(release.manifest["as_of"])
    last = release.read("base_deployment_rate")["as_of"].max()
    planned = [(last, "planned")] if last > as_of else []
    return [(as_of, "operating"), *planned]


def _rows(
    shown: dict[str, pd.DataFrame], day: pd.Timestamp, basis: str
) -> list[tuple[str, list[str]]]:
    """Name and figures of each carrier, filed and then modelled."""
    rows = []
    for source, mark in (("filed", ""), ("modelled", " 推計 modelled")):
        for carrier in (*reference.CARRIERS, reference.COMBINED):
            key = (day, basis, carrier, source)
            found = {name: table for name, table in shown.items() if key in table.index}
            if not found:
                continue
            cells = [
                _text(found[name].loc[key]) if name in found else _NONE
                for name in shown
            ]
            name = "全体 combined" if carrier == reference.COMBINED else carrier
            rows.append((name + mark, cells))
    return rows


def _text(row: pd.Series) -> str:
    if pd.isna(row["rate_pct_published"]):
        return str(row["status"])
    mark = "" if row["is_complete"] else " *"
    return f"{row['rate_pct_published']:.1f} %{mark}"
