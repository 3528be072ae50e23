"""Shapefiles: parts that belong together, and the encoding of the attributes.

The files are format-synthetic: see ``vector_files.py``.
"""

import shutil

import pytest
import vector_files as build
from vector_files import only

from geodata.errors import SourceError
from geodata.readers.files.published import Published
from geodata.readers.files.vector import read_vector

FRAME = build.N03_BEFORE_2024


@pytest.fixture
def shapefile(tmp_path):
    return build.write_shapefile(tmp_path / "N03.shp", FRAME)


def test_characters_of_nec_and_ibm_are_read(tmp_path):
    frame = FRAME.assign(N03_004=["髙﨑①㈱", "神居古潭", "龗", "﨑", "塚", "昻"][:6])
    frame.loc[2, "N03_004"] = "纊"
    layer = read_vector(only(build.write_shapefile(tmp_path / "a.shp", frame)))
    assert layer.encoding == "cp932"
    assert layer.frame["N03_004"].tolist() == frame["N03_004"].tolist()


def test_a_byte_that_is_no_cp932_names_record_and_field(shapefile):
    dbf = shapefile.with_suffix(".dbf")
    content = dbf.read_bytes()
    dbf.write_bytes(content.replace("倶知安町".encode("cp932"), b"\xff\xff" * 4))
    with pytest.raises(
        SourceError, match=r"N03\.dbf, record 3, field N03_004: byte 0xff .*cp932"
    ):
        read_vector(Published(shapefile))


def test_utf8_without_cpg_is_refused_and_with_cpg_read(tmp_path):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME, encoding="UTF-8")
    with pytest.raises(SourceError, match=r"a\.dbf.*are UTF-8; wanted: cp932.*\.cpg"):
        read_vector(Published(path))
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    layer = read_vector(Published(path))
    assert (layer.encoding, layer.frame["N03_001"][0]) == ("utf-8", "北海道")


def test_cp932_under_a_cpg_that_says_utf8_is_refused(shapefile):
    shapefile.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(SourceError, match=r"N03\.dbf, record 1, field N03_001.*utf-8"):
        read_vector(Published(shapefile))


def test_an_unknown_cpg_is_refused(shapefile):
    shapefile.with_suffix(".cpg").write_text("KOI8-R", encoding="ascii")
    with pytest.raises(SourceError, match=r"N03\.cpg: encoding 'KOI8-R'; wanted: UTF"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_a_part_cut_short_is_named(shapefile, suffix):
    part = shapefile.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(SourceError, match=rf"N03\{suffix}: \d+ bytes, but its header"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
def test_an_empty_part_is_named(shapefile, suffix):
    shapefile.with_suffix(suffix).write_bytes(b"")
    with pytest.raises(SourceError, match=rf"N03\{suffix}, header: 0 bytes"):
        read_vector(Published(shapefile))


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_missing_part_is_named(shapefile, suffix):
    shapefile.with_suffix(suffix).unlink()
    with pytest.raises(SourceError, match=rf"N03\.shp: no \{suffix} beside it"):
        read_vector(Published(shapefile))


def test_parts_of_different_downloads_are_refused(shapefile, tmp_path):
    other = build.write_shapefile(tmp_path / "other.shp", FRAME.head(2))
    shutil.copy(other.with_suffix(".dbf"), shapefile.with_suffix(".dbf"))
    with pytest.raises(SourceError, match=r"N03\.shp: 6 shapes, but 2 records"):
        read_vector(Published(shapefile))


def test_deleted_records_keep_the_numbers_of_the_others(shapefile):
    dbf = shapefile.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    start, width = (int.from_bytes(content[a : a + 2], "little") for a in (8, 10))
    content[start + width] = ord("*")
    dbf.write_bytes(content)
    layer = read_vector(Published(shapefile))
    assert layer.rows.tolist() == [1, 3, 4, 5, 6]
    assert layer.frame["N03_004"].tolist()[1] == "倶知安町"


def test_a_shapefile_without_records_is_refused(tmp_path):
    path = build.write_shapefile(tmp_path / "a.shp", FRAME)
    empty = FRAME.iloc[:0]
    path = build.write_shapefile(tmp_path / "b.shp", empty)
    with pytest.raises(SourceError, match=r"b\.shp: no feature"):
        read_vector(Published(path))
