"""Time workloads against named peers in one process; print a table, write JSON."""

import json
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Timing:
    """Seconds of one workload over several runs in one process."""

    name: str
    best_s: float
    median_s: float
    runs: int


def measure(works: Mapping[str, Callable[[], object]], runs: int) -> list[Timing]:
    """Run the workloads in turn, so many times; results are dropped off the clock.

    In turn, because a machine that others use as well is slower at some times.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            start = time.perf_counter()
            result = work()
            seconds[name].append(time.perf_counter() - start)
            del result
    return [
        Timing(name, min(values), statistics.median(values), runs)
        for name, values in seconds.items()
    ]


def peak_bytes() -> int:
    """Most memory that this process has had resident.

    Not ``ru_maxrss``: that of a child starts with what its parent had.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def report(
    name: str,
    peer: Timing,
    ours: Sequence[Timing],
    *,
    wanted_ratio: float,
    checks: Mapping[str, Any],
    packages: Sequence[str],
) -> None:
    """Print peer and ours with their ratios, and write them to ``results/<name>.json``.

    Parameters
    ----------
    name : str
        Name of the workload and of the JSON file.
    peer, ours : Timing
        The peer, and our ways to do the same.
    wanted_ratio : float
        How many times faster than the peer the first of `ours` should be.
    checks : mapping
        What was verified in the same run, such as counts of wrong values.
    packages : sequence of str
        Distributions whose versions are recorded.
    """
    print(f"{name} (wanted: {wanted_ratio:g}x)")
    print(f"{'workload':<40}{'best s':>9}{'ratio':>8}{'median s':>10}{'ratio':>8}")
    for row in (peer, *ours):
        best, median = peer.best_s / row.best_s, peer.median_s / row.median_s
        print(
            f"{row.name:<40}{row.best_s:>9.3f}{best:>7.1f}x"
            f"{row.median_s:>10.3f}{median:>7.1f}x"
        )
    for check, value in checks.items():
        print(f"  {check}: {value}")
    RESULTS.mkdir(exist_ok=True)
    record = {
        "workload": name,
        "wanted_ratio": wanted_ratio,
        "ratio_of_medians": peer.median_s / ours[0].median_s,
        "ratio_of_bests": peer.best_s / ours[0].best_s,
        "peer": asdict(peer),
        "ours": [asdict(row) for row in ours],
        "checks": dict(checks),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {package: version(package) for package in packages},
    }
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
