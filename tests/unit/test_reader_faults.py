"""Every reader against every fault of a file: one row a format, one column a fault.

The table is in ``reader_faults_on_maps`` and ``reader_faults_on_lists``.
"""

import pytest

from geodata.errors import SourceError
from geodata.readers.dispatch import READERS
from geodata.readers.reading import SourceRead
from geodata.schemas import TABLES, conform
from tests.unit import reader_faults_on_lists, reader_faults_on_maps
from tests.unit.reader_fault_cells import (
    DEFAULT_MAKERS,
    FAULTS,
    Impossible,
    Noted,
    Refused,
    Rejected,
    Row,
)
from tests.unit.reader_faults import Good, without_column

ROWS = [*reader_faults_on_maps.ROWS, *reader_faults_on_lists.ROWS]
EACH_ROW = pytest.mark.parametrize("row", ROWS, ids=str)
SAYS_NO_VINTAGE = {
    "henchi",
    "population_mesh4",
    "population_mesh3",
    "high_traffic_meshes",
}
"""Forms of this project without a day: their sidecar may say one."""
HAS_NO_PLACE = {
    "disadvantaged_list",
    "licences",
    "abr_towns",
    "support_areas",
    "fibre_towns",
    "fiscal_index",
}
"""Lists by municipality or town: neither coordinates nor cells, so no datum."""


def cells(kind: type):
    """Parameters: every cell of a kind."""
    found = [
        pytest.param(row, fault, id=f"{row}: {fault}")
        for row in ROWS
        for fault in FAULTS
        if isinstance(row.cells[fault], kind) and fault != "column missing"
    ]
    return pytest.mark.parametrize(("row", "fault"), found)


def read(source: str, folder, *files: Good) -> SourceRead:
    paths = []
    for file in files:
        path = folder / file.name
        path.write_bytes(file.content)
        paths.append(path)
    return READERS[source](paths)


def made(row: Row, fault: str) -> Good:
    make = row.cells[fault].make or DEFAULT_MAKERS[fault]
    return make(row.good)


def check_refusal(row: Row, cell: Refused, bad: Good, folder, *words: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(row.source, folder, *([row.good] if cell.is_beside else []), bad)
    message = str(caught.value)
    for word in (bad.name, cell.place, cell.found, cell.wanted, *words):
        assert word in message


def test_every_reader_has_a_row_and_every_row_a_cell_for_each_fault():
    assert {row.source for row in ROWS} == set(READERS)
    for row in ROWS:
        assert tuple(row.cells) == FAULTS, row
    reasons = [
        cell.reason
        for row in ROWS
        for cell in row.cells.values()
        if isinstance(cell, Impossible)
    ]
    assert all(reasons)


@EACH_ROW
def test_the_good_file_is_read_whole_and_says_what_it_is(tmp_path, row):
    good = read(row.source, tmp_path, row.good)
    assert good.name == row.source
    assert good.read_count == good.accepted_count > 0
    assert good.rejected.empty
    assert good.edition
    assert bool(good.vintage) == (row.source not in SAYS_NO_VINTAGE)
    assert bool(good.datum) == (row.source not in HAS_NO_PLACE)
    for name, table in good.tables.items():
        conform(TABLES[name], table)


@cells(Refused)
def test_a_fault_of_the_file_is_refused_with_place_found_and_wanted(
    tmp_path, row, fault
):
    check_refusal(row, row.cells[fault], made(row, fault), tmp_path)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param(row, column, id=f"{row}: {column}")
        for row in ROWS
        for column in row.required
    ],
)
def test_each_column_that_is_used_is_missed(tmp_path, row, column):
    cell = row.cells["column missing"]
    if cell.make:
        check_refusal(row, cell, cell.make(row.good), tmp_path)
    else:
        bad = without_column(row.good, column)
        check_refusal(row, cell, bad, tmp_path)


@cells(Rejected)
def test_a_fault_of_a_row_is_kept_with_its_place_value_and_rule(tmp_path, row, fault):
    cell, bad = row.cells[fault], made(row, fault)
    good = read(row.source, tmp_path, row.good)
    found = read(row.source, tmp_path, bad)
    errors = found.rejected[found.rejected["severity"] == "ERROR"]
    columns = ["source", "file", "row", "column", "value", "rule_id"]
    assert errors[columns].to_numpy().tolist() == [
        [row.source, bad.name, cell.row, cell.column, cell.value, cell.rule_id]
    ]
    assert "Wanted: " in errors["message_en"].iloc[0]
    assert (found.read_count, found.accepted_count) == (
        good.read_count + 1,
        good.accepted_count,
    )


@cells(Noted)
def test_what_is_odd_but_usable_is_read_and_noted(tmp_path, row, fault):
    cell, bad = row.cells[fault], made(row, fault)
    good = read(row.source, tmp_path, row.good)
    found = read(row.source, tmp_path, bad)
    assert found.accepted_count == good.accepted_count
    place = cell.place or bad.name
    assert any(cell.words in note and place in note for note in found.notes)
    assert found.datum == (cell.datum or good.datum)


@EACH_ROW
def test_no_cut_of_a_file_goes_unseen(tmp_path, row):
    """Wherever a line is cut: refused, or a row or warning says so."""
    good = read(row.source, tmp_path, row.good)
    content = row.good.content
    start = content.rstrip().rfind(b"\n") + 1
    cuts = range(start + 1, len(content.rstrip()))
    for end in cuts[:: max(1, len(cuts) // 20)]:
        cut = Good(row.good.name, content[:end])
        try:
            found = read(row.source, tmp_path, cut)
        except SourceError:
            continue
        is_less = found.accepted_count < good.accepted_count
        assert len(found.rejected) or is_less, content[:end][-60:]
