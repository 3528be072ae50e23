"""L03-b 土地利用細分メッシュ: files that are damaged, incomplete or in another code."""

import pytest
from land_use_files import DAY, ROWS, archive, geojson, published, shapefile_parts

from geodata.errors import SourceError
from geodata.readers.land_use import read_land_use


def test_the_same_file_twice_is_refused(tmp_path):
    path = published(tmp_path, ROWS)
    with pytest.raises(SourceError, match=r"4 of 4 cells were read before"):
        read_land_use([path, path])


def test_a_missing_column_is_refused_by_name(tmp_path):
    path = archive(
        tmp_path / "L03-b-16_5339-jgd_GML.zip",
        shapefile_parts("L03-b-16_5339", ROWS, ("メッシュ", "用途", "撮影年月日")),
    )
    with pytest.raises(SourceError) as error:
        read_land_use([path])
    message = str(error.value)
    assert "L03-b-16_5339-jgd_GML.zip/L03-b-16_5339.shp" in message
    assert "the columns are メッシュ, 用途, 撮影年月日" in message
    assert "wanted L03b_002 or 土地利用種" in message


def test_names_in_another_encoding_are_refused(tmp_path):
    names = ("メッ", "土地利", "年")
    parts = shapefile_parts("L03-b-16_5339", ROWS, names, encoding="UTF-8")
    path = archive(tmp_path / "L03-b-16_5339-jgd_GML.zip", parts)
    with pytest.raises(SourceError, match=r"L03-b-16_5339.*wanted.*CP932"):
        read_land_use([path])


def test_geojson_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "L03-b-21_5339.geojson"
    names = ("メッシュコード", "土地利用種別", "撮影年月日")
    content = geojson([("5339461100", "0902", "20210401")], names)
    path.write_bytes(content)
    assert read_land_use([path]).accepted_count == 1
    path.write_bytes(content.decode().encode("cp932"))
    with pytest.raises(SourceError, match=r"L03-b-21_5339.geojson"):
        read_land_use([path])


@pytest.mark.parametrize("kept", [0.4, 0.9])
def test_a_truncated_archive_is_refused(tmp_path, kept):
    path = published(tmp_path, ROWS)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(SourceError, match=r"L03-b-16_5339-jgd_GML.zip: cannot be read"):
        read_land_use([path])


def test_a_truncated_attribute_file_is_refused(tmp_path):
    for name, content in shapefile_parts("L03-b-16_5339-jgd", ROWS).items():
        kept = content[:-60] if name.endswith(".dbf") else content
        (tmp_path / name).write_bytes(kept)
    with pytest.raises(SourceError, match=r"ends after row \d of 4"):
        read_land_use([tmp_path / "L03-b-16_5339-jgd.shp"])


def test_a_truncated_geojson_is_refused(tmp_path):
    path = tmp_path / "L03-b-21_5339.geojson"
    path.write_bytes(geojson([("5339461100", "0902", "20210401")])[:-40])
    with pytest.raises(SourceError, match=r"L03-b-21_5339.geojson: cannot be read"):
        read_land_use([path])


def test_empty_files_are_refused(tmp_path):
    path = tmp_path / "L03-b-16_5339-jgd.shp"
    path.write_bytes(b"")
    with pytest.raises(SourceError, match=r"L03-b-16_5339-jgd.shp: cannot be read"):
        read_land_use([path])
    with pytest.raises(SourceError, match="no file was given"):
        read_land_use([])
    nothing = archive(tmp_path / "L03-b-16_5339-jgd_GML.zip", {"a.xml": b"<a/>"})
    with pytest.raises(SourceError, match="no Shapefile or GeoJSON"):
        read_land_use([nothing])


def test_a_file_without_rows_is_refused(tmp_path):
    path = archive(
        tmp_path / "L03-b-16_5339-jgd_GML.zip", shapefile_parts("L03-b-16_5339", [])
    )
    with pytest.raises(SourceError, match=r"L03-b-16_5339.shp: holds no row"):
        read_land_use([path])


def test_50_m_codes_under_the_name_of_100_m_are_refused(tmp_path):
    rows = [("533946110000", "0700", DAY)]
    with pytest.raises(SourceError, match="most codes have 12 digits, wanted 10"):
        read_land_use([published(tmp_path, rows)])


def test_250_m_codes_are_not_taken_for_100_m_codes(tmp_path):
    rows = [
        (f"533946{m3:02d}{i}{j}", "0700", DAY)
        for m3 in range(10)
        for i in range(1, 5)
        for j in range(1, 5)
    ]
    with pytest.raises(SourceError, match="as of 250 m cells"):
        read_land_use([published(tmp_path, rows)])
