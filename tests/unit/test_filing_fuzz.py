"""Whatever the tables and the plan hold: no exception, no lost row, every receipt.

Each test runs half as many cases as the profile says; `make fuzz` 10,000 in all.
"""

from collections import Counter
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from geodata.filings import CheckOptions, Waiver
from tests.unit.filing_builder import (
    ADVANCED,
    MESH_COUNT,
    MESH_COUNTS,
    MMWAVE,
    ORDINARY,
    PLAN,
    PREFECTURE_COUNTS,
    STATION_COLUMNS,
    STATIONS,
    TODAY,
    csv_text,
    stations_csv,
    write_filing,
)
from tests.unit.filing_soundness import check_soundly, read_soundly
from tests.unit.fuzz_values import CELLS, FUZZED, PLANS, toml_text

KEYS = {"A1", "A2", "B1"}
TABLES = {
    "stations_csv": stations_csv().encode(),
    "mesh_counts_csv": csv_text(MESH_COUNTS).encode(),
    "prefecture_counts_csv": csv_text(PREFECTURE_COUNTS).encode(),
}
"""A good filing of every table."""

ANOTHER = ADVANCED | {"station_id": "X1", "site_id": "", "lat": "35.665498"}
PLACES = st.integers(0, 5_000)


def cells_of(row):
    """Some cells of a row with any content."""
    return st.dictionaries(st.sampled_from(sorted(row)), CELLS)


STATION_CELLS = cells_of(dict.fromkeys(STATION_COLUMNS))


def with_noise(content, at, noise, cut):
    at %= len(content)
    return content[:at] + noise + content[at + cut :]


@FUZZED
@given(STATION_CELLS)
def test_a_bad_row_never_takes_good_rows_with_it(cells):
    row = ANOTHER | cells
    report = read_soundly(stations_csv=stations_csv(ADVANCED, row, ORDINARY, MMWAVE))
    kept = set(report.stations["station_id"].to_pylist())
    assert row["station_id"].strip() in KEYS or kept >= KEYS


