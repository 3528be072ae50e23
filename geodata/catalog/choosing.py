"""Choice of one dataset where a folder holds several forms of the same source."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from geodata.catalog.register import RegisteredSource

_FORMS = (
    (".zip",),  # the official archive
    (".shp", ".csv", ".txt"),
    (".parquet", ".gpkg", ".xlsx"),
    (".geojson", ".json"),
    (".xml", ".gml"),
    (".topojson",),
)
_FORM_RANK = {suffix: rank for rank, form in enumerate(_FORMS) for suffix in form}
_FINEST_FIRST = "eqhs"  # 125 m, 250 m, 500 m, 1 km
_NATION = "nation"
_KINDS = {2: ("prefecture", 47), 4: ("mesh1", 176), 6: ("municipality", 1741)}


@dataclass(frozen=True)
class Superseded:
    """A file of a source that is not used, because another one is.

    Attributes
    ----------
    source : str
        Name of the source in the register.
    path, instead : Path
        The file, and one that is used.
    reason_ja, reason_en : str
        Why.
    """

    source: str
    path: Path
    instead: Path
    reason_ja: str
    reason_en: str

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name


@dataclass(frozen=True)
class _Candidate:
    path: Path
    part: str
    level: str
    table: str
    year: int
    area: str
    kind: str

    @property
    def dataset(self) -> tuple[str, str, int, str]:
        return self.level, self.table, self.year, self.kind

    @property
    def form(self) -> tuple[int, str]:
        rank = _FORM_RANK.get(self.path.suffix.lower(), len(_FORMS))
        return rank, str(self.path)


def choose(
    source: RegisteredSource, paths: Sequence[Path]
) -> tuple[list[Path], list[Superseded]]:
    """Files of one dataset, and those left aside with the reason.

    The rule, in this order: the finest mesh level; the division of the country
    (nation, prefectures, primary meshes) and edition that cover most of it; the table
    or product that the register prefers; the newest edition. Per area one file:
    archive, then Shapefile, GeoParquet or GeoPackage, GeoJSON, GML, TopoJSON. Of a
    source of which every vintage is kept (censuses), one dataset of each.

    Parameters
    ----------
    source : RegisteredSource
        Its ``names`` read level, edition and area off a file name.
    paths : sequence of Path
        Files that the source claims.

    Returns
    -------
    chosen : list of Path
        Sorted.
    superseded : list of Superseded
        All others, sorted.
    """
    if source.keep == "all":
        return sorted(paths), []
    parts: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    vintages = _vintages(source, [path.name for path in paths])
    for path in sorted(paths):
        candidate = _candidate(source, path)
        parts[candidate.part, vintages[path.name]].append(candidate)
    chosen: list[Path] = []
    aside: list[Superseded] = []
    for candidates in parts.values():
        used, left = _choose_part(source, candidates)
        chosen += used
        aside += left
    return sorted(chosen), sorted(aside, key=lambda one: one.path)


def newest(source: RegisteredSource, file_names: Collection[str]) -> list[str]:
    """Names of the newest vintage, of a source of which every vintage is kept.

    Parameters
    ----------
    source : RegisteredSource
        Of any other source all names are given back.
    file_names : collection of str
        Names of its files.
    """
    vintages = _vintages(source, file_names)
    last = max(vintages.values(), default="")
    return [name for name in file_names if vintages[name] == last]


def year_of(text: str) -> int:
    """Year a published name means; -1 for an empty text.

    Examples
    --------
    >>> [year_of(text) for text in ("17", "701001", "20210101", "r3", "200101")]
    [2017, 1970, 2021, 2021, 1920]
    """
    if not text:
        return -1
    if text[0] in "rh":  # Reiwa, Heisei
        return int(text[1:]) + (2018 if text[0] == "r" else 1988)
    if len(text) in (4, 8):
        return int(text[:4])
    # Dates of six digits were used for 1920 to 2019, years of two digits ever since.
    start = 20 if len(text) == 6 else 50
    two = int(text[:2])
    return two + (1900 if two >= start else 2000)


def vintage_of(source: RegisteredSource, file_name: str) -> str:
    """Date or year that a published name speaks of; empty where it does not."""
    said = source.says(file_name)
    text = said.get("year", "")
    if not text:
        return source.vintage_of_table(said.get("table", ""))
    if re.fullmatch(r"\d{8}", text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return str(year_of(text))


def _vintages(source: RegisteredSource, file_names: Collection[str]) -> dict[str, str]:
    """Vintage under which each file is kept; empty where vintages are not kept apart.

    A file of no known vintage stands with the newest, so that it never is a further
    one beside it.
    """
    if source.keep != "each_vintage":
        return dict.fromkeys(file_names, "")
    told = {name: vintage_of(source, name) for name in file_names}
    last = max(told.values(), default="")
    return {name: vintage or last for name, vintage in told.items()}


def _candidate(source: RegisteredSource, path: Path) -> _Candidate:
    said = source.says(path.name)
    area = said.get("area") or said.get("city") or ""
    digits = len(area.partition("-")[0])
    kind = _KINDS[digits][0] if digits and area != "00" else _NATION
    return _Candidate(
        path=path,
        part=said.get("set", ""),
        level=said.get("level", ""),
        table=said.get("table", ""),
        year=year_of(said.get("year", "")),
        area=area,
        kind=kind,
    )


def _choose_part(
    source: RegisteredSource, candidates: list[_Candidate]
) -> tuple[list[Path], list[Superseded]]:
    datasets: dict[tuple[str, str, int, str], list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        datasets[candidate.dataset].append(candidate)
    best = min(datasets.values(), key=lambda files: _rank(source, files))
    used: dict[str, _Candidate] = {}
    for candidate in sorted(best, key=lambda one: one.form):
        used.setdefault(candidate.area, candidate)
    chosen = {candidate.path for candidate in used.values()}
    first = min(used.values(), key=lambda one: one.path)
    aside = [
        _superseded(source.name, candidate, used.get(candidate.area), first)
        for candidate in candidates
        if candidate.path not in chosen
    ]
    return sorted(chosen), aside


def _rank(
    source: RegisteredSource, files: list[_Candidate]
) -> tuple[int, float, int, str, int]:
    one = files[0]
    level = _FINEST_FIRST.find(one.level) if one.level else 0
    covered = 1.0
    if one.kind != _NATION:
        whole = dict(_KINDS.values())[one.kind]
        covered = len({file.area.partition("-")[0] for file in files}) / whole
        covered = min(covered, 0.999)  # a national file before all of its parts
    tables = source.tables
    preferred = tables.index(one.table) if one.table in tables else len(tables)
    return level, -covered, preferred, one.table, -one.year


def _superseded(
    source: str, left: _Candidate, same: _Candidate | None, first: _Candidate
) -> Superseded:
    ja, en = _reason(left, first)
    instead = same if same is not None and same.dataset == left.dataset else first
    return Superseded(source, left.path, instead.path, ja, en)


def _reason(left: _Candidate, used: _Candidate) -> tuple[str, str]:
    if left.level != used.level:
        return "より粗いメッシュの統計", "statistics of a coarser mesh"
    if left.kind != used.kind:
        return (
            "区切り方が違い(全国・都道府県別・1次メッシュ別)、混ぜて使えない",
            "another division of the country, which must not be mixed in",
        )
    if left.table != used.table:
        return "別の表または製品", "another table or product"
    if left.year != used.year:
        return (
            f"別の版 ({_year(left)}、使うのは {_year(used)})",
            f"another edition ({_year(left)}); the one of {_year(used)} is used",
        )
    return "同じ版・同じ地域の別の形式", "another form of the same edition and area"


def _year(candidate: _Candidate) -> str:
    return str(candidate.year) if candidate.year > 0 else "?"
