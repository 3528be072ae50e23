"""Small tables shipped with the project, each value with its source and its mark."""

from geodata.reference.area import bureaus, municipalities, prefectures
from geodata.reference.cell import (
    mesh2_facts,
    mesh2_municipalities,
    mesh2_prefectures,
    mesh3_municipalities,
    mesh3_prefecture,
    place_weights,
)
from geodata.reference.designation import (
    disadvantaged_kinds,
    disadvantaged_municipalities,
)
from geodata.reference.goal import (
    ServiceStart,
    Target,
    TargetMeshReference,
    published_values,
    service_start,
    target_mesh_reference,
    targets,
)
from geodata.reference.source import Source, citations, sources
from geodata.reference.spectrum import (
    CARRIERS,
    COMBINED,
    advanced_bands,
    allocations,
    band_class_fallback,
    band_class_ranges,
    band_classes,
    carriers,
    foreign_bands,
)

__all__ = [
    "CARRIERS",
    "COMBINED",
    "ServiceStart",
    "Source",
    "Target",
    "TargetMeshReference",
    "advanced_bands",
    "allocations",
    "band_class_fallback",
    "band_class_ranges",
    "band_classes",
    "bureaus",
    "carriers",
    "citations",
    "disadvantaged_kinds",
    "disadvantaged_municipalities",
    "foreign_bands",
    "mesh2_facts",
    "mesh2_municipalities",
    "mesh2_prefectures",
    "mesh3_municipalities",
    "mesh3_prefecture",
    "municipalities",
    "place_weights",
    "prefectures",
    "published_values",
    "service_start",
    "sources",
    "target_mesh_reference",
    "targets",
]
