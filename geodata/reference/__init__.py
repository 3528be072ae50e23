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
from geodata.reference.census import census_year_for, census_year_in_use
from geodata.reference.coverage_model import coverage_radii
from geodata.reference.designation import (
    disadvantaged_file_prefectures,
    disadvantaged_kinds,
    disadvantaged_municipalities,
)
from geodata.reference.goal import (
    HighTrafficRule,
    ServiceStart,
    Target,
    TargetMeshReference,
    high_traffic_rule,
    published_values,
    service_start,
    target_mesh_reference,
    targets,
)
from geodata.reference.land_use import land_use_codes, land_use_editions
from geodata.reference.municipality_code import (
    check_digit,
    codes_on,
    five_digit_codes,
    known_municipality_codes,
    municipality_changes,
    six_digit_code,
    to_listed,
    valid_on,
)
from geodata.reference.municipality_name import codes_of_places, plain_place_name
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
    "HighTrafficRule",
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
    "census_year_for",
    "census_year_in_use",
    "check_digit",
    "citations",
    "codes_of_places",
    "codes_on",
    "coverage_radii",
    "disadvantaged_file_prefectures",
    "disadvantaged_kinds",
    "disadvantaged_municipalities",
    "five_digit_codes",
    "foreign_bands",
    "high_traffic_rule",
    "known_municipality_codes",
    "land_use_codes",
    "land_use_editions",
    "mesh2_facts",
    "mesh2_municipalities",
    "mesh2_prefectures",
    "mesh3_municipalities",
    "mesh3_prefecture",
    "municipalities",
    "municipality_changes",
    "place_weights",
    "plain_place_name",
    "prefectures",
    "published_values",
    "service_start",
    "six_digit_code",
    "sources",
    "target_mesh_reference",
    "targets",
    "to_listed",
    "valid_on",
]
