import csv
import zipfile

import numpy as np
import pandas as pd
import pytest
from land_use_files import (
    DETAIL_NAMES,
    NEW_NAMES,
    OLD_NAMES,
    TKY_PRJ,
    archive,
    geojson,
    metadata,
    published,
    shapefile_parts,
)

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.land_use import read_land_use
from geodata.reference.land_use import code_list_of, counted_codes
from geodata.schemas import TABLES, conform

DAY = "20160512"
ROWS = [
    ("5339461100", "0700", DAY),
    ("5339461109", "0700", DAY),
    ("5339461190", "1600", DAY),
    ("5339461200", "0500", DAY),
]


def counts(read):
    table = read.tables["raw.land_use"]
    conform(TABLES["raw.land_use"], table)
    keys = zip(table["mesh3"], table["land_use_code"], strict=True)
    return dict(zip(keys, table["cell_count"], strict=True))


def faults(read):
    return list(
        read.rejected[["rule_id", "row", "column", "value"]].itertuples(
            index=False, name=None
        )
    )


def test_fine_cells_are_counted_per_1_km_cell_and_code(tmp_path):
    read = read_land_use([published(tmp_path, ROWS)])
    assert counts(read) == {
        (53394611, "0700"): 2,
        (53394611, "1600"): 1,
        (53394612, "0500"): 1,
    }
    assert (read.read_count, read.accepted_count) == (4, 4)
    assert (read.name, read.vintage, read.datum) == ("land_use", "2016", "JGD2000")
    assert read.edition == "L03-b, code list 2009"
    assert read.tables["raw.land_use"]["cells_per_mesh3"].unique().tolist() == [100]
    assert read.notes == ()


def test_counts_equal_a_plain_count_of_the_rows(tmp_path):
    rng = np.random.default_rng(4)
    codes = ["0100", "0200", "0500", "0901", "1500"]
    cells = rng.choice(640_000, 5_000, replace=False)
    texts = [
        f"5339{c // 80000}{c // 10000 % 8}{c // 1000 % 10}{c // 100 % 10}{c % 100:02d}"
        for c in cells.tolist()
    ]
    rows = [(text, codes[i], DAY) for i, text in zip(rng.integers(0, 5, 5000), texts)]  # noqa: B905
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    plain: dict[tuple[int, str], int] = {}
    with path.open(newline="") as file:
        for cell, use, _ in csv.reader(file):
            plain[int(cell[:8]), use] = plain.get((int(cell[:8]), use), 0) + 1
    assert counts(read_land_use([published(tmp_path, rows)])) == plain


def test_edition_2021_has_the_columns_of_the_specification(tmp_path):
    stem = "L03-b-21_5339"
    rows = [("5339461100", "0901", "20210401")]
    path = archive(
        tmp_path / f"{stem}-jgd2011_GML.zip",
        shapefile_parts(stem, rows, NEW_NAMES, 6668) | {f"{stem}.geojson": b"{"},
    )
    read = read_land_use([path])
    assert counts(read) == {(53394611, "0901"): 1}
    assert (read.vintage, read.datum) == ("2021", "JGD2011")


def test_geojson_is_read_as_well(tmp_path):
    path = tmp_path / "L03-b-21_5339.geojson"
    path.write_bytes(geojson([("5339461100", "0902", "20210401")]))
    read = read_land_use([path])
    assert counts(read) == {(53394611, "0902"): 1}
    assert read.datum == "JGD2011"


def test_50_m_cells_have_two_digits_more_and_the_urban_codes(tmp_path):
    rows = [
        ("533946110000", "0701", DAY, "1"),
        ("533946110001", "0701", DAY, "1"),
        ("533946110011", "1003", DAY, "1"),
        ("533946119911", "0700", DAY, "0"),
        ("533946110012", "0700", DAY, "0"),
    ]
    stem = "L03-b-c-16_5339"
    parts = shapefile_parts(stem, rows, DETAIL_NAMES, epsg=None)
    read = read_land_use([archive(tmp_path / f"{stem}_GML.zip", parts)])
    assert counts(read) == {
        (53394611, "0701"): 2,
        (53394611, "1003"): 1,
        (53394611, "0700"): 1,
    }
    assert faults(read) == [("bad_mesh_code", 5, "L03b_c_001", "533946110012")]
    assert read.tables["raw.land_use"]["cells_per_mesh3"].unique().tolist() == [400]
    assert read.datum == "JGD2000"
    assert "neither files nor names say the datum" in read.notes[0]


