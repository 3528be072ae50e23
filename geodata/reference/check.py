"""Check the tables that are edited by hand: values fit together and have a mark."""

import re
from collections.abc import Iterator
from importlib import resources

import pandas as pd

from geodata.reference.area import bureaus, municipalities, prefectures
from geodata.reference.census import census_rules
from geodata.reference.coverage_model import coverage_radii
from geodata.reference.designation import disadvantaged_kinds
from geodata.reference.goal import (
    Target,
    high_traffic_rule,
    published_values,
    targets,
)
from geodata.reference.land_use import land_use_codes, land_use_editions
from geodata.reference.municipality_code import LISTED_ON, municipality_changes
from geodata.reference.shipped import TABLES_FOLDER, read_toml
from geodata.reference.source import citations, sources
from geodata.reference.spectrum import (
    CARRIERS,
    COMBINED,
    advanced_bands,
    allocations,
    band_class_ranges,
    band_classes,
    carriers,
    foreign_bands,
)

_MARK = re.compile(r"sourced:(?P<number>\d+)|computed|recalled|decision")
_CHANGE_KINDS = {"merge", "city_status", "ward_reform", "split", "rename"}
_SHARE_METRICS = {"base_deployment_cells", "population_coverage", "sub6_cells"}
_VALUE_KEY = ["metric", "as_of", "scope", "carrier", "value"]


def find_problems() -> list[str]:
    """Everything wrong with the tables edited by hand, one sentence each.

    Returns
    -------
    list of str
        Empty when all is well.
    """
    return [
        *_allocation_problems(),
        *_band_class_problems(),
        *_area_problems(),
        *_change_problems(),
        *_census_problems(),
        *_coverage_model_problems(),
        *(problem for target in targets() for problem in _target_problems(target)),
        *_published_problems(),
        *_mark_problems(),
        *_source_problems(),
    ]


def class_of(low_mhz: float, high_mhz: float, ranges: pd.DataFrame) -> str | None:
    """Class of the range in `ranges` that holds the block whole; None without one."""
    holds = (ranges["low_mhz"] <= low_mhz) & (high_mhz <= ranges["high_mhz"])
    return ranges["band_class"][holds].iloc[0] if holds.sum() == 1 else None


def _allocation_problems() -> Iterator[str]:
    ranges = band_class_ranges()
    foreign = foreign_bands()
    for block in allocations().itertuples(index=False):
        name = f"allocations.toml: {block.carrier} {block.low_mhz}-{block.high_mhz} MHz"
        if block.carrier not in CARRIERS:
            yield f"{name}: unknown carrier"
        if not block.low_mhz < block.high_mhz:
            yield f"{name}: low is not below high"
        if class_of(block.low_mhz, block.high_mhz, ranges) != block.band_class:
            yield f"{name}: not whole in one range of class {block.band_class}"
        uplink = class_of(block.ul_low_mhz, block.ul_high_mhz, ranges)
        if pd.notna(block.ul_low_mhz) and uplink != block.band_class:
            yield f"{name}: uplink not whole in one range of class {block.band_class}"
        is_below = block.high_mhz <= foreign["low_mhz"]
        if not (is_below | (foreign["high_mhz"] <= block.low_mhz)).all():
            yield f"{name}: overlaps a range that is no carrier's"


def _band_class_problems() -> Iterator[str]:
    classes = set(band_classes()["band_class"])
    ranges = band_class_ranges()
    used = set(ranges["band_class"])
    if used != classes:
        yield f"band_classes.toml: classes without range, or unknown: {used ^ classes}"
    if (ranges["low_mhz"].iloc[1:].array < ranges["high_mhz"].iloc[:-1].array).any():
        yield "band_classes.toml: ranges overlap"
    for band in advanced_bands().itertuples(index=False):
        if class_of(band.low_mhz, band.high_mhz, ranges) is None:
            yield f"bands.toml: {band.low_mhz}-{band.high_mhz} MHz is in no class"


def _area_problems() -> Iterator[str]:
    blocks = read_toml("bureaus.toml")["bureau"]
    held = sorted(code for block in blocks for code in block["prefectures"])
    if held != prefectures()["pref_code"].to_list():
        yield "bureaus.toml: the bureaus do not hold each prefecture once"


