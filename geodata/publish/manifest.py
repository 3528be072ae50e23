"""What a release rests on: inputs, parameters, software, attribution, warnings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from geodata import reference
from geodata.catalog import Source, attributions


def run_manifest(notes: Mapping[str, Any], *, code_sha256: str) -> dict[str, Any]:
    """Manifest of a run, without the tables (the release adds them).

    Parameters
    ----------
    notes : mapping
        Notes of the mesh stage.
    code_sha256 : str
        Hash of the code that computed the release.

    Returns
    -------
    dict
        No time of day is in it: equal inputs give an equal manifest.
    """
    used = reference.sources()
    return {
        "software": {
            "name": "kiban",
            "version": version("kiban"),
            "code_sha256": code_sha256,
        },
        "parameters": {
            "denominator_source": notes["denominator_source"],
            "target_count": notes["target_count"],
            "published_target_count": reference.target_mesh_reference().reference_count,
            "coverage": notes["coverage_options"],
        },
        "inputs": {
            "filings": notes["filings"],
            "sources": notes["sources"],
            "readings": notes["readings"],
            "unused_files": notes["unused_files"],
            "missing_sources": notes["missing_sources"],
        },
        "reference_tables": [asdict(source) for source in used],
        "attribution": _attribution(notes["sources"]),
        "warnings": notes["warnings"],
    }


def _attribution(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Credit lines of every file read and every shipped table, each once."""
    read = attributions(Source(**record) for record in sources)
    shipped = {source.credit for source in reference.sources()} - {""}
    return [*read, *sorted(shipped - set(read))]
