"""`kiban check` with every rule against `pandas.read_csv` of the same station file.

In one process, as processes of their own, and on ten times the rows. No other open
program holds such filings against such rules, so the peer only reads the rows.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from _filing import BASE_ROWS, STATIONS, TODAY, write_filing
from _harness import RESULTS, measure
from nationwide_run import watch_memory

from geodata.filings import CheckOptions, FilingReport, check_filings, read_waivers

SIZES = (BASE_ROWS, 10 * BASE_ROWS)
RUNS = {SIZES[0]: 7, SIZES[1]: 2}
MOST_TIMES, MEMORY_LIMIT_GIB = 6, 2.0

MAY_STAY_OUT = {"other_carriers", "not_applicable"}
"""Reasons why a rule cannot run on a good folder of one carrier with CSV tables."""


def run(folder: Path) -> FilingReport:
    """Every rule on the filing of `folder`, its last version and waivers included."""
    options = CheckOptions(waivers=read_waivers(folder / "waivers.toml"))
    reports = check_filings(
        [folder / "filing"],
        today=TODAY,
        options=options,
        previous=folder / "previous",
    )
    return reports[0]


def run_alone(folder: Path) -> FilingReport:
    """Every rule but those that compare with the last version."""
    options = CheckOptions(waivers=read_waivers(folder / "waivers.toml"))
    return check_filings([folder / "filing"], today=TODAY, options=options)[0]


def run_stations(folder: Path) -> FilingReport:
    """Every rule on a filing of stations only: the very file that the peer reads."""
    return check_filings([folder / "stations"], today=TODAY)[0]


def checks(folder: Path, row_count: int) -> dict[str, object]:
    """What must hold for the times to count: all rows accepted, all rules run."""
    report = run(folder)
    stations = next(c for c in report.table_counts if c.table == "stations")
    reasons = report.reasons_not_run
    if stations.accepted_count != row_count or report.error_count:
        sys.exit(f"rows were rejected: {Counter(report.findings['rule_id'])}")
    if not MAY_STAY_OUT.issuperset(reasons.values()):
        sys.exit(f"rules that should run did not: {reasons}")
    found = report.findings.select(["rule_id", "state"]).to_pylist()
    return {
        "rules_run": len(report.rules_run),
        "rules_not_run": sorted(reasons),
        "findings": dict(Counter(" ".join(row.values()) for row in found)),
    }


def seconds_of(command: Sequence[str | Path]) -> float:
    """Wall time of a command."""
    start = time.perf_counter()
    subprocess.run([str(w) for w in command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def peak_gib(command: Sequence[str | Path]) -> float:
    """Peak resident memory of a command, sampled in a run of its own."""
    words = [str(word) for word in command]
    peaks = watch_memory(subprocess.Popen(words, stdout=subprocess.DEVNULL))
    return peaks["peak_run_gib"]


def processes(folder: Path, runs: int) -> dict[str, dict[str, float]]:
    """The command and a process that only reads, in turn."""
    check = ("-m", "flows", "check", folder / "filing", "--json")
    waivers = ("--waivers", folder / "waivers.toml")
    code = f"import pandas; pandas.read_csv(r'{folder / 'filing' / STATIONS}')"
    commands: dict[str, tuple[str | Path, ...]] = {
        "process pandas.read_csv": ("-c", code),
        "process kiban check, stations alone": (
            *("-m", "flows", "check", folder / "stations", "--json"),
        ),
        "process kiban check": (*check, *waivers),
        "process kiban check --previous": (
            *(*check, *waivers),
            *("--previous", folder / "previous"),
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(seconds_of((sys.executable, *command)))
    return {
        name: {
            "best_s": min(values),
            "median_s": statistics.median(values),
            "peak_gib": peak_gib((sys.executable, *commands[name])),
        }
        for name, values in taken.items()
    }


def measured(folder: Path, row_count: int) -> dict[str, dict[str, float]]:
    """Seconds of every way to check, and of only reading, by name."""
    file = folder / "filing" / STATIONS
    works = {
        "pandas.read_csv": lambda: pd.read_csv(file),
        "check_filings, stations alone": lambda: run_stations(folder),
        "check_filings, every table": lambda: run_alone(folder),
        "check_filings with previous": lambda: run(folder),
    }
    inside = {t.name: asdict(t) for t in measure(works, RUNS[row_count])}
    return inside | processes(folder, RUNS[row_count])


def show(row_count: int, times: dict[str, dict[str, float]]) -> None:
    """Print each way with its ratio to the read of its kind."""
    print(f"{row_count:,} rows (wanted: under {MOST_TIMES} times the read)")
    print(f"{'workload':<36}{'best s':>8}{'ratio':>7}{'median s':>10}{'ratio':>7}")
    for name, row in times.items():
        kind = "process " if name.startswith("process") else ""
        peer = times[f"{kind}pandas.read_csv"]
        best, median = (row[key] / peer[key] for key in ("best_s", "median_s"))
        peak = f"  peak {row['peak_gib']:.2f} GiB" if "peak_gib" in row else ""
        print(
            f"{name:<36}{row['best_s']:>8.3f}{best:>6.1f}x"
            f"{row['median_s']:>10.3f}{median:>6.1f}x{peak}"
        )


def main() -> None:
    """Measure both sizes, print them with the growth, write JSON."""
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    record: dict[str, object] = {}
    by_size = {}
    with tempfile.TemporaryDirectory() as place:
        for row_count in SIZES:
            folder = Path(place) / str(row_count)
            folder.mkdir()
            write_filing(folder, row_count)
            verified = checks(folder, row_count)
            times = by_size[row_count] = measured(folder, row_count)
            show(row_count, times)
            for name, value in verified.items():
                print(f"  {name}: {value}")
            record[str(row_count)] = {"times": times, "checks": verified}
    few, many = by_size.values()
    for name, row in few.items():
        growth = many[name]["best_s"] / row["best_s"]
        print(f"rows x{SIZES[1] / SIZES[0]:g}: {name} x{growth:.1f}")
    peak = many["process kiban check"]["peak_gib"]
    print(f"peak of kiban check: {peak} GiB (wanted: < {MEMORY_LIMIT_GIB})")
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=2)
    (RESULTS / "check_filing.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
