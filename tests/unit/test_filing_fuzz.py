"""Whatever the bytes: no exception, no lost good row, and the rows add up."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.filings import read_filing, receipt, receipt_text
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNTS,
    MMWAVE,
    ORDINARY,
    PLAN,
    STATION_COLUMNS,
    TODAY,
    csv_text,
    stations_csv,
    write_filing,
)

MANY = settings(max_examples=60, deadline=None)
CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "nan", "inf", "-", "=1+1", "@x", "1e308", "9" * 400, "１",
            "1e-400", "1,5", '"', '""', "0x10", "true", "2021-02-30", "0000-01-01",
            "9999-12-31",
            "\u3000", "A1", "-1", "2019", "\ufeff", "\u2028", "1;2;", ";", "n78", "+5",
        ]
    ),
    st.text(max_size=8),
)  # fmt: skip


def _assert_consistent(report):
    filing = report.filing
    assert filing["read_count"] == filing["accepted_count"] + filing["rejected_count"]
    assert filing["accepted_count"] == sum(map(len, report.tables().values()))
    assert set(report.rules_run).isdisjoint(report.rules_not_run)
    assert receipt(report)["filing"]["name"] == report.name
    assert receipt_text(report, "ja").isprintable() is False


def _read(**files):
    with TemporaryDirectory() as folder:
        filing = write_filing(Path(folder) / "f", **files)
        report = read_filing(filing, today=TODAY)
    _assert_consistent(report)
    return report


@MANY
@given(st.dictionaries(st.sampled_from(STATION_COLUMNS), CELLS, min_size=1))
def test_a_bad_row_never_takes_good_rows_with_it(cells):
    row = ADVANCED | {"station_id": "X1", "lat": "35.665498"} | cells
    is_key = row["station_id"].strip() in {"A1", "A2", "B1"}
    report = _read(stations_csv=stations_csv(ADVANCED, row, ORDINARY, MMWAVE))
    kept = report.stations["station_id"].to_pylist()
    assert is_key or {"A1", "A2", "B1"} <= set(kept)


@MANY
@given(st.binary(max_size=60).filter(lambda line: b"\n" not in line))
def test_a_line_of_any_bytes_is_one_line(line):
    good = stations_csv(ADVANCED, ORDINARY, MMWAVE).encode().splitlines(keepends=True)
    report = _read(stations_csv=b"".join([*good[:2], line, b"\n", *good[2:]]))
    assert report.stations["line"].to_pylist() == [2, 5, 4]
    assert report.filing["read_count"] in (3, 4)


@MANY
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_bytes_anywhere_in_the_tables_raise_nothing(at, noise):
    stations, counts = stations_csv().encode(), csv_text(MESH_COUNTS).encode()
    _read(
        stations_csv=stations[: at % len(stations)] + noise + stations[at:],
        mesh_counts_csv=counts[: at % len(counts)] + noise + counts[at:],
    )


@MANY
@given(st.integers(0, 2000), st.text(min_size=1, max_size=6))
def test_text_anywhere_in_the_plan_raises_nothing(at, noise):
    at %= len(PLAN)
    _read(plan_toml=PLAN[:at] + noise + PLAN[at:])


@MANY
@given(st.integers(0, 3000), st.binary(max_size=4), st.integers(0, 8))
def test_a_damaged_zip_raises_nothing(at, noise, cut):
    with TemporaryDirectory() as folder:
        source = write_filing(Path(folder) / "source")
        path = Path(folder) / "filing.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(source.iterdir()):
                archive.write(file, file.name)
        data = path.read_bytes()
        at %= len(data)
        path.write_bytes(data[:at] + noise + data[at + cut :])
        _assert_consistent(read_filing(path, today=TODAY))
