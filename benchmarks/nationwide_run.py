"""`kiban run` as a process of its own on the scenario: seconds per stage and memory.

No other open program does this job, so the peer is the run itself on a tenth of the
rows: ten times the rows should take no more than ten times the stage time.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from _harness import RESULTS

from geodata.scenario import write_scenario

SCALES = (1.0, 10.0)
WALL_LIMIT_S, MEMORY_LIMIT_GIB = 60, 2.0
_STAGE = re.compile(r"^(\d \w+).*: ([0-9.]+) s$")


def measured_run(scenario: Path, place: Path) -> dict[str, object]:
    """Run the command on a scenario; give wall time, stage times and peak memory."""
    command = [
        *(sys.executable, "-m", "flows", "run"),
        *("--filings", scenario / "filings"),
        *("--target-meshes", scenario / "target_meshes.csv"),
        *("--sources", scenario / "sources"),
        *("--workspace", place / "workspace"),
        *("--out", place / "releases"),
    ]
    start = time.perf_counter()
    with (place / "run.log").open("w") as log:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=log
        )
        peaks = watch_memory(process)
    if process.returncode:
        sys.exit((place / "run.log").read_text())
    lines = (place / "run.log").read_text().splitlines()
    stages = dict(m.groups() for m in map(_STAGE.match, lines) if m)
    return {
        "wall_s": round(time.perf_counter() - start, 1),
        "stage_s": {name: float(seconds) for name, seconds in stages.items()},
        **peaks,
    }


def watch_memory(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """Sample the resident memory of the run, and of it with Prefect's server."""
    own = with_server = 0
    while process.poll() is None:
        try:
            run = psutil.Process(process.pid)
            sizes = [p.memory_info().rss for p in [run, *run.children(recursive=True)]]
            own, with_server = max(own, sizes[0]), max(with_server, sum(sizes))
        except psutil.NoSuchProcess:
            continue
        time.sleep(0.05)
    return {
        "peak_run_gib": round(own / 2**30, 2),
        "peak_with_server_gib": round(with_server / 2**30, 2),
    }


def main() -> None:
    """Measure both sizes, print them with the growth, write JSON."""
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for scale in SCALES:
            place = Path(folder) / f"scale{scale:g}"
            place.mkdir()
            summary = write_scenario(place / "scenario", scale=scale)
            rows = sum(summary.row_counts.values())
            results[rows] = measured_run(place / "scenario", place)
            print(f"{rows:,} rows: {json.dumps(results[rows])}")
    (few, first), (many, second) = results.items()
    growth = sum(second["stage_s"].values()) / sum(first["stage_s"].values())
    print(f"wall {first['wall_s']} s (wanted: under {WALL_LIMIT_S} s)")
    print(f"peak {first['peak_with_server_gib']} GiB (wanted: < {MEMORY_LIMIT_GIB})")
    print(f"rows x{many / few:.1f}: stage time x{growth:.1f} (wanted: no faster)")
    RESULTS.mkdir(exist_ok=True)
    record = {"runs": results, "row_growth": many / few, "stage_growth": growth}
    text = json.dumps(record, indent=2)
    (RESULTS / "nationwide_run.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
