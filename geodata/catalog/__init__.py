"""What a run rests on: provenance of inputs, and the register of official sources.

Fetching is apart, in :mod:`geodata.catalog.fetching`: a run never loads it.
"""

from geodata.catalog.choosing import Superseded
from geodata.catalog.describing import attributions, describe_found, missing_sources
from geodata.catalog.finding import FoundSources, find_sources
from geodata.catalog.register import RegisteredSource, registered_sources
from geodata.catalog.sidecar import sidecar_of, sidecar_path
from geodata.catalog.source import Source, describe_source, sha256_of

__all__ = [
    "FoundSources",
    "RegisteredSource",
    "Source",
    "Superseded",
    "attributions",
    "describe_found",
    "describe_source",
    "find_sources",
    "missing_sources",
    "registered_sources",
    "sha256_of",
    "sidecar_of",
    "sidecar_path",
]
