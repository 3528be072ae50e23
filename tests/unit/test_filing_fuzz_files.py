"""Whatever the zip, the Parquet file and the coverage file: no exception, no lost row.

Each test runs half as many cases as the profile says; `make fuzz` 10,000 in all.
"""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.filings import CheckOptions
from tests.unit import test_filing_fuzz
from tests.unit.filing_builder import STATION_COLUMNS, STATIONS, write_filing
from tests.unit.filing_cases import stations_parquet
from tests.unit.filing_cases_package import GOOD_MEMBERS
from tests.unit.filing_soundness import check_soundly, read_soundly, read_zip_soundly
from tests.unit.fuzz_values import FEATURES, FUZZED, geojson, parquet_columns
from tests.unit.raw_zips import Member, end_record, long_end_record, raw_zip
from tests.unit.test_filing_fuzz import PLACES, with_noise

WANTED_CASES = 10_000
GOOD_ZIP = raw_zip(*GOOD_MEMBERS)
GOOD_PARQUET = stations_parquet()
NAMES = st.one_of(
    st.sampled_from(
        [b"plan.toml", b"stations.csv", b"Stations.csv", b"coverage.geojson", b"../x",
         b"a/", b".x", b"stations.parquet", b"x.zip", b"__MACOSX/x"]
    ),
    st.binary(max_size=9),
)  # fmt: skip
SIZES = st.none() | st.integers(0, 2**32 - 1)
MEMBERS = st.builds(
    Member,
    NAMES,
    st.binary(max_size=20),
    method=st.sampled_from([0, 8, 8, 8, 9, 12, 99]),
    flags=st.sampled_from([0, 0, 0, 1, 8, 0x40, 0x800, 0x2000]),
    stated_size=SIZES,
    crc=SIZES,
    offset=st.none() | st.integers(0, 200),
    mode=st.sampled_from([0, 0o100644, 0o120777, 0o040755]),
    local_name=st.none() | NAMES,
)
COUNTS = st.integers(0, 2**32 - 1) | st.integers(0, 300)


@FUZZED
@given(PLACES, st.binary(max_size=4), st.integers(0, 8))
def test_a_damaged_zip_raises_nothing(at, noise, cut):
    read_zip_soundly(with_noise(GOOD_ZIP, at, noise, cut))


@FUZZED
@given(st.lists(MEMBERS, max_size=3), st.binary(max_size=3), st.binary(max_size=30))
def test_a_zip_whose_headers_lie_raises_nothing(members, before, comment):
    content = raw_zip(*GOOD_MEMBERS, *members, before=before, comment=comment)
    read_zip_soundly(content)


@FUZZED
@given(COUNTS, COUNTS, COUNTS, st.none() | COUNTS)
def test_a_zip_whose_directory_lies_raises_nothing(count, length, offset, long_count):
    end = end_record(count, length, offset)
    if long_count is not None:
        end = long_end_record(long_count, length, offset) + end
    read_zip_soundly(raw_zip(*GOOD_MEMBERS, end=end))


@FUZZED
@given(PLACES, st.binary(max_size=4), st.integers(0, 8))
def test_a_damaged_parquet_file_raises_nothing(at, noise, cut):
    content = with_noise(GOOD_PARQUET, at * 7, noise, cut)
    read_soundly(stations_csv=None, stations_parquet=content)


@FUZZED
@given(
    st.dictionaries(
        st.sampled_from(STATION_COLUMNS), parquet_columns(len(STATIONS)), max_size=4
    ),
    st.sampled_from(["snappy", "zstd", "none"]),
    st.booleans(),
)
def test_parquet_columns_of_any_type_raise_nothing(columns, compression, is_encoded):
    good = pyarrow.parquet.read_table(io.BytesIO(GOOD_PARQUET))
    table = {name: columns.get(name, good[name]) for name in good.column_names}
    out = io.BytesIO()
    pyarrow.parquet.write_table(
        pa.table(table), out, compression=compression, use_dictionary=is_encoded
    )
    read_soundly(stations_csv=None, stations_parquet=out.getvalue())


@FUZZED
@given(FEATURES, st.booleans())
def test_coverage_areas_of_any_form_raise_nothing(features, accept_repairs):
    with TemporaryDirectory() as folder:
        filing = write_filing(Path(folder) / "f", coverage_geojson=geojson(features))
        check_soundly(filing, options=CheckOptions(accept_repairs=accept_repairs))


@FUZZED
@given(st.sampled_from(["gpkg", "parquet", "geojson"]), st.binary(max_size=200))
def test_a_coverage_file_of_any_bytes_raises_nothing(suffix, content):
    magic = {"gpkg": b"SQLite format 3\0", "parquet": b"PAR1", "geojson": b"{"}
    read_soundly(**{f"coverage_{suffix}": magic[suffix] + content})


def test_make_fuzz_runs_ten_thousand_cases():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    assert "--hypothesis-profile=fuzz" in makefile
    tests = [
        test
        for module in (globals(), vars(test_filing_fuzz))
        for name, test in module.items()
        if name.startswith("test_") and hasattr(test, "hypothesis")
    ]
    each = settings.get_profile("fuzz").max_examples // 2
    assert len(tests) * each >= WANTED_CASES