def test_each_bad_row_is_kept_with_its_rule(tmp_path):
    rows = [
        *ROWS,
        ("5339461100", "0100", DAY),
        ("5339461111", "0300", DAY),
        ("5339861111", "0100", DAY),
        ("0139461111", "0100", DAY),
        (None, "0100", DAY),
        ("5339461122", "", DAY),
    ]
    read = read_land_use([published(tmp_path, rows)])
    assert sorted(faults(read), key=lambda fault: fault[1]) == [
        ("repeated_key", 5, "メッシュ", "5339461100"),
        ("unknown_code", 6, "土地利用種", "0300"),
        ("bad_mesh_code", 7, "メッシュ", "5339861111"),
        ("bad_mesh_code", 8, "メッシュ", "0139461111"),
        ("missing_value", 9, "メッシュ", "None"),
        ("missing_value", 10, "土地利用種", "None"),
    ]
    assert (read.read_count, read.accepted_count, read.rejected_count) == (10, 4, 6)
    assert set(read.rejected["layer"]) == {"L03-b-16_5339"}
    assert counts(read)[53394611, "0700"] == 2


def test_a_cell_of_an_earlier_file_repeats(tmp_path):
    other = [
        ("5340000000", "0500", DAY),
        ("5339461100", "0500", DAY),
        ("5340000001", "0500", DAY),
    ]
    stem = "L03-b-16_5340"
    second = archive(
        tmp_path / f"{stem}-jgd_GML.zip", shapefile_parts(stem, other) | metadata(stem)
    )
    read = read_land_use([published(tmp_path, ROWS), second])
    assert faults(read) == [("repeated_key", 2, "メッシュ", "5339461100")]
    assert counts(read)[53400000, "0500"] == 2


def test_the_same_file_twice_is_refused(tmp_path):
    path = published(tmp_path, ROWS)
    with pytest.raises(SourceError, match=r"4 of 4 cells were read before"):
        read_land_use([path, path])


def test_an_extra_column_is_left_out_with_a_note(tmp_path):
    stem = "L03-b-16_5339"
    rows = [(*row, "x") for row in ROWS]
    parts = shapefile_parts(stem, rows, (*OLD_NAMES, "備考"))
    read = read_land_use([archive(tmp_path / f"{stem}-jgd_GML.zip", parts)])
    assert read.accepted_count == 4
    assert read.notes[0].endswith("further columns left out: 備考.")


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


def test_codes_of_another_edition_are_refused(tmp_path):
    rows = [("5339461100", "7", DAY), ("5339461101", "G", DAY)]
    with pytest.raises(SourceError, match=r"2 of 2 codes are of the list 1991"):
        read_land_use([published(tmp_path, rows)])


def test_an_edition_without_a_code_list_is_refused(tmp_path):
    stem = "L03-b-11_5339"
    path = archive(tmp_path / f"{stem}-jgd_GML.zip", shapefile_parts(stem, ROWS))
    with pytest.raises(SourceError, match=r"no code list for L03-b of 2011; known"):
        read_land_use([path])


def test_two_editions_at_once_are_refused(tmp_path):
    stem = "L03-b-14_5340"
    other = archive(
        tmp_path / f"{stem}-jgd_GML.zip",
        shapefile_parts(stem, [("5340000000", "0500")], OLD_NAMES[:2]),
    )
    with pytest.raises(SourceError, match=r"L03-b of 2014, but .* L03-b of 2016"):
        read_land_use([published(tmp_path, ROWS), other])


def test_the_urban_dataset_is_refused(tmp_path):
    stem = "L03-b-u-16_5339"
    path = archive(tmp_path / f"{stem}-jgd_GML.zip", shapefile_parts(stem, ROWS))
    with pytest.raises(SourceError, match="L03-b-u is another dataset"):
        read_land_use([path])


def test_the_tokyo_datum_in_the_name_is_refused(tmp_path):
    path = published(tmp_path, ROWS, "L03-b-16_5339-tky_GML.zip")
    with pytest.raises(SourceError, match="cannot be re-coded"):
        read_land_use([path])


def test_the_tokyo_datum_in_the_file_is_refused(tmp_path):
    stem = "L03-b-16_5339"
    parts = shapefile_parts(stem, ROWS) | {f"{stem}.prj": TKY_PRJ.encode()}
    path = archive(tmp_path / f"{stem}-jgd_GML.zip", parts)
    with pytest.raises(SourceError, match=r"L03-b-16_5339.shp.*Tokyo datum"):
        read_land_use([path])


def test_an_old_edition_is_on_the_tokyo_datum_without_saying_so(tmp_path):
    stem = "L03-b-76_5339"
    rows = [("5339461100", "8")]
    parts = shapefile_parts(
        f"{stem}_LandUseSubdivisionMesh", rows, NEW_NAMES[:2], epsg=None
    )
    with pytest.raises(SourceError, match="Tokyo datum"):
        read_land_use([archive(tmp_path / f"{stem}_GML.zip", parts)])


