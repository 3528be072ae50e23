"""One national set of e-Stat 500 m text against pandas.read_csv, file by file.

The set is the four real files (three of 500 m, one of 1 km, which is read apart, as the
two never mix) and, for every other primary mesh, a synthetic file in exactly their
format: rows of a real one under another primary mesh, about 480,000 in all. Ours also
checks every code, link and key; the peer only reads.

Run: ``python benchmarks/census_read.py`` (needs the folder ../shared)
"""

import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from _harness import measure, report

from geodata import mesh
from geodata.readers.census_mesh import read_census_mesh

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "data" / "estat_mesh_population_2020"
TOTAL_ROWS = 480_000
RUNS = 5
LIMIT_MIB = 2048


def clone(path: Path, primary: int, row_count: int) -> bytes:
    """The first rows of a real file under another primary mesh.

    Disclosure groups that are cut are left out, so every link still leads to a row.
    """
    lines = path.read_bytes().split(b"\n")
    head, body = lines[:2], lines[2:-1]
    rows = [line.split(b",", 4) for line in body]
    kept = {row[0] for row in rows[:row_count]}
    whole = {
        row[0]
        for row in rows[:row_count]
        if row[1] == b"1" and set(row[3].split(b";")) <= kept
    }
    good = [
        row
        for row in rows[:row_count]
        if row[1] == b"0" or (row[0] if row[1] == b"1" else row[2]) in whole
    ]
    old = re.search(rb"H(\d{4})", path.name.encode())
    prefix = re.compile(rb"(?<!\d)" + old[1] + rb"(?=\d{5}(?!\d))")  # type: ignore[index]
    for row in good:
        for at in (0, 2, 3):
            row[at] = prefix.sub(str(primary).encode(), row[at])
    return b"\n".join([*head, *(b",".join(row) for row in good), b""])


def build(folder: Path) -> None:
    """Write the national set."""
    real = sorted(REAL.glob("tblT001101H*.txt"))
    for path in (*real, REAL / "tblT001100S30.txt"):
        (folder / path.name).write_bytes(path.read_bytes())
    given = {int(path.stem[-4:]) for path in real}
    others = [int(code) for code in mesh.PRIMARY_MESHES if int(code) not in given]
    real_rows = sum(path.read_bytes().count(b"\n") - 2 for path in real)
    share, extra = divmod(TOTAL_ROWS - real_rows, len(others))
    longest = max(real, key=lambda path: path.stat().st_size)
    for at, primary in enumerate(others):
        content = clone(longest, primary, share + (at < extra))
        (folder / f"tblT001101H{primary}.txt").write_bytes(content)


def ours(paths: Sequence[Path]) -> pd.DataFrame:
    """Rows of both levels, through the reader."""
    by_level = [
        [p for p in paths if "H" in p.name],
        [p for p in paths if "S" in p.name],
    ]
    reads = [read_census_mesh(part) for part in by_level]
    if any(len(read.rejected) for read in reads):
        raise SystemExit("The set has faulty rows; the comparison would not be fair.")
    return pd.concat([read.tables["raw.mesh_population"] for read in reads])


def peer(paths: Sequence[Path]) -> pd.DataFrame:
    """All columns of all files, the plain way."""
    codes = dict.fromkeys(["KEY_CODE", "HTKSAKI", "GASSAN"], str)
    frames = [
        pd.read_csv(path, encoding="cp932", skiprows=[1], na_values=["*"], dtype=codes)
        for path in paths
    ]
    names = {"T001101001": "population", "T001100001": "population"}
    return pd.concat([frame.rename(columns=names) for frame in frames])


def peak_mib(folder: Path) -> float:
    """Peak memory of a process that reads the set once, in MiB."""
    run = subprocess.run(
        [sys.executable, __file__, "--read", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout) / 1024


def read_once(folder: Path) -> None:
    """Read the set and print the peak of this process in KiB."""
    ours(sorted(folder.glob("*.txt")))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Build, measure, check, report."""
    if not REAL.is_dir():
        raise SystemExit("needs the data folder ../shared beside the checkout")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        build(folder)
        paths = sorted(folder.glob("*.txt"))
        timings = measure(
            {
                "pandas.read_csv, file by file": lambda: peer(paths),
                "read_census_mesh, all checks": lambda: ours(paths),
            },
            runs=RUNS,
        )
        our_rows, peer_rows = ours(paths), peer(paths)
        memory = peak_mib(folder)
    our_cells = our_rows.set_index("mesh")["population_count"].sort_index()
    peer_cells = peer_rows.astype({"KEY_CODE": "int64"}).set_index("KEY_CODE")
    report(
        "census_read",
        timings[0],
        timings[1:],
        wanted_ratio=2.0,
        checks={
            "files": len(paths),
            "rows (ours, peer)": [len(our_rows), len(peer_rows)],
            "persons (ours, peer)": [
                int(our_cells.sum()),
                int(peer_cells["population"].sum()),
            ],
            "every cell equal": our_cells.astype("int64").tolist()
            == peer_cells["population"].sort_index().astype("int64").tolist(),
            "peak memory MiB (wanted: under 2048)": round(memory),
            "peak under limit": memory < LIMIT_MIB,
        },
        packages=["pandas", "pyarrow", "pandera"],
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_once(Path(sys.argv[2]))
    else:
        main()
