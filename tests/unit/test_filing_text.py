"""Text of large and untidy tables: lines, words, white space, quotes."""

from time import perf_counter

import numpy as np
import pyarrow as pa
import pytest

from geodata.filings.findings import FindingLog
from geodata.filings.tables.layout import STATIONS
from geodata.filings.tables.scrub import MAX_LINE_BYTES, clean_text
from geodata.filings.tables.text_table import is_header_usable, read_csv_table
from geodata.filings.tables.words import (
    ENCODED,
    Words,
    holds_only,
    is_encoded,
    with_words,
)
from tests.unit.filing_builder import ADVANCED, found, read_rows, stations_csv

GOOD_LINE = stations_csv(ADVANCED).splitlines()[1]
HEADER = stations_csv(ADVANCED).splitlines()[0]


def read_text(*lines):
    log = FindingLog()
    content = "\n".join([HEADER, *lines, ""]).encode()
    return read_csv_table(content, STATIONS, "utf-8", log), log


def findings_of(log):
    rows = log.findings(None, None).to_pylist()
    return [(row["rule_id"], row["line"], row["column"], row["value"]) for row in rows]


def test_a_misfit_far_down_a_large_file_keeps_its_line():
    """Several blocks are parsed at once, which forgets the numbers of lines."""
    lines = [GOOD_LINE] * 40_000
    lines[30_000] = "1,2"
    rows, log = read_text(*lines)
    assert findings_of(log) == [("row_shape", 30_002, None, "1,2")]
    assert len(rows.lines) == 39_999
    assert rows.lines[[29_999, 30_000]].tolist() == [30_001, 30_003]


def test_rows_of_a_large_file_stay_in_their_order():
    ids = [f"X{at}" for at in range(30_000)]
    rows, _ = read_text(*(GOOD_LINE.replace("A1", name, 1) for name in ids))
    assert rows.columns["station_id"].to_pylist() == ids
    assert rows.lines.tolist() == list(range(2, 30_002))


def test_columns_in_which_words_repeat_are_encoded_with_every_word_once():
    rows, _ = read_text(*[GOOD_LINE, GOOD_LINE.replace("n78", "n79")] * 10_000)
    bands = rows.columns["band"]
    assert bands.type == ENCODED
    assert bands.dictionary.to_pylist() == ["n78", "n79"]
    assert not is_encoded(rows.columns["station_id"])
    assert rows.columns["pref_code"].null_count == 20_000


@pytest.mark.parametrize(
    ("filed", "value", "is_noted"),
    [
        ("S9", "S9", False),
        (" S9", "S9", True),
        ("S9\t", "S9", True),
        ("\u3000S9\u00a0", "S9", True),
        ("S 9", "S 9", False),
        ("渋谷", "渋谷", False),
        (" ", None, False),
        ('"S9"', "S9", False),
        ('" S9"', "S9", True),
        (' "S9"', "S9", True),
        ('" S9, x "', "S9, x", True),
        ('" "', None, False),
    ],
)
@pytest.mark.parametrize("column", ["site_id", "band"])
def test_white_space_round_a_value_is_left_out_and_noted(
    column, filed, value, is_noted
):
    line = GOOD_LINE.replace(ADVANCED[column], filed, 1)
    rows, log = read_text(GOOD_LINE, line, GOOD_LINE)
    good = ADVANCED[column]
    assert rows.columns[column].to_pylist() == [good, value, good]
    noted = [(f[0], f[1], f[2]) for f in findings_of(log)]
    assert noted == ([("value_trimmed", 3, column)] if is_noted else [])


def test_white_space_round_a_name_of_the_header_is_noted():
    log = FindingLog()
    content = f"{HEADER.replace(',band,', ', band ,')}\n{GOOD_LINE}\n".encode()
    rows = read_csv_table(content, STATIONS, "utf-8", log)
    assert rows.columns["band"].to_pylist() == ["n78"]
    assert findings_of(log) == [("value_trimmed", None, "band", " band ")]


def test_a_header_of_very_many_names_does_not_take_long():
    log = FindingLog()
    names = [*STATIONS.column_names, *(f"x{at}" for at in range(60_000))]
    start = perf_counter()
    assert is_header_usable(names, STATIONS, "stations.parquet", log)
    assert not is_header_usable([*names, "lat"], STATIONS, "stations.parquet", log)
    assert perf_counter() - start < 15


def test_values_that_are_equal_without_white_space_become_one_word(tmp_path):
    rows, _ = read_text(GOOD_LINE, GOOD_LINE.replace("n78", "n78 "))
    assert rows.columns["band"].dictionary.to_pylist() == ["n78"]
    report = read_rows(tmp_path, ADVANCED | {"band": " n78", "site_id": "S "})
    assert found(report) == {"value_trimmed"}
    assert report.stations["band"].to_pylist() == ["n78"]
    assert report.is_accepted


def test_words_tell_for_each_row_and_a_missing_one_is_none():
    words = Words(pa.array(["a", None, "b", "a"]))
    assert words.is_in(("a", "z")).tolist() == [True, False, False, True]
    assert words.map({"a": "A"}).tolist() == ["A", None, None, "A"]
    nothing = Words(pa.array([], pa.string()))
    assert nothing.is_in(("a",)).dtype == bool


def test_words_put_in_the_place_of_others_may_become_one_or_null():
    column = pa.array(["a", "b", None, "c"]).dictionary_encode()
    changed = with_words(column, pa.array(["x", "x", None]))
    assert changed.to_pylist() == ["x", "x", None, None]
    assert changed.null_count == 2


def test_only_the_bytes_of_the_slice_are_looked_at():
    column = pa.array(["ä", "12", None, "3"])
    assert holds_only(column.slice(1), b"0123456789")
    assert not holds_only(column, b"0123456789")


@pytest.mark.parametrize(
    ("length", "end", "is_long"),
    [
        (MAX_LINE_BYTES, b"\n", False),
        (MAX_LINE_BYTES + 1, b"\n", True),
        (MAX_LINE_BYTES, b"", False),
        (MAX_LINE_BYTES + 1, b"", True),
    ],
)
@pytest.mark.parametrize("before", [b"a\n", b"a\n" * MAX_LINE_BYTES])
def test_a_line_may_be_as_long_as_the_limit(length, end, is_long, before):
    content = before + b"x" * length + end
    clean = clean_text(content, "stations.csv", "utf-8", FindingLog())
    assert [line.rule_id for line in clean.bad_lines] == ["line_too_long"] * is_long


@pytest.mark.parametrize("at", [4, 1 << 18, (1 << 18) - 1, 300_000])
def test_a_control_character_is_found_wherever_it_stands(at):
    content = np.frombuffer(b"ab\r\n" * 100_000, np.uint8).copy()
    content[at] = 7
    clean = clean_text(content.tobytes(), "stations.csv", "utf-8", FindingLog())
    assert [line.line for line in clean.bad_lines] == [at // 4 + 1]