def _change_problems() -> Iterator[str]:
    """Codes of the list of 2020 come after each earlier and before each later row."""
    changes = municipality_changes()
    listed = set(municipalities()["city_code"])
    for row in changes.itertuples(index=False):
        name = f"municipality_changes.csv: {row.old_code} to {row.new_code}"
        if row.kind not in _CHANGE_KINDS:
            yield f"{name}: unknown kind {row.kind}"
        if row.old_code[:2] != row.new_code[:2]:
            yield f"{name}: leaves its prefecture"
        is_later = row.changed_on.date() > LISTED_ON
        kept, gone = (row.old_code, row.new_code)[:: 1 if is_later else -1]
        if kept not in listed:
            yield f"{name}: {kept} is not on the list of 2020"
        if gone in listed and row.kind != "rename":
            yield f"{name}: {gone} is on the list of 2020"
    repeated = changes.duplicated(["old_code"], keep=False)
    if set(changes.loc[repeated, "kind"]) - {"split"}:
        yield "municipality_changes.csv: an old code repeats that is not split"
    if not changes["changed_on"].is_monotonic_increasing:
        yield "municipality_changes.csv: not in order of day"


def _census_problems() -> Iterator[str]:
    *dated, last = census_rules()
    days = [rule.last_as_of for rule in dated]
    if None in days or days != sorted(days, key=str) or last.last_as_of is not None:
        yield "census.toml: not in order of day, or the last one has a last day"


def _coverage_model_problems() -> Iterator[str]:
    radii, classes = coverage_radii(), band_classes()["band_class"]
    if sorted(radii["band_class"]) != sorted(classes):
        yield "coverage_model.toml: not one radius for each band class"
    if not (radii["radius_m"] > 0).all():
        yield "coverage_model.toml: a radius is not above 0"


def _target_problems(target: Target) -> Iterator[str]:
    name = f"targets.toml: {target.target_id}"
    is_share = target.metric in _SHARE_METRICS
    if not is_share and target.metric != "station_count":
        yield f"{name}: unknown metric"
    if is_share != (target.share_numerator is not None and target.value is None):
        yield f"{name}: a share belongs to cells and residents, a value to stations"
    if not set(target.carriers) <= {*CARRIERS, COMBINED}:
        yield f"{name}: unknown carrier"
    known = {"all", *band_classes()["band_class"]}
    if not is_share and target.band_class not in known:
        yield f"{name}: unknown band class"


def _published_problems() -> Iterator[str]:
    values = published_values()
    repeated = values[values.duplicated(_VALUE_KEY)]
    for row in repeated[_VALUE_KEY].itertuples(index=False):
        yield f"published_values.csv: repeated {tuple(row)}"


def _mark_problems() -> Iterator[str]:
    known = set(citations()["number"])
    for name, marks in _marks():
        for mark in sorted(set(marks)):
            match = _MARK.fullmatch(mark)
            if match is None:
                yield f"{name}: '{mark}' is no mark"
            elif match["number"] is not None and match["number"] not in known:
                yield f"{name}: citation {match['number']} is not in citations.csv"


def _marks() -> Iterator[tuple[str, list[str]]]:
    doors = (
        carriers,
        coverage_radii,
        bureaus,
        prefectures,
        band_classes,
        band_class_ranges,
        advanced_bands,
        foreign_bands,
        allocations,
        disadvantaged_kinds,
        land_use_codes,
        land_use_editions,
        published_values,
    )
    for door in doors:
        yield door.__name__, door()["provenance"].to_list()
    yield "municipality_changes", municipality_changes()["provenance"].to_list()
    yield "municipality_changes", municipality_changes()["date_provenance"].to_list()
    yield "targets", [target.provenance for target in targets()]
    yield "targets", [high_traffic_rule().provenance]
    yield "census", [rule.provenance for rule in census_rules()]


def _source_problems() -> Iterator[str]:
    folder = resources.files("geodata.reference") / TABLES_FOLDER
    shipped = {path.name for path in folder.iterdir()}
    recorded = {source.file for source in sources()}
    for name in sorted(shipped - recorded):
        yield f"SOURCES.toml: no entry for {name}"
    for name in sorted(recorded - shipped):
        yield f"SOURCES.toml: {name} is not shipped"
