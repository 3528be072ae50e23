"""Describe the source files a run uses, and give the credit their licences ask for."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from geodata.catalog.choosing import vintage_of
from geodata.catalog.register import registered_sources
from geodata.catalog.source import Source, describe_source

_OF_MISSING = (
    "name",
    "title_ja",
    "title_en",
    "lost_ja",
    "lost_en",
    "place_ja",
    "place_en",
)
_FROM_REGISTER = ("title_ja", "title_en", "producer", "licence", "attribution")


def describe_found(name: str, path: Path, vintage: str = "") -> Source:
    """Source record of a file of the register.

    Parameters
    ----------
    name : str
        Source in the register, such as ``n03``.
    path : Path
        The file. Its sidecar, where there is one, wins over the register.
    vintage : str
        Date or year that the reader found in the content. It wins over the sidecar,
        and that over the file name.

    Returns
    -------
    Source
        Title, producer, licence and attribution of the sidecar or the register.

    Raises
    ------
    SourceError
        The sidecar cannot be used, or states another SHA-256.
    KeyError
        No such source.
    """
    entry = registered_sources()[name]
    found = describe_source(name, path)
    texts = {key: getattr(found, key) or getattr(entry, key) for key in _FROM_REGISTER}
    told = vintage or found.vintage or vintage_of(entry, path.name)
    return replace(found, vintage=told, **texts)


def attributions(sources: Iterable[Source]) -> list[str]:
    """Credit lines of the sources used, each once, in the order of the sources.

    A source whose licence and sidecar name no credit line is credited by title and
    producer, so that none is left out.

    Parameters
    ----------
    sources : iterable of Source
        As :func:`describe_found` gives them.
    """
    return list(
        dict.fromkeys(source.attribution or _plain(source) for source in sources)
    )


def missing_sources(present: Iterable[str]) -> list[dict[str, Any]]:
    """Sources of the register that a run does not have, and what it loses.

    A source is not missing where another that gives the same is there
    (``replaced_by`` of the register).

    Parameters
    ----------
    present : iterable of str
        Names of the sources that are there.

    Returns
    -------
    list of dict
        ``name, title_ja, title_en, needed_by, lost_ja, lost_en, place_ja, place_en``
        of each missing source, JSON-ready, in the order of the register.
    """
    there = set(present)
    return [
        {key: getattr(source, key) for key in _OF_MISSING}
        | {"needed_by": list(source.needed_by)}
        for name, source in registered_sources().items()
        if name not in there and not source.replacements_in(there)
    ]


def _plain(source: Source) -> str:
    title = source.title_ja or source.title_en or source.file
    return f"「{title}」（{source.producer or '作成者の記載なし'}）"