def test_a_file_that_does_not_say_its_datum_is_refused(tmp_path):
    stem = "L03-b-16_5339"
    parts = shapefile_parts(stem, ROWS, epsg=None)
    with pytest.raises(SourceError, match="datum is not declared"):
        read_land_use([archive(tmp_path / f"{stem}_GML.zip", parts)])


def test_another_datum_is_refused_by_its_name(tmp_path):
    stem = "L03-b-16_5339"
    parts = shapefile_parts(stem, ROWS, epsg=4230)
    with pytest.raises(SourceError, match="datum is European Datum 1950"):
        read_land_use([archive(tmp_path / f"{stem}_GML.zip", parts)])


def test_an_archive_renamed_to_another_edition_is_refused(tmp_path):
    path = published(tmp_path, ROWS, "L03-b-21_5339-jgd2011_GML.zip")
    with pytest.raises(SourceError, match=r"archive name speaks of L03-b of 2021"):
        read_land_use([path])


def test_metadata_of_another_edition_are_believed(tmp_path):
    stem = "L03-b-16_5339"
    parts = shapefile_parts(stem, ROWS) | metadata("L03-b-14_5339")
    with pytest.raises(
        SourceError, match=r"KS-META-L03-b-14_5339.xml of L03-b of 2014"
    ):
        read_land_use([archive(tmp_path / f"{stem}-jgd_GML.zip", parts)])


def test_photographs_tell_a_renamed_file(tmp_path):
    stem = "L03-b-21_5339"
    path = archive(
        tmp_path / f"{stem}-jgd2011_GML.zip",
        shapefile_parts(stem, ROWS, NEW_NAMES, 6668),
    )
    with pytest.raises(SourceError, match=r"L03b_003.*20160512.*says 2021"):
        read_land_use([path])
    later = [(cell, use, "20170401") for cell, use, _ in ROWS]
    with pytest.raises(SourceError, match=r"撮影年月日.*20170401.*says 2016"):
        read_land_use([published(tmp_path, later)])
    last_day = [(cell, use, "20170331") for cell, use, _ in ROWS]
    assert read_land_use([published(tmp_path, last_day)]).accepted_count == 4


def test_a_file_renamed_to_another_primary_mesh_is_refused(tmp_path):
    path = archive(
        tmp_path / "L03-b-16_5340-jgd_GML.zip", shapefile_parts("L03-b-16_5340", ROWS)
    )
    with pytest.raises(SourceError, match=r"primary mesh 5339, but the name says 5340"):
        read_land_use([path])


def test_a_name_without_an_edition_is_refused(tmp_path):
    path = archive(tmp_path / "landuse.zip", shapefile_parts("tokyo", ROWS))
    with pytest.raises(SourceError, match="the name says no edition"):
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


def test_a_primary_mesh_of_40_000_cells_is_read(tmp_path):
    rows = [
        (f"5339{m2}{m3:02d}{m100:02d}", "0500", DAY)
        for m2 in (45, 46, 47, 55)
        for m3 in range(100)
        for m100 in range(100)
    ]
    read = read_land_use([published(tmp_path, rows)])
    table = read.tables["raw.land_use"]
    assert (read.accepted_count, len(table)) == (40_000, 400)
    assert table["cell_count"].eq(100).all()


def test_a_member_of_an_archive_is_never_unpacked_beside_it(tmp_path):
    path = published(tmp_path, ROWS)
    read_land_use([path])
    assert list(tmp_path.iterdir()) == [path]
    assert zipfile.is_zipfile(path)


def test_every_edition_has_a_code_list_and_counts_the_named_uses():
    editions = reference.land_use_editions()
    codes = reference.land_use_codes()
    assert set(editions["code_list"]) == set(codes["code_list"])
    assert not editions.duplicated(["dataset", "year"]).any()
    assert not codes.duplicated(["code_list", "land_use_code"]).any()
    assert counted_codes("2009") == {"0100", "0200", "0700", "0901", "0902", "1600"}
    assert counted_codes("2009-detail") - counted_codes("2009") == {
        "0701",
        "0702",
        "0703",
        "0704",
    }
    assert counted_codes("1991") == {"1", "2", "7", "9", "G"}


def test_an_unknown_edition_has_no_code_list():
    assert code_list_of("L03-b", 2016) == "2009"
    assert code_list_of("L03-b", 2011) is None
    assert code_list_of("L03-b-c", 2009) is None


def test_codes_of_one_list_are_of_one_width():
    codes = reference.land_use_codes()
    widths = codes["land_use_code"].str.len().groupby(codes["code_list"]).nunique()
    pd.testing.assert_series_equal(widths, widths * 0 + 1)
