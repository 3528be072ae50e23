"""A run on the real files of ``../shared/data``: totals counted again by plain code."""

import csv
from collections import defaultdict
from types import SimpleNamespace

import pandas as pd
import pytest

from geodata import reference
from geodata.store import Workspace
from tests.integration.pipeline import job_on, run

pytestmark = [pytest.mark.integration, pytest.mark.shared]


@pytest.fixture(scope="module")
def on_real_files(scenario, shared_data, tmp_path_factory):
    """A run of one filing; its release, and its workspace."""
    job = job_on(
        scenario,
        tmp_path_factory.mktemp("real"),
        filings=(scenario / "filings" / "rakuten",),
        sources=shared_data / "data",
    )
    return SimpleNamespace(release=run(job), workspace=Workspace(job.workspace))


def test_population_is_that_of_the_real_census_files(on_real_files, shared_data):
    folder = shared_data / "data" / "estat_mesh_population_2020"
    sums, covered = defaultdict(int), set()
    inputs = on_real_files.release.manifest["inputs"]
    used = [one["file"] for one in inputs["sources"] if one["name"] == "census_mesh"]
    left = sorted({path.name for path in folder.glob("tblT*.txt")} - set(used))
    assert left == ["tblT001100S30.txt"]  # 1 km: coarser, and never mixed
    assert set(left) <= {one["file"] for one in inputs["unused_files"]}
    for path in (folder / name for name in used):
        covered.add(int(path.stem[-4:]))
        with path.open(encoding="cp932", newline="") as file:
            rows = csv.reader(file)
            header, _ = next(rows), next(rows)
            at = (
                header.index("KEY_CODE"),
                next(n for n, name in enumerate(header) if name.endswith("001")),
            )
            for row in rows:
                sums[int(row[at[0]]) // 1000] += int(row[at[1]])
    assert len(covered) == 3
    cells = on_real_files.workspace.read("core.mesh2_cell").set_index("mesh2")
    is_covered = pd.Series(cells.index // 100, index=cells.index).isin(covered)
    assert cells["population_count"][~is_covered].isna().all()
    counted = cells["population_count"][is_covered].to_dict()
    assert counted == {cell: sums[cell] for cell in counted}
    assert sum(counted.values()) == sum(sums.values())


def test_every_real_file_is_listed_once_with_its_terms(on_real_files):
    listed = on_real_files.release.read("source")
    listed = listed[listed["kind"] == "input"]
    assert not listed.duplicated(["name", "file"]).any()
    of_sources = listed[listed["name"] != "target_meshes"]
    assert (of_sources["vintage"] != "").all()
    assert (of_sources["licence"] != "").all()
    census = listed[listed["name"] == "census_mesh"]
    assert len(census) == 3
    assert set(census["vintage"]) == {"2020"}
    inputs = on_real_files.release.manifest["inputs"]
    unused = {one["file"]: one["reason_en"] for one in inputs["unused_files"]}
    assert unused["N03-21_210101_s0001.geojson"]  # another form of the boundaries
    assert all(unused.values())
    assert not set(unused) & set(of_sources["file"])


def test_the_crosswalk_of_real_boundaries_agrees_with_the_list(on_real_files):
    told = on_real_files.release.manifest["warnings"]
    (sentence,) = [text for text in told if "agree in" in text]
    print(sentence)  # noqa: T201 - the rate is to be seen
    found = on_real_files.workspace.read("core.crosswalk_difference")
    reasons = found["reason"].value_counts()
    pairs = int(sentence.split(" pairs")[0].rsplit(maxsplit=1)[1].replace(",", ""))
    assert 1 - len(found) / pairs > 0.975  # measured 0.9797
    assert reasons["no_computed_land"] > 3000  # islets and coasts simplified away
    assert reasons.get("other", 0) <= 20  # measured 15 of 464,221
    unexplained = found[found["reason"] == "other"]
    assert set(unexplained["named_by"]) == {"listed"}  # narrow parts cut off


def test_simplified_boundaries_leave_the_doubt(on_real_files):
    stations = on_real_files.workspace.read("core.station")
    assert "boundary" not in set(stations["place_source"])
    listed = reference.mesh3_municipalities()
    pairs = set(zip(listed["mesh3"], listed["city_code"].str[:2], strict=True))
    placed = stations[stations["place_source"] == "boundary_simplified"]
    assert len(placed) > 1000
    assert all(
        pair in pairs for pair in zip(placed["mesh3"], placed["pref_code"], strict=True)
    )
