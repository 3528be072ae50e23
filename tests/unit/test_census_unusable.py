"""Census mesh statistics: files that cannot be used, alone or together."""

import zipfile

import pytest
from census_files import KYOTO, NAME, Row, as_bytes, census, table

from geodata.errors import SourceError
from geodata.readers.census_mesh import read_census_mesh


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (NAME, lambda content: content[:0], r"the file is empty.*Download"),
        (NAME, lambda content: content[:200], r"ends within its two header lines"),
        (
            NAME,
            lambda content: content[:-30],
            r"line 7: .*without a line end.*cut short",
        ),
        (NAME, lambda content: content[:-2], r"line 7: .*without a line end"),
        (
            NAME,
            lambda content: content[: content.find(b"5236")],
            r"no row below the two header lines",
        ),
        (
            NAME,
            lambda content: content.decode("cp932").encode(),
            r"line 2: wanted CP932.*UTF-8",
        ),
        (
            NAME,
            lambda content: content.decode("cp932").encode("utf-16"),
            r"wanted CP932.*UTF-16",
        ),
        (
            NAME,
            lambda content: content.replace("男".encode("cp932"), b"\x81\xff", 1),
            r"line 2: wanted CP932.*0x81",
        ),
        (
            NAME,
            lambda content: content.replace(b"523600001,0", b"\xff23600001,0", 1),
            r"line 3: wanted CP932.*0xff",
        ),
        (
            NAME,
            lambda content: content.replace(b"HTKSAKI", b"SAKI", 1),
            r"line 1: column\(s\) HTKSAKI not found; the line starts KEY_CODE",
        ),
        (
            NAME,
            lambda content: content.replace(b"T001141002", b"T001141001", 1),
            r"line 1: column T001141001 stands twice",
        ),
        (
            NAME,
            lambda content: content.replace(b"T001141050", b"T001101050", 1),
            r"line 1: columns of T001101, T001141; wanted the figures of one",
        ),
        (
            NAME,
            lambda content: content.replace(
                "人口（総数）,".encode("cp932"), "全産業事業所数,".encode("cp932"), 1
            ),
            r"line 2: no column is labelled 人口（総数）; found 全産業事業所数",
        ),
        (
            NAME,
            lambda content: content.replace(
                "人口（総数）　男".encode("cp932"), "人口（総数）".encode("cp932"), 1
            ),
            r"line 2: the label 人口（総数） stands over T001141001 and T001141002",
        ),
        (
            NAME,
            lambda content: content[content.find(b"\n") + 1 :],
            r"line 1: column\(s\) KEY_CODE.* not found",
        ),
        (
            NAME,
            lambda content: content.replace(
                "世帯総数".encode("cp932"), "世帯総数（日本測地系）".encode("cp932"), 1
            ),
            r"line 2: says 日本測地系 \(Tokyo datum\).*世界測地系",
        ),
        (
            "tblT001141H5339.txt",
            lambda content: content,
            r"named after primary mesh 5339, but .* primary mesh 5236",
        ),
        (
            "tblT001101H5236.txt",
            lambda content: content,
            r"named after statistic T001101, but line 1 holds T001141",
        ),
        (
            "tblT001141S5236.txt",
            lambda content: content,
            r"letter S says level m3, but column KEY_CODE holds cells of m4",
        ),
        (
            "日本測地系_5236.txt",
            lambda content: content,
            r"its name: says 日本測地系",
        ),
        (NAME, lambda content: content.replace(b"5236", b"9936"), r"no cell of Japan"),
        (NAME, lambda content: content.replace(b"5236", b"52"), r"codes of 7 digits"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_why_and_what_to_do(
    tmp_path, name, change, message
):
    path = tmp_path / name
    path.write_bytes(change(as_bytes(table(KYOTO))))
    with pytest.raises(SourceError, match=message) as raised:
        read_census_mesh([path])
    assert name in str(raised.value)


def test_a_zip_cut_short_is_refused(tmp_path):
    path = census(tmp_path, "tblT001141H5236.zip", KYOTO)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match=r"tblT001141H5236\.zip: cannot be read"):
        read_census_mesh([path])


def test_a_zip_without_a_text_and_no_path_at_all_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.pdf", b"")
    with pytest.raises(SourceError, match=r"a\.zip: found no \.txt or \.csv"):
        read_census_mesh([tmp_path / "a.zip"])
    with pytest.raises(SourceError, match="no file"):
        read_census_mesh([])


def test_a_folder_of_the_tokyo_datum_is_refused(tmp_path):
    folder = tmp_path / "500mメッシュ（日本測地系）"
    folder.mkdir()
    with pytest.raises(SourceError, match="its folder name: says 日本測地系"):
        read_census_mesh([census(folder, NAME, KYOTO)])


@pytest.mark.parametrize(
    ("name", "statistics", "rows", "message"),
    [
        ("tblT001140S5237.txt", "T001140", [Row("52370000", "1")], r"level m4 .* m3"),
        ("tblT001101H5237.txt", "T001101", [Row("523700001", "1")], r"statistic T0011"),
        ("again.txt", "T001141", KYOTO, r"both hold mesh1 5236"),
    ],
)
def test_files_that_do_not_go_together_are_refused_by_both_names(
    tmp_path, name, statistics, rows, message
):
    files = [
        census(tmp_path, NAME, KYOTO),
        census(tmp_path, name, rows, statistics),
    ]
    with pytest.raises(SourceError, match=message) as raised:
        read_census_mesh(files)
    assert NAME in str(raised.value)
    assert name in str(raised.value)
