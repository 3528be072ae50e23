"""TOML of any origin, read in bounded time."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_MAX_KEY_DOTS = 64
_NO_KEY = re.compile(rb"[^A-Za-z0-9_.\-\"' \t]+")
_PLACE_LENGTH = 200  # many values may stand under one long key
_INT64 = range(-(2**63), 2**63)


def read_toml(content: bytes) -> dict[str, Any]:
    """Keys of a TOML file, with or without a byte order mark.

    Parameters
    ----------
    content : bytes
        UTF-8 text of any origin.

    Raises
    ------
    ValueError
        It is no TOML, or more than the format needs: a number beyond 64 bits, values
        nested too deep, or a dotted key of more than 64 parts (reading takes time with
        the square of the parts).
    """
    if any(part.count(b".") > _MAX_KEY_DOTS for part in _NO_KEY.split(content)):
        raise ValueError(f"a key of more than {_MAX_KEY_DOTS} parts")
    try:
        keys = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("values nested too deep") from None
    for place, value in _values(keys):
        if isinstance(value, int) and value not in _INT64:
            raise ValueError(f"{place} is a number of more than 64 bits")
    return keys


def _values(keys: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Place and value of every key, of inner tables and lists too."""
    waiting = [(_within(key, ""), value) for key, value in keys.items()]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            waiting.extend((_within(place, f".{k}"), v) for k, v in value.items())
        elif isinstance(value, list):
            numbered = enumerate(value, 1)
            waiting.extend((_within(place, f"[{at}]"), v) for at, v in numbered)


def _within(place: str, step: str) -> str:
    return f"{place}{step}"[:_PLACE_LENGTH]
