"""The ministry's waivers: a rule that may be broken, by whom, why and until when."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geodata import reference
from geodata.errors import SettingsError
from geodata.filings.answers.answer import WAIVED, Answer
from geodata.filings.catalogue import INFO, WARNING, rules_by_id
from geodata.filings.handed_in.file_names import KNOWN_FILES
from geodata.filings.plan_toml.toml import read_toml

_REQUIRED = ("rule", "carrier", "reason", "granted_by", "expires_on")
_KEYS: dict[str, type] = {
    "rule": str,
    "carrier": str,
    "reason": str,
    "granted_by": str,
    "granted_on": date,
    "expires_on": date,
    "plan_id": str,
    "file": str,
    "lines": list,
}
_TYPE_NAMES = {str: "text in quotes", date: "a date such as 2021-03-31", list: "a list"}
_PLAN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_LINE = 2**31 - 1

Scope = tuple[str, str, str | None, str | None, tuple[int, ...]]


@dataclass(frozen=True)
class Waiver:
    """One waiver of the file that the ministry keeps.

    Without `plan_id` it holds for every plan of the carrier; without `file` or
    `lines` for the whole filing or file. `expires_on` is the last day it holds;
    `granted_on` is told, and binds nothing: a waiver may be granted afterwards.
    """

    rule_id: str
    carrier: str
    reason: str
    granted_by: str
    expires_on: date
    plan_id: str | None = None
    file: str | None = None
    lines: tuple[int, ...] = ()
    granted_on: date | None = None

    @property
    def scope(self) -> Scope:
        """What it lets pass: equal for a waiver and its renewal."""
        return self.rule_id, self.carrier, self.plan_id, self.file, self.lines

    def fits(self, carrier: str | None, plan_id: str | None) -> bool:
        """Whether it speaks of the filing."""
        return self.carrier == carrier and self.plan_id in (None, plan_id)

    def holds(self, today: date) -> bool:
        """Whether it has not run out; on its last day it still holds."""
        return today <= self.expires_on

    def answer(self) -> Answer:
        """What it says to the findings of its rule."""
        granted = "" if self.granted_on is None else f"{self.granted_on.isoformat()}/"
        until = f"{granted}{self.expires_on.isoformat()}"
        reason = f"{self.reason} ({self.granted_by}, {until})"
        return Answer(self.rule_id, WAIVED, reason, self.file, self.lines)


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read the ministry's file of waivers (免除の一覧).

    Parameters
    ----------
    path : Path
        TOML with tables ``[[waiver]]``. Each says ``rule`` (a WARNING, or an ERROR
        that the catalogue calls waivable), ``carrier``, ``reason``, ``granted_by``
        and ``expires_on`` (the last day it holds), and may say ``granted_on`` and
        what it is narrowed to: ``plan_id``, ``file``, and ``lines`` of that file.

    Returns
    -------
    tuple of Waiver
        In the order of the file; empty where it holds none.

    Raises
    ------
    SettingsError
        The file cannot be read, or any entry of it cannot be used. Every fault is
        named by entry, key and value: the file is right as a whole or not used.

    Examples
    --------
    An entry::

        [[waiver]]
        rule = "antenna_height_high"
        carrier = "docomo"
        reason = "the tower is 120 m high"
        granted_by = "関東総合通信局"
        granted_on = 2021-04-01
        expires_on = 2022-03-31
        file = "stations.csv"
        lines = [12, 40]
    """
    keys = _keys_of(path)
    faults = list(_file_faults(keys))
    entries = keys.get("waiver", [])
    if isinstance(entries, list):
        for at, entry in enumerate(entries, 1):
            faults += [f"waiver[{at}]{fault}" for fault in _entry_faults(entry)]
    if not faults:
        faults += _repeats([_waiver(entry) for entry in entries])
    if faults:
        listed = "".join(f"\n  {fault}" for fault in faults)
        raise SettingsError(
            f"The waivers in '{path}' cannot be used; correct the file:{listed}"
        )
    return tuple(_waiver(entry) for entry in entries)


def _keys_of(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"The waivers in '{path}' cannot be read ({error.strerror}); "
            "check the path."
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"The waivers in '{path}' are no TOML that can be read: {error}"
        ) from error


