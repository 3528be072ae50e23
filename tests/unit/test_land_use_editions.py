"""L03-b 土地利用細分メッシュ: editions, code lists, datums, names against content."""

import pandas as pd
import pytest
from land_use_files import (
    DAY,
    NEW_NAMES,
    OLD_NAMES,
    ROWS,
    STEM,
    TKY_PRJ,
    archive,
    metadata,
    published,
    shapefile_parts,
)

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.land_use import read_land_use
from geodata.reference.land_use import code_list_of, counted_codes

# --- editions -------------------------------------------------------------------------


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


def test_an_archive_renamed_to_another_edition_is_refused(tmp_path):
    path = published(tmp_path, ROWS, "L03-b-21_5339-jgd2011_GML.zip")
    with pytest.raises(SourceError, match=r"archive name speaks of L03-b of 2021"):
        read_land_use([path])


def test_metadata_of_another_edition_are_believed(tmp_path):
    parts = shapefile_parts(STEM, ROWS) | metadata("L03-b-14_5339")
    with pytest.raises(
        SourceError, match=r"KS-META-L03-b-14_5339.xml of L03-b of 2014"
    ):
        read_land_use([archive(tmp_path / f"{STEM}-jgd_GML.zip", parts)])


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


# --- datums ---------------------------------------------------------------------------


def test_the_tokyo_datum_in_the_name_is_refused(tmp_path):
    path = published(tmp_path, ROWS, "L03-b-16_5339-tky_GML.zip")
    with pytest.raises(SourceError, match="cannot be re-coded"):
        read_land_use([path])


def test_the_tokyo_datum_in_the_file_is_refused(tmp_path):
    parts = shapefile_parts(STEM, ROWS) | {f"{STEM}.prj": TKY_PRJ.encode()}
    path = archive(tmp_path / f"{STEM}-jgd_GML.zip", parts)
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
    parts = shapefile_parts(STEM, ROWS, epsg=None)
    with pytest.raises(SourceError, match="datum is not declared"):
        read_land_use([archive(tmp_path / f"{STEM}_GML.zip", parts)])


def test_another_datum_is_refused_by_its_name(tmp_path):
    parts = shapefile_parts(STEM, ROWS, epsg=4230)
    with pytest.raises(SourceError, match="datum is European Datum 1950"):
        read_land_use([archive(tmp_path / f"{STEM}_GML.zip", parts)])


# --- code lists -----------------------------------------------------------------------


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