@FUZZED
@given(
    st.lists(STATION_CELLS, min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_decides_nothing(changes, random):
    added = [
        ANOTHER | {"station_id": f"X{at}", "lat": f"35.66{at}498"} | cells
        for at, cells in enumerate(changes)
    ]
    rows = [*STATIONS, *added]
    shuffled = random.sample(rows, len(rows))
    one, other = (read_soundly(stations_csv=stations_csv(*r)) for r in (rows, shuffled))
    assert _told(one) == _told(other)


def _told(report):
    """How often each rule spoke, and the accepted stations."""
    ids = [] if report.stations is None else report.stations["station_id"].to_pylist()
    return Counter(report.findings["rule_id"].to_pylist()), Counter(ids)


@FUZZED
@given(st.permutations(STATION_COLUMNS), st.integers(0, 23))
def test_columns_stand_in_any_order_and_a_strange_one_changes_nothing(columns, at):
    rows = [row | {"note": "=1"} for row in STATIONS]
    named = [*columns[:at], "note", *columns[at:]]
    report = read_soundly(stations_csv=csv_text(rows, named))
    assert set(report.stations["station_id"].to_pylist()) == KEYS
    assert report.findings["rule_id"].to_pylist() == ["header_column_unknown"]


@FUZZED
@given(st.lists(st.sampled_from([*STATION_COLUMNS, "", "LAT", " lat", "\ufefflat"])))
def test_any_header_raises_nothing(names):
    body = stations_csv().partition("\n")[2]
    read_soundly(stations_csv=",".join(names) + "\n" + body)


@FUZZED
@given(st.binary(max_size=60).filter(lambda line: b"\n" not in line))
def test_a_line_of_any_bytes_is_one_line(line):
    good = stations_csv(ADVANCED, ORDINARY, MMWAVE).encode().splitlines(keepends=True)
    table = b"".join([*good[:2], line, b"\n", *good[2:]])
    report = read_soundly(stations_csv=table)
    assert report.stations["line"].to_pylist() == [2, 5, 4]
    assert report.filing["read_count"] in (3, 4)


@FUZZED
@given(
    st.sampled_from(sorted(TABLES)), PLACES, st.binary(max_size=6), st.integers(0, 9)
)
def test_bytes_anywhere_in_the_tables_raise_nothing(name, at, noise, cut):
    broken = {name: with_noise(TABLES[name], at, noise, cut)}
    read_soundly(**{"stations_csv": None} | broken)


@FUZZED
@given(cells_of(MESH_COUNT), cells_of(PREFECTURE_COUNTS[0]), STATION_CELLS)
def test_any_cells_of_all_tables_together_raise_nothing(mesh, prefecture, station):
    prefectures = [PREFECTURE_COUNTS[0] | prefecture, *PREFECTURE_COUNTS[1:]]
    with TemporaryDirectory() as folder:
        filing = write_filing(
            Path(folder) / "f",
            stations_csv=stations_csv(*STATIONS, ANOTHER | station),
            mesh_counts_csv=csv_text([*MESH_COUNTS, MESH_COUNT | mesh]),
            prefecture_counts_csv=csv_text(prefectures),
        )
        check_soundly(filing)


@FUZZED
@given(PLACES, st.text(max_size=6), st.integers(0, 4))
def test_text_anywhere_in_the_plan_raises_nothing(at, noise, cut):
    read_soundly(plan_toml=with_noise(PLAN, at, noise, cut))


@FUZZED
@given(PLANS)
def test_plan_keys_of_any_type_raise_nothing(keys):
    with TemporaryDirectory() as folder:
        filing = write_filing(Path(folder) / "f", plan_toml=toml_text(keys), **TABLES)
        check_soundly(filing)


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "rule": st.sampled_from(["antenna_height_high", "station_moved", "lat_range"]),
        "reason": st.text(max_size=5),
        "file": st.sampled_from(["stations.csv", "plan.toml", ""]),
        "lines": st.lists(st.integers(-1, 9)),
        "fiscal_year": st.integers(2018, 2037),
        "count": st.integers(-1, 9),
        "mesh2": st.sampled_from(["533946", "303600", "", "x"]),
        "pref_code": st.sampled_from(["13", "48", ""]),
        "n_advanced": st.integers(-1, 99),
        "base_deployment_rate_pct": st.floats(),
    },
)
WAIVERS = (
    Waiver("antenna_height_high", "docomo", "tower", "MIC", TODAY),
    Waiver("backhaul_missing", "docomo", "line", "MIC", TODAY),
    Waiver("station_same_place", "docomo", "mast", "MIC", date(2021, 4, 1)),
)


@FUZZED
@given(st.lists(STATION_CELLS, max_size=3), st.lists(ENTRIES, max_size=3))
def test_rules_between_versions_and_answers_of_any_form_raise_nothing(changes, entries):
    keys = ("acknowledged", "withdrawal", "national_total")
    answers = toml_text(dict.fromkeys(keys, entries))
    rows = list(STATIONS)
    rows[: len(changes)] = [row | c for row, c in zip(rows, changes, strict=False)]
    with TemporaryDirectory() as folder:
        earlier = write_filing(Path(folder) / "earlier", **TABLES)
        later = write_filing(
            Path(folder) / "later",
            plan_toml=answers + PLAN.replace("plan_version = 1", "plan_version = 2"),
            stations_csv=stations_csv(*rows, ANOTHER | {"antenna_height_m": "120"}),
            mesh_counts_csv=TABLES["mesh_counts_csv"],
        )
        options = CheckOptions(waivers=WAIVERS)
        check_soundly(later, options=options, previous=earlier)


@FUZZED
@given(st.lists(STATION_CELLS, max_size=2), st.sampled_from(["kddi", "docomo", "x"]))
def test_filings_of_two_carriers_raise_nothing_together(changes, carrier):
    rows = [row | c for row, c in zip(STATIONS, changes, strict=False)]
    with TemporaryDirectory() as folder:
        write_filing(Path(folder) / "one")
        write_filing(
            Path(folder) / "other",
            plan_toml=PLAN.replace('"docomo"', f'"{carrier}"'),
            stations_csv=stations_csv(*rows, ANOTHER),
        )
        check_soundly(Path(folder))
