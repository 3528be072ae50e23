"""The one way to read CSV: encodings, line numbers, faulty rows, cut files."""

import numpy as np
import pyarrow as pa
import pytest

from geodata.errors import SourceError
from geodata.readers.files.csv_rows import header_of, read_csv, read_numbers
from geodata.readers.files.encoding import decode, encoding_of
from geodata.readers.files.published import Published
from geodata.readers.reading import Rejections

NAMES = ["code", "name"]


@pytest.fixture
def saved(tmp_path):
    """Save bytes as ``list.csv`` and give the file."""

    def save(content):
        (tmp_path / "list.csv").write_bytes(content)
        return Published(tmp_path / "list.csv")

    return save


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp932", "cp932")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_both_encodings_give_the_same_texts_without_blanks_around(
    saved, codec, encoding, end
):
    lines = ["code,name,note", "1, 能登町\u3000,表", '2,"ソ,十",-', ""]
    rows = read_csv(saved(end.join(lines).encode(codec)), NAMES, encoding)
    assert rows.header == ("code", "name", "note")
    assert rows.frame.to_dict("list") == {
        "code": ["1", "2"],
        "name": ["能登町", "ソ,十"],
    }
    assert rows.lines.tolist() == [2, 3]


def test_lines_stay_true_across_blank_lines_and_rows_of_a_wrong_length(saved):
    content = b"code,name\n\n1,a\n2\n,,,\n , \n3,\n,c\n4,d,e\n5,f\n\n"
    rows = read_csv(saved(content), NAMES)
    assert rows.lines.tolist() == [3, 7, 8, 10]
    assert rows.frame["code"].tolist() == ["1", "3", "", "5"]
    assert rows.misshapen == ((4, 1, "2"), (9, 3, "4,d,e"))
    assert rows.row_count == 6
    faults = Rejections("x")
    rows.reject_misshapen(faults, "list.csv")
    table = faults.table()
    assert table["row"].tolist() == [4, 9]
    assert set(table["rule_id"]) == {"wrong_field_count"}
    assert table["value"].tolist() == ["1 fields: 2", "3 fields: 4,d,e"]


def test_a_row_whose_value_stands_in_a_column_not_asked_for_is_kept(saved):
    rows = read_csv(saved(b"code,note\n1,x\n,y\n,\n"), ["code"])
    assert rows.frame["code"].tolist() == ["1", ""]
    assert rows.lines.tolist() == [2, 3]


def test_columns_without_a_name_may_repeat(saved):
    rows = read_csv(saved(b"code,,\n1,,\n"), ["code"])
    assert rows.frame["code"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: found no header"),
        (b"\n1,a\n", "line 1: found no header"),
        (b"code,name\n", "line 2: found no data row"),
        (b"code,name\n,\n\r\n", "line 2: found no data row"),
        (b"code,nom\n1,a\n", r"line 1: column\(s\) name not found; the header is code"),
        (b"code,name,name\n1,a,b\n", r"line 1: column\(s\) name stand twice"),
        (b"code,name\n1,a\n2", "line 3: the file ends within the row '2'.*wanted 2"),
        (b'code,name\n1,"a\nb"\n2,c\n', "line 2: found a quotation mark that does not"),
        (b'code,name\n1,a\n2,"b\n', "line 3: found a quotation mark that does not"),
        (b"code,name\n1,a\r2,b\n", "found 3 rows in 2 lines"),
        ("code,name\n1,表\n".encode("cp932"), "line 2: wanted UTF-8.*byte 0x95 at off"),
        ("code,name\n1,表".encode()[:-1], "line 2: the file ends within a character"),
        ("code,name\n1,表\n".encode("utf-16-le"), "line 1: wanted UTF-8.*UTF-16"),
    ],
)
def test_an_unusable_file_is_refused_by_line(saved, content, message):
    with pytest.raises(SourceError, match=rf"list\.csv(, |: )({message})"):
        read_csv(saved(content), NAMES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("code,name\n1,表\n".encode(), "line 2: wanted CP932.*it is UTF-8"),
        (b"code,name\n1,a\n2,\xff\n", "line 3: wanted CP932.*byte 0xff"),
        (b"code,name\n1,\x95\x20\n", "line 2: wanted CP932.*byte 0x95 at offset 12"),
        ("code,name\n1,表".encode("cp932")[:-1], "line 2: the file ends within a char"),
    ],
)
def test_cp932_is_decoded_strictly(saved, content, message):
    with pytest.raises(SourceError, match=rf"list\.csv, {message}"):
        read_csv(saved(content), NAMES, "cp932")


def test_an_open_end_is_refused_only_where_the_producer_ends_its_lines(saved):
    file = saved(b"code,name\n1,a\n2,b")
    assert read_csv(file, NAMES).frame["name"].tolist() == ["a", "b"]
    with pytest.raises(SourceError, match="line 3: the file ends in '2,b' without"):
        read_csv(file, NAMES, may_end_open=False)


def test_numbers_are_read_at_once_or_not_at_all():
    types = {"code": pa.int64(), "name": pa.string()}
    given = {"skip": 1, "file": "list.csv"}
    rows = read_numbers(b"code,name\n1,a\n*,\n", NAMES, types, ["*"], **given)
    assert rows is not None
    assert rows.table.to_pydict() == {"code": [1, None], "name": ["a", ""]}
    np.testing.assert_array_equal(rows.lines, [2, 3])
    assert read_numbers(b"code,name\nx,a\n", NAMES, types, ["*"], **given) is None


def test_a_header_is_read_without_its_byte_order_mark(saved):
    assert header_of(saved("code ,名\r\n".encode("utf-8-sig"))) == ("code", "名")
    assert header_of(saved("名".encode("cp932")), "cp932") == ("名",)


def test_the_offset_of_a_fault_counts_the_byte_order_mark():
    with pytest.raises(SourceError, match=r"line 9: .*byte 0xff at offset 4"):
        decode(b"\xef\xbb\xbfa\xff", "utf-8-sig", "x", first_line=9)


def test_the_encoding_of_a_file_is_told_from_all_its_bytes():
    assert encoding_of("表".encode()) == "utf-8-sig"
    assert encoding_of("表".encode("cp932")) == "cp932"