def _file_faults(keys: dict[str, Any]) -> Iterator[str]:
    for key in keys:
        if key != "waiver":
            yield f"'{key}' is no key of the file; write [[waiver]]"
    if not isinstance(keys.get("waiver", []), list):
        yield "'waiver' is no list of tables; write [[waiver]]"


def _entry_faults(entry: object) -> Iterator[str]:
    """What is wrong with one entry: ``.key = value: what, and what to do``."""
    if not isinstance(entry, dict):
        yield f" = {entry!r}: not a table; write [[waiver]]"
        return
    usable = {key: v for key, v in entry.items() if type(v) is _KEYS.get(key)}
    yield from _key_faults(entry, usable)
    for key, fault_in in _VALUE_FAULTS.items():
        if key in usable and (fault := fault_in(usable[key])):
            yield f".{key} = {usable[key]!r}: {fault}"
    yield from _faults_between(usable)


def _key_faults(entry: dict[str, Any], usable: dict[str, Any]) -> Iterator[str]:
    for key, value in entry.items():
        if key not in _KEYS:
            yield f".{key}: unknown key; known are {', '.join(_KEYS)}"
        elif key not in usable:
            yield f".{key} = {value!r}: write {_TYPE_NAMES[_KEYS[key]]}"
    for key in _REQUIRED:
        if key not in entry:
            yield f".{key}: missing; every waiver needs it"


def _faults_between(entry: dict[str, Any]) -> Iterator[str]:
    granted, expires = entry.get("granted_on"), entry.get("expires_on")
    if granted and expires and expires < granted:
        yield f".expires_on = {expires}: before granted_on ({granted}); correct one"
    if "lines" in entry and "file" not in entry:
        yield ".lines: without file; say in which file the lines stand"


def _rule_fault(rule_id: str) -> str:
    rule = rules_by_id().get(rule_id)
    if rule is None:
        return "no rule of the catalogue; take the id from `kiban rules`"
    if rule.severity == INFO:
        return "INFO only informs and needs no waiver; remove the entry"
    if rule.severity != WARNING and not rule.waivable:
        return "this ERROR cannot be waived; the carrier must correct the filing"
    return ""


def _carrier_fault(carrier: str) -> str:
    carriers = reference.CARRIERS
    return "" if carrier in carriers else f"no carrier; known are {', '.join(carriers)}"


def _empty_fault(text: str) -> str:
    return "" if text.strip() else "empty; say who and why"


def _plan_id_fault(plan_id: str) -> str:
    return "" if _PLAN_ID.fullmatch(plan_id) else "no plan id: [A-Za-z0-9_-]{1,64}"


def _file_fault(file: str) -> str:
    known = ", ".join(KNOWN_FILES)
    return "" if file in KNOWN_FILES else f"no file of the format; known are {known}"


def _lines_fault(lines: list[Any]) -> str:
    are_lines = all(type(line) is int and 1 <= line <= _MAX_LINE for line in lines)
    return "" if lines and are_lines else "write line numbers, from 1"


_VALUE_FAULTS: dict[str, Callable[[Any], str]] = {
    "rule": _rule_fault,
    "carrier": _carrier_fault,
    "reason": _empty_fault,
    "granted_by": _empty_fault,
    "plan_id": _plan_id_fault,
    "file": _file_fault,
    "lines": _lines_fault,
}


def _repeats(waivers: list[Waiver]) -> Iterator[str]:
    first: dict[tuple[Scope, date], int] = {}
    for at, waiver in enumerate(waivers, 1):
        earlier = first.setdefault((waiver.scope, waiver.expires_on), at)
        if earlier != at:
            yield f"waiver[{at}]: says the same as waiver[{earlier}]; remove one"


def _waiver(entry: dict[str, Any]) -> Waiver:
    return Waiver(
        rule_id=entry["rule"],
        carrier=entry["carrier"],
        reason=entry["reason"].strip(),
        granted_by=entry["granted_by"].strip(),
        expires_on=entry["expires_on"],
        plan_id=entry.get("plan_id"),
        file=entry.get("file"),
        lines=tuple(entry.get("lines", ())),
        granted_on=entry.get("granted_on"),
    )
