"""What a run rests on: provenance of inputs, and the register of official sources."""

from geodata.catalog.source import (
    Source,
    describe_source,
    sha256_of,
    sidecar_of,
    sidecar_path,
)

__all__ = ["Source", "describe_source", "sha256_of", "sidecar_of", "sidecar_path"]
