import pytest
from broadband_files import write, zipped

from geodata.errors import SourceError
from geodata.readers.high_traffic_meshes import read_high_traffic_meshes
from geodata.schemas import TABLES, conform

CELLS = b"mesh3\n53394611\n53394601\n\n52350349\n"


def listed(folder, content=CELLS, name="high_traffic_meshes.csv"):
    return write(folder / name, content)


def test_the_cells_are_read_ascending_from_a_file_or_an_archive(tmp_path):
    for path in (listed(tmp_path), zipped(tmp_path / "h.zip", h__csv=CELLS)):
        read = read_high_traffic_meshes([path])
        table = read.tables["raw.high_traffic_mesh"]
        assert table["mesh3"].tolist() == [52350349, 53394601, 53394611]
        assert (read.read_count, read.accepted_count, len(read.rejected)) == (3, 3, 0)
        assert (read.edition, read.datum) == ("official", "JGD2011")
        assert conform(TABLES["raw.high_traffic_mesh"], table).num_rows == 3


def test_the_sidecar_says_what_the_list_rests_on(tmp_path):
    path = listed(tmp_path)
    sidecar = tmp_path / "high_traffic_meshes.csv.toml"
    sidecar.write_text('denominator_source = "derived:hightraffic-v1"\n')
    assert read_high_traffic_meshes([path]).edition == "derived:hightraffic-v1"
    sidecar.write_text('denominator_source = "guess"\n')
    with pytest.raises(SourceError, match="found 'guess', wanted official, derived:"):
        read_high_traffic_meshes([path])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"53398011", "line 6, column mesh3, '53398011': mesh code '53398011'"),
        (b"5339461", "line 6, column mesh3, '5339461'"),
        (b"533946111", "line 6, column mesh3, '533946111'"),
        (b"52350300", "line 6.*not one of the 1 km cells with land"),
        (b"53394611", "line 6, column mesh3, '53394611': already stands in line 2"),
        (b"53394612,1", r"line 6, '53394612,1': wanted 1 field\(s\)"),
    ],
)
def test_one_faulty_line_refuses_the_whole_list(tmp_path, line, message):
    path = listed(tmp_path, CELLS + line + b"\n")
    with pytest.raises(SourceError, match=message) as caught:
        read_high_traffic_meshes([path])
    assert "nothing was read from it" in str(caught.value)


def test_faults_are_told_in_the_order_of_their_lines(tmp_path):
    path = listed(tmp_path, b"mesh3\n53394611\nx\n1,2\ny\n")
    with pytest.raises(SourceError, match=r"line 3.*line 4.*line 5"):
        read_high_traffic_meshes([path])


def test_an_extra_column_is_noted(tmp_path):
    path = listed(tmp_path, b"mesh3,traffic\n53394611,9\n")
    read = read_high_traffic_meshes([path])
    assert read.notes == (
        "high_traffic_meshes.csv: further column(s) traffic not used.",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found no header"),
        (b"mesh3\n", "line 2: found no data row"),
        (
            b"mesh2\n533946\n",
            r"line 1: column\(s\) mesh3 not found; the header is mesh2",
        ),
        ("メッシュ\n53394611\n".encode("cp932"), "line 1: wanted UTF-8, but byte 0x83"),
        (b"mesh3,a\n53394611,1\n5339", "line 3: the file ends within the row '5339'"),
    ],
)
def test_an_unusable_file_is_refused_by_place_found_and_wanted(
    tmp_path, content, message
):
    with pytest.raises(SourceError, match=rf"high_traffic_meshes\.csv, {message}"):
        read_high_traffic_meshes([listed(tmp_path, content)])


def test_two_lists_and_no_list_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"found 2 lists \(a\.csv, b\.csv\)"):
        read_high_traffic_meshes(
            [listed(tmp_path, name=name) for name in ("a.csv", "b.csv")]
        )
    with pytest.raises(SourceError, match="no file given; wanted one list"):
        read_high_traffic_meshes([])
