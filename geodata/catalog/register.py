"""The register of sources: what a run can use, whose it is, where it comes from."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import Any, Literal

Access = Literal["direct", "application_id", "person"]


@dataclass(frozen=True)
class Refusal:
    """Names that look right and are not.

    Attributes
    ----------
    pattern : str
        Names, as in ``files`` of the register.
    reason_ja, reason_en : str
        What is wrong with such a file.
    instead : str
        Name of the file to take.
    """

    pattern: str
    reason_ja: str
    reason_en: str
    instead: str


@dataclass(frozen=True)
class Address:
    """Where files of a source are published.

    Attributes
    ----------
    url : str
        Template with ``{code}``, ``{year}`` and ``{yy}``.
    areas : str or tuple of str
        ``nation`` (one file), ``prefecture``, ``mesh1``, ``kind:<id>`` (prefectures
        that have a file of that kind), or the codes themselves.
    save_as : str
        Template of the file name; empty: the last part of the address.
    part : str
        Files of different parts belong together, such as names and positions.
    years : tuple of int
        Editions the template holds for; empty where the address names none.
    mark, mark_note : str
        ``sourced`` or ``recalled``, and where it was read.
    """

    url: str
    areas: str | tuple[str, ...]
    save_as: str = ""
    part: str = ""
    years: tuple[int, ...] = ()
    mark: str = "recalled"
    mark_note: str = ""


@dataclass(frozen=True)
class RegisteredSource:
    """One source of the register; texts as ``register.toml`` explains them.

    ``attribution`` is the credit line its licence asks for, word for word; empty
    where only the sidecar of the file can say it. ``application_id`` is ``optional``
    where the site takes an e-Stat application id without needing one. ``replaced_by``
    names sources each of which gives a run the same: with one of them there, this one
    is not missing.
    """

    name: str
    title_ja: str
    title_en: str
    producer: str
    licence: str
    licence_mark: str
    attribution: str
    page: str
    access: Access
    files: tuple[str, ...]
    needed_by: tuple[str, ...]
    used_for_ja: str
    used_for_en: str
    lost_ja: str
    lost_en: str
    place_ja: str
    place_en: str
    application_id: str = ""
    folder: str = ""
    keep: Literal["one", "each_vintage", "all"] = "one"
    names: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    starts_with: str = ""
    encoding: str = "utf-8"
    refused: tuple[Refusal, ...] = ()
    addresses: tuple[Address, ...] = ()
    sha256: tuple[tuple[str, str], ...] = ()
    vintages: tuple[tuple[str, str], ...] = ()
    replaced_by: tuple[str, ...] = ()

    def claims(self, path: PurePosixPath) -> bool:
        """Whether a path has a published name of this source."""
        return any(matches(path, pattern) for pattern in self.files)

    def refusal_of(self, path: PurePosixPath) -> Refusal | None:
        """Why a path with a misleading name must not be used; None otherwise."""
        for refusal in self.refused:
            if matches(path, refusal.pattern):
                return refusal
        return None

    def says(self, file_name: str) -> dict[str, str]:
        """What a published name says: ``set, level, table, year, area``, if it does."""
        for expression in self.names:
            if found := re.match(expression, file_name.lower()):
                return {key: value for key, value in found.groupdict().items() if value}
        return {}

    def vintage_of_table(self, table: str) -> str:
        """Date or year of a table whose names do not tell it; empty where unknown."""
        return dict(self.vintages).get(table, "")

    def replacements_in(self, present: Collection[str]) -> tuple[str, ...]:
        """Those of the sources present that give a run the same as this one."""
        return tuple(name for name in self.replaced_by if name in present)

    def pinned_sha256(self, file_name: str) -> str:
        """SHA-256 the register knows for a file; empty where it knows none."""
        return dict(self.sha256).get(file_name, "")


def matches(path: PurePosixPath, pattern: str) -> bool:
    """Whether the end of a path fits a pattern; case does not matter.

    Parameters
    ----------
    path : PurePosixPath
        Path below the folder of sources, led by the name of that folder.
    pattern : str
        ``*.csv`` (a name), ``folder/*.csv`` (directly in such a folder) or
        ``folder/**/*.csv`` (anywhere below one).

    Examples
    --------
    >>> matches(PurePosixPath("sources/mesh_municipalities/13.CSV"),
    ...         "mesh_municipalities/[0-9][0-9].csv")
    True
    """
    parts = [part.lower() for part in path.parts]
    *folders, name = pattern.lower().split("/")
    if not fnmatchcase(parts[-1], name):
        return False
    if not folders:
        return True
    above = parts[:-1] if folders[-1] == "**" else parts[-2:-1]
    return any(fnmatchcase(part, folders[0]) for part in above)


@cache
def registered_sources() -> Mapping[str, RegisteredSource]:
    """Every source of the register by name, in the order of the register."""
    text = resources.files("geodata.catalog").joinpath("register.toml")
    return parse_register(text.read_text(encoding="utf-8"))


def parse_register(text: str) -> dict[str, RegisteredSource]:
    """Sources of a register's TOML text.

    Raises
    ------
    TypeError, ValueError
        The register itself is wrong: a key is missing or unknown.
    """
    entries = tomllib.loads(text)
    texts = entries.pop("licence_texts", {})
    return {name: _source(name, entry, texts) for name, entry in entries.items()}


def _source(
    name: str, entry: dict[str, Any], texts: dict[str, str]
) -> RegisteredSource:
    entry = dict(entry)
    addresses = tuple(Address(**_frozen(a)) for a in entry.pop("download", ()))
    refused = tuple(Refusal(**r) for r in entry.pop("refused", ()))
    sha256 = tuple(sorted(entry.pop("sha256", {}).items()))
    vintages = tuple(sorted(entry.pop("vintages", {}).items()))
    entry["licence"] = texts.get(entry["licence"], entry["licence"])
    unknown = entry.keys() - {field.name for field in fields(RegisteredSource)}
    if unknown:
        raise ValueError(f"register, source {name}: unknown key {sorted(unknown)[0]}")
    return RegisteredSource(
        name=name,
        refused=refused,
        addresses=addresses,
        sha256=sha256,
        vintages=vintages,
        **_frozen(entry),
    )


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in entry.items()
    }
