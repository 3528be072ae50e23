"""The register as a document: ``docs/sources.md`` is written from it.

``python -m geodata.catalog.document`` prints it.
"""

import sys
from collections.abc import Iterator

from geodata.catalog.register import Address, RegisteredSource, registered_sources

_HEAD = """# Sources (資料の台帳)

Written by `python -m geodata.catalog.document > docs/sources.md`; do not edit. The
register is `geodata/catalog/register.toml`.

A run with `--sources DIR` uses every source below that it finds in DIR, by file name.
`kiban sources DIR` says what is there, what is missing and what is lost without it;
`kiban fetch NAME --to DIR` downloads. Where several forms, levels or editions of a
source are there, one is used: the finest mesh level, then the division of the country
and edition that cover most of it, then the preferred table, then the newest edition;
per area the archive, then Shapefile, GeoParquet or GeoPackage, GeoJSON, GML, TopoJSON;
of the census by mesh one dataset of each census. The others are listed with the
reason. Beside a file may stand `<file>.toml` (title, producer, licence, attribution,
vintage, `retrieved_on`, `url`, `sha256`, ...), which wins over the register; its
`sha256` must be that of the file.

Marks: *sourced* = read in a stored public text, *recalled* = from memory and may have
moved, *decision* = a form of this project.
"""
_ACCESS = {
    "direct": "直接取得 (`kiban fetch`)",
    "application_id": "直接取得 (環境変数 `KIBAN_ESTAT_APP_ID` が必要)",
    "person": "手作業 (下記のとおりに置く)",
}


def sources_document() -> str:
    """Give the register as Markdown."""
    return "\n".join([_HEAD, *_overview(), *_sections()])


def _overview() -> Iterator[str]:
    yield "| name | 資料 | 作成者 | access | needed by |"
    yield "| --- | --- | --- | --- | --- |"
    for source in registered_sources().values():
        needed = ", ".join(f"`{table}`" for table in source.needed_by)
        cells = [f"[`{source.name}`](#{source.name})", source.title_ja]
        cells += [source.producer or "-", source.access, needed]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _sections() -> Iterator[str]:
    for source in registered_sources().values():
        yield f"## {source.name}\n"
        yield f"{source.title_ja} / {source.title_en}\n"
        yield from _facts(source)
        if source.replaced_by:
            names = ", ".join(f"[`{name}`](#{name})" for name in source.replaced_by)
            yield f"- Not missing where there is: {names}"
        yield from (f"- Address: {_address(one)}" for one in source.addresses)
        yield from (
            f"- Refused: `{refusal.pattern}`: {refusal.reason_ja} "
            f"({refusal.reason_en}); take `{refusal.instead}`"
            for refusal in source.refused
        )
        yield ""


def _facts(source: RegisteredSource) -> Iterator[str]:
    files = ", ".join(f"`{pattern}`" for pattern in source.files)
    facts = {
        "Producer": source.producer or "as the sidecar says",
        "Licence": f"{source.licence} ({source.licence_mark})",
        "Attribution": source.attribution or "as the sidecar says",
        "Files": files,
        "Used for": f"{source.used_for_ja} / {source.used_for_en}",
        "Lost without it": f"{source.lost_ja} / {source.lost_en}",
        "Access": _ACCESS[source.access],
        "By hand": f"{source.place_ja} / {source.place_en}",
        "Page": f"<{source.page}>" if source.page else "none",
    }
    for label, text in facts.items():
        yield f"- {label}: {text}"


def _address(address: Address) -> str:
    areas = address.areas if isinstance(address.areas, str) else "codes of its own"
    years = ", ".join(str(year) for year in address.years)
    facts = [f"areas {areas}", f"years {years}" if years else "", address.mark]
    told = "; ".join(fact for fact in facts if fact)
    return f"`{address.url}` ({told}: {address.mark_note})"


if __name__ == "__main__":
    sys.stdout.write(sources_document())
