"""``plan.toml``: who files what, as of when (domain.md 4.1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from geodata import reference
from geodata.filings.catalogue import decides
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.plan_toml.toml import read_toml
from geodata.filings.row_rules.spectrum import Fit, fit_block

FORMAT_VERSION = 1
FIRST_SUBMISSION = date(2019, 1, 24)
"""First day on which applications were taken (domain.md 4.1, source 2)."""

DATUMS = ("JGD2011", "JGD2000", "WGS84", "TOKYO")
ENCODINGS = ("utf-8", "cp932")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_VERSION = 2**31 - 1
_MAX_NUMBER = 1e9

REQUIRED_KEYS = {
    "format_version": int,
    "carrier": str,
    "plan_id": str,
    "plan_version": int,
    "submitted_on": date,
    "as_of": date,
    "datum": str,
}
"""Keys that every ``plan.toml`` has, and their types."""

OPTIONAL_KEYS = {
    "certified_on": date,
    "encoding": str,
    "synthetic": bool,
    "synthetic_note": str,
    "band_allocation": list,
    "acknowledged": list,
    "withdrawal": list,
    "national_total": list,
    "coverage_model": dict,
}
"""Keys of ``plan.toml`` that may be left out; ``band_allocation`` is needed once."""

ALLOCATION_KEYS = {
    "band": str,
    "freq_low_mhz": float,
    "freq_high_mhz": float,
    "certified_on": date,
}
"""Keys of one ``[[band_allocation]]``, all needed."""

TYPE_NAMES = {
    int: "an integer",
    float: "a number",
    str: "text in quotes",
    date: "a date such as 2021-03-31",
    bool: "true or false",
    list: "a list of tables",
    dict: "a table",
}
"""How the type of a key is said."""


@dataclass(frozen=True)
class Plan:
    """A usable ``plan.toml``.

    ``allocations`` are the entries of ``band_allocation``, checked.
    ``acknowledged``, ``withdrawals``, ``national_totals`` and ``coverage_model`` (None
    where there is none) are entries as they stand; the rules on them say which can be
    used.
    """

    carrier: str
    plan_id: str
    plan_version: int
    submitted_on: date
    as_of: date
    datum: str
    encoding: str
    certified_on: date | None
    is_synthetic: bool
    allocations: tuple[dict[str, Any], ...]
    acknowledged: tuple[Any, ...] = ()
    withdrawals: tuple[Any, ...] = ()
    national_totals: tuple[Any, ...] = ()
    coverage_model: dict[str, Any] | None = None


def parse_plan(content: bytes, log: FindingLog) -> dict[str, Any] | None:
    """Keys of ``plan.toml`` as they stand; None, with a finding, if unreadable."""
    log.mark("plan_not_toml")
    try:
        return read_toml(content)
    except ValueError as error:
        log.add("plan_not_toml", file=PLAN_FILE, reason=str(error))
        return None


@decides("plan_missing", "plan_not_toml")
def read_plan_keys(
    content: bytes | None, filing_name: str, log: FindingLog
) -> dict[str, Any] | None:
    """Keys of ``plan.toml``, none of them in an empty one; None when unreadable.

    `content` is None where the filing has no such file.
    """
    log.mark("plan_missing")
    if content is None:
        log.add("plan_missing", value=filing_name)
        return None
    return parse_plan(content, log)


def check_plan(keys: dict[str, Any], today: date, log: FindingLog) -> Plan | None:
    """Hold the keys against every rule of domain.md 4.1.

    Parameters
    ----------
    keys : dict
        What ``plan.toml`` says.
    today : date
        Last day on which it can have been submitted.
    log : FindingLog
        Takes the findings.

    Returns
    -------
    Plan or None
        None when any ERROR was found.
    """
    before = len(log.fatal)
    _check_unknown(keys, log)
    _check_types(keys, log)
    if len(log.fatal) == before:
        for check in _KEY_CHECKS:
            check(keys, today, log)
    if len(log.fatal) > before:
        return None
    return Plan(
        carrier=keys["carrier"],
        plan_id=keys["plan_id"],
        plan_version=keys["plan_version"],
        submitted_on=keys["submitted_on"],
        as_of=keys["as_of"],
        datum=keys["datum"],
        encoding=keys.get("encoding", "utf-8"),
        certified_on=keys.get("certified_on"),
        is_synthetic=keys.get("synthetic", False),
        allocations=tuple(keys["band_allocation"]),
        acknowledged=tuple(keys.get("acknowledged", ())),
        withdrawals=tuple(keys.get("withdrawal", ())),
        national_totals=tuple(keys.get("national_total", ())),
        coverage_model=keys.get("coverage_model"),
    )


def known_value(keys: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - TOML value
    """Value of a key where its type is right, else None (for rejected filings)."""
    value = keys.get(name)
    wanted = {**REQUIRED_KEYS, **OPTIONAL_KEYS}[name]
    return value if value is not None and _has_type(value, wanted) else None


def identity(keys: dict[str, Any]) -> dict[str, Any]:
    """Who files which plan; None for what is not said, or not said rightly.

    Anything but a carrier's name, an id and a version would travel into releases.
    """
    carrier, plan_id = known_value(keys, "carrier"), known_value(keys, "plan_id")
    version = known_value(keys, "plan_version")
    is_id = plan_id is not None and _ID.fullmatch(plan_id) is not None
    is_version = version is not None and 1 <= version <= _MAX_VERSION
    return {
        "carrier": carrier if carrier in reference.CARRIERS else None,
        "plan_id": plan_id if is_id else None,
        "plan_version": version if is_version else None,
    }


@decides("plan_key_unknown")
def _check_unknown(keys: dict[str, Any], log: FindingLog) -> None:
    log.mark("plan_key_unknown")
    named = [(key, {**REQUIRED_KEYS, **OPTIONAL_KEYS}, keys) for key in ("",)]
    named += [
        (f"{label}.", ALLOCATION_KEYS, entry)
        for label, entry in _allocations(keys)
        if isinstance(entry, dict)
    ]
    for prefix, known, entry in named:
        for key in entry:
            if key not in known:
                log.add(
                    "plan_key_unknown",
                    file=PLAN_FILE,
                    column=f"{prefix}{key}",
                    value=entry[key],
                )


@decides("plan_key_missing", "plan_key_type", "band_allocation_missing")
def _check_types(keys: dict[str, Any], log: FindingLog) -> None:
    log.mark("plan_key_missing", "plan_key_type", "band_allocation_missing")
    _check_keys("", keys, REQUIRED_KEYS, True, log)
    _check_keys("", keys, OPTIONAL_KEYS, False, log)
    if keys.get("band_allocation", []) == []:
        log.add("band_allocation_missing", file=PLAN_FILE, column="band_allocation")
    for label, entry in _allocations(keys):
        if isinstance(entry, dict):
            _check_keys(f"{label}.", entry, ALLOCATION_KEYS, True, log)
        else:
            _add_type(label, entry, dict, log)


def _check_keys(
    prefix: str,
    entry: dict[str, Any],
    wanted: dict[str, type],
    is_required: bool,
    log: FindingLog,
) -> None:
    for key, type_ in wanted.items():
        if key not in entry:
            if is_required:
                log.add("plan_key_missing", file=PLAN_FILE, column=f"{prefix}{key}")
        elif not _has_type(entry[key], type_):
            _add_type(f"{prefix}{key}", entry[key], type_, log)


def _add_type(column: str, value: object, type_: type, log: FindingLog) -> None:
    expected = TYPE_NAMES[type_]
    log.add(
        "plan_key_type", file=PLAN_FILE, column=column, value=value, expected=expected
    )


def _has_type(value: object, type_: type) -> bool:
    if type_ is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    if type_ is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and abs(value) < _MAX_NUMBER  # type: ignore[arg-type]
    if type_ is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, type_)


def _allocations(keys: dict[str, Any]) -> list[tuple[str, Any]]:
    entries = keys.get("band_allocation", [])
    if not isinstance(entries, list):
        return []
    return [(f"band_allocation[{at}]", entry) for at, entry in enumerate(entries, 1)]


_KeyCheck = Callable[[dict[str, Any], date, FindingLog], None]
_KEY_CHECKS: list[_KeyCheck] = []


def _key_rule(
    rule_id: str, column: str
) -> Callable[[Callable[[dict[str, Any], date], bool]], _KeyCheck]:
    """Turn "is this breached" on the keys into a check of one rule."""

    def wrap(is_breached: Callable[[dict[str, Any], date], bool]) -> _KeyCheck:
        @decides(rule_id)
        def check(keys: dict[str, Any], today: date, log: FindingLog) -> None:
            log.mark(rule_id)
            if is_breached(keys, today):
                log.add(
                    rule_id,
                    file=PLAN_FILE,
                    column=column,
                    value=keys[column],
                    today=today,
                    submitted_on=keys["submitted_on"],
                )

        _KEY_CHECKS.append(check)
        return check

    return wrap


@_key_rule("format_version", "format_version")
def _format_version(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return keys["format_version"] != FORMAT_VERSION


@_key_rule("carrier_unknown", "carrier")
def _carrier_unknown(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return keys["carrier"] not in reference.CARRIERS


@_key_rule("plan_id_format", "plan_id")
def _plan_id_format(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return _ID.fullmatch(keys["plan_id"]) is None


@_key_rule("plan_version_range", "plan_version")
def _plan_version_range(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return not 1 <= keys["plan_version"] <= _MAX_VERSION


@_key_rule("submitted_on_range", "submitted_on")
def _submitted_on_range(keys: dict[str, Any], today: date) -> bool:
    return not FIRST_SUBMISSION <= keys["submitted_on"] <= today


@_key_rule("certified_on_order", "certified_on")
def _certified_on_order(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return "certified_on" in keys and keys["certified_on"] < keys["submitted_on"]


@_key_rule("as_of_after_submission", "as_of")
def _as_of_after_submission(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return keys["as_of"] > keys["submitted_on"]


@_key_rule("datum_unknown", "datum")
def _datum_unknown(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return keys["datum"] not in DATUMS


@_key_rule("encoding_unknown", "encoding")
def _encoding_unknown(keys: dict[str, Any], today: date) -> bool:  # noqa: ARG001
    return keys.get("encoding", "utf-8") not in ENCODINGS


_ALLOCATION_RULES = {
    Fit.LOCAL_5G: "band_allocation_local_5g",
    Fit.OUTSIDE_SOURCED: "band_allocation_foreign",
    Fit.OTHER_CARRIER: "band_allocation_foreign",
    Fit.OUTSIDE_RECALLED: "band_allocation_recalled",
}


@decides("band_allocation_order", *dict.fromkeys(_ALLOCATION_RULES.values()))
def _check_allocations(
    keys: dict[str, Any],
    today: date,  # noqa: ARG001
    log: FindingLog,
) -> None:
    log.mark("band_allocation_order", *_ALLOCATION_RULES.values())
    if keys["carrier"] not in reference.CARRIERS:
        return
    for label, entry in _allocations(keys):
        low, high = float(entry["freq_low_mhz"]), float(entry["freq_high_mhz"])
        rule = "band_allocation_order"
        if low < high:
            fit = fit_block(keys["carrier"], entry["band"], low, high)
            rule = _ALLOCATION_RULES.get(fit, "")
        if rule:
            log.add(
                rule,
                file=PLAN_FILE,
                column=label,
                value=f"{entry['band']} {low:g}-{high:g}",
                carrier=keys["carrier"],
            )


_KEY_CHECKS.append(_check_allocations)
