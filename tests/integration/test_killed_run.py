"""A run killed at any point leaves the releases as they were; the next completes."""

import os
import signal
import subprocess
import sys

import pytest

from geodata.store import open_release
from tests.integration.pipeline import job_on, run

pytestmark = pytest.mark.integration

# Points at which the process kills itself: function to die in, and on which call.
POINTS = {
    "ingest": "flows.stages.ingest",
    "mesh": "geodata.placement.all_events",
    "coverage": "flows.stages.mesh2_status",
    "rates": "flows.stages.target_status",
    "flags": "flows.stages.underserved_mesh",
    "a table being stored": "geodata.store.sha256_of",
    "the release's tables": "geodata.publish.release.write_csv",
    "the release's database": "geodata.publish.release.write_database",
    "the release's GeoPackage": "geodata.publish.release.write_geopackage",
    "the release's manifest": "geodata.publish.release._manifest",
}
SCRIPT = """
import importlib, os, pickle, signal, sys
module, name = sys.argv[1].rsplit(".", 1)
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(importlib.import_module(module), name, die)
from tests.integration.pipeline import run
run(pickle.load(sys.stdin.buffer))
"""


def killed_at(point, job, root):
    import pickle

    return subprocess.run(
        [sys.executable, "-c", SCRIPT, POINTS[point]],
        input=pickle.dumps(job),
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    ).returncode


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_leaves_no_trace_among_the_releases(
    scenario, release, tmp_path, root, point
):
    job = job_on(scenario, tmp_path, filings=(scenario / "filings" / "rakuten",))
    job.out.mkdir()
    earlier = job.out / release.name
    earlier.symlink_to(release.root, target_is_directory=True)
    assert killed_at(point, job, root) == -signal.SIGKILL
    assert [path.name for path in job.out.iterdir()] == [earlier.name]
    assert open_release(job.out).name == release.name
    assert run(job).name.startswith("2021-03-31-")
    assert len(list(job.out.iterdir())) == 2
    assert not list((job.workspace / "publish").iterdir())
