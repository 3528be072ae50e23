"""Every reader with its file in odd places: archives of many kinds, and no file at all.

The good files are those of the table of faults (format-synthetic).
"""

import zipfile
from pathlib import Path

import pytest

from geodata.errors import SourceError
from geodata.readers.dispatch import READERS
from tests.unit import reader_faults_on_lists, reader_faults_on_maps
from tests.unit.reader_fault_cells import Row
from tests.unit.vector_files import zipped

ROWS = [*reader_faults_on_maps.ROWS, *reader_faults_on_lists.ROWS]
EACH_ROW = pytest.mark.parametrize("row", ROWS, ids=str)


def archive(folder: Path, row: Row, members: dict[str, bytes]) -> Path:
    """A zip under the published name; names that are no ASCII are CP932."""
    return zipped((folder / row.good.name).with_suffix(".zip"), members)


def check_same(row: Row, folder: Path, path: Path) -> None:
    """Hold the reading of `path` against that of the plain file."""
    plain = folder / row.good.name
    plain.write_bytes(row.good.content)
    wanted, found = READERS[row.source]([plain]), READERS[row.source]([path])
    assert found.accepted_count == found.read_count == wanted.read_count
    for name, table in wanted.tables.items():
        columns = [column for column in table if column != "file"]
        assert found.tables[name][columns].equals(table[columns])


@EACH_ROW
@pytest.mark.parametrize("place", ["", "a/b/", "表示ソ/", "a\\b\\"])
def test_a_member_is_read_in_whatever_folder_of_its_archive(tmp_path, row, place):
    members = {place + row.good.name: row.good.content}
    check_same(row, tmp_path, archive(tmp_path, row, members))


@EACH_ROW
def test_what_macos_adds_to_an_archive_is_no_data(tmp_path, row):
    name = row.good.name
    members = {name: row.good.content, f"__MACOSX/._{name}": b"\0\x05\x16\7"}
    check_same(row, tmp_path, archive(tmp_path, row, members))


@EACH_ROW
def test_endings_in_capitals_and_links_make_no_difference(tmp_path, row):
    stem, _, ending = row.good.name.rpartition(".")
    real = tmp_path / "real"
    real.write_bytes(row.good.content)
    link = tmp_path / f"{stem}.{ending.upper()}"
    link.symlink_to(real)
    check_same(row, tmp_path, link)


@EACH_ROW
def test_a_member_with_damaged_bytes_is_refused(tmp_path, row):
    path = archive(tmp_path, row, {row.good.name: row.good.content})
    content = bytearray(path.read_bytes())
    start = 30 + len(row.good.name)  # of the compressed bytes
    content[start : start + 12] = b"\xff" * 12
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read"):
        READERS[row.source]([path])


@EACH_ROW
def test_an_archive_that_is_empty_cut_or_holds_an_archive_is_refused(tmp_path, row):
    path = archive(tmp_path, row, {row.good.name: row.good.content})
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as packed:
        packed.write(path, path.name)
    path.write_bytes(path.read_bytes()[:-30])
    nothing = tmp_path / "nothing.zip"
    nothing.write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    for bad in (path, outer, nothing, tmp_path / "none.zip"):
        with pytest.raises(SourceError) as caught:
            READERS[row.source]([bad])
        assert bad.name in str(caught.value)


@EACH_ROW
def test_a_folder_or_a_file_that_is_not_there_is_refused_by_name(tmp_path, row):
    path = tmp_path / row.good.name
    link = tmp_path / f"x{row.good.name}"
    link.symlink_to(tmp_path / "gone")
    folder = tmp_path / "folder"
    folder.mkdir()
    for bad in (path, path.with_suffix(".zip"), link, folder):
        with pytest.raises(SourceError) as caught:
            READERS[row.source]([bad])
        assert bad.name in str(caught.value)
    path.mkdir()
    with pytest.raises(SourceError) as caught:
        READERS[row.source]([path])
    assert path.name in str(caught.value)
    with pytest.raises(SourceError):
        READERS[row.source]([])


@EACH_ROW
def test_a_web_page_under_the_name_of_a_file_is_refused(tmp_path, row):
    path = tmp_path / row.good.name
    path.write_bytes(b"<!DOCTYPE html>\n<html><body>Not Found</body></html>\n")
    with pytest.raises(SourceError) as caught:
        READERS[row.source]([path])
    assert path.name in str(caught.value)


TEXTS = [row for row in ROWS if row.good.form == "csv"]


@pytest.mark.parametrize("row", TEXTS, ids=str)
def test_line_ends_are_one_and_the_same_but_carriage_returns_alone(tmp_path, row):
    path = tmp_path / row.good.name
    unix = row.good.content.replace(b"\r\n", b"\n")
    for content in (unix, unix.replace(b"\n", b"\r\n")):
        other = tmp_path / "other" / path.name
        other.parent.mkdir(exist_ok=True)
        other.write_bytes(content)
        check_same(row, tmp_path, other)
    path.write_bytes(unix.replace(b"\n", b"\r"))
    with pytest.raises(SourceError) as caught:
        READERS[row.source]([path])
    assert path.name in str(caught.value)


@pytest.mark.parametrize("row", TEXTS, ids=str)
def test_quotes_and_blanks_round_values_and_blank_lines_change_nothing(tmp_path, row):
    path = tmp_path / "odd" / row.good.name
    path.parent.mkdir()
    first, *rest = row.good.lines  # of an answer of the Web-API: day and total
    quoted = [",".join(f'" {field}"' for field in line.split(",")) for line in rest]
    path.write_bytes(row.good.with_lines([first, *quoted, "", "  "]).content)
    check_same(row, tmp_path, path)
