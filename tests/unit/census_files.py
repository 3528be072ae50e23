"""Builds e-Stat mesh statistics, format-synthetic: the published layout, made-up rows.

Layout of ``tblT001101H5031.txt``: CP932, CRLF, unquoted, four key columns and fifty
figures, codes in line 1 and labels with leading full-width spaces in line 2.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from geodata.readers.census_mesh import read_census_mesh
from geodata.readers.reading import SourceRead

NAME = "tblT001141H5236.txt"
KEYS = ["KEY_CODE", "HTKSYORI", "HTKSAKI", "GASSAN"]

_AGES = [
    "０～１４歳人口",
    "１５歳以上人口",
    "１５～６４歳人口",
    "１８歳以上人口",
    "２０歳以上人口",
    "６５歳以上人口",
    "７５歳以上人口",
    "８５歳以上人口",
    "９５歳以上人口",
    "外国人人口",
]
_HOUSEHOLDS = [
    *(f"{size}世帯数" for size in ("１人", "２人", "３人", "４人", "５人", "６人")),
    "７人以上世帯数",
    "親族のみの世帯数",
    "核家族世帯数",
    "核家族以外の世帯数",
    "６歳未満世帯員のいる世帯数",
    "６５歳以上世帯員のいる世帯数",
    "世帯主の年齢が２０～２９歳の１人世帯数",
    "高齢単身世帯数",
    "高齢夫婦世帯数",
]
LABELS = [
    "　人口（総数）",
    "　人口（総数）　男",
    "　人口（総数）　女",
    *(f"　{age}　{sex}" for age in _AGES for sex in ("総数", "男", "女")),
    "　世帯総数",
    "　一般世帯数",
    *(f"　{size}　一般世帯数" for size in _HOUSEHOLDS),
]
_NEVER_WITHHELD = {1, 2, 3, 34, 35}


@dataclass(frozen=True)
class Row:
    """One cell; figures as they are written."""

    key: str
    population: str
    treatment: str = "0"
    target: str = ""
    merged: str = ""
    household: str = "1"
    age65: str | None = None  # None: withheld with treatment 2, else 0

    def fields(self) -> list[str]:
        detail = "*" if self.treatment == "2" else "0"
        figures = ["0" if n in _NEVER_WITHHELD else detail for n in range(1, 51)]
        figures[0], figures[33] = self.population, self.household
        figures[18] = detail if self.age65 is None else self.age65
        return [self.key, self.treatment, self.target, self.merged, *figures]


def table(rows: list[Row], statistics: str = "T001141") -> list[list[str]]:
    """All lines as fields: codes, labels, rows."""
    codes = [*KEYS, *(f"{statistics}{n:03d}" for n in range(1, 51))]
    return [codes, ["", "", "", "", *LABELS], *(row.fields() for row in rows)]


def as_bytes(lines: list[list[str]], encoding: str = "cp932") -> bytes:
    """The file that these lines are."""
    return "".join(",".join(line) + "\r\n" for line in lines).encode(encoding)


def census(
    folder: Path, name: str, rows: list[Row], statistics: str = "T001141"
) -> Path:
    """Write a file, or the zip with the text in it."""
    content = as_bytes(table(rows, statistics))
    path = folder / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(path.with_suffix(".txt").name, content)
    else:
        path.write_bytes(content)
    return path


KYOTO = [
    Row("523600001", "10"),
    Row("523600002", "50", "1", merged="523600003;523600004", age65="7"),
    Row("523600003", "3", "2", "523600002"),
    Row("523600004", "2", "2", "523600002"),
    Row("523600011", "35", household="20", age65="12"),
]
"""Five 500 m cells of primary mesh 5236; 100 persons, one disclosure group of three."""


def written(folder: Path, lines: list[list[str]], name: str = NAME) -> Path:
    """A file of these lines, faults and all."""
    (folder / name).write_bytes(as_bytes(lines))
    return folder / name


def with_rows(folder: Path, *changed: Row, drop: tuple[str, ...] = ()) -> SourceRead:
    """KYOTO with rows of the same key replaced, others added, and some left out."""
    rows = {row.key: row for row in (*KYOTO, *changed) if row.key not in drop}
    return read_census_mesh([census(folder, NAME, list(rows.values()))])


def population(read: SourceRead):
    """The cells that were read, by their code."""
    return read.tables["raw.mesh_population"].set_index("mesh")
