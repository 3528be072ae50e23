"""Values of any kind for fuzzing: cells, plan keys, Parquet columns, geometry."""

import json
import tomllib
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
from hypothesis import settings
from hypothesis import strategies as st

from tests.unit.filing_builder import PLAN

FUZZED = settings(max_examples=settings().max_examples // 2)
"""Half of what the profile says, for a case takes a tenth of a second."""

CELLS = st.one_of(
    st.sampled_from(
        [
            "", " ", "nan", "inf", "-", "=1+1", "@x", "1e308", "9" * 400, "１",
            "1e-400", "1,5", '"', '""', "0x10", "true", "2021-02-30", "0000-01-01",
            "9999-12-31", "2036-04-01", "2019-04-10", "operating", "retired",
            "\u3000", "A1", "A2", "B1", "-1", "2019", "\ufeff", "\u2028", "1;2;", ";",
            "n78", "n257", "+5", "ordinary", "repeater", "35.681236", "139.767125",
            "0", "all", "sub6", "533946", "47", "\x00", "\x1b[31m", "<b>", "\u202e",
        ]
    ),
    st.text(max_size=8),
    st.floats(width=32).map(str),
    st.integers(-(2**70), 2**70).map(str),
)  # fmt: skip
"""What a cell of a table can hold."""

_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.times(),
)
_TOML = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["rule", "reason", "count", "band", "x"]) | st.text(),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
_GOOD_PLAN = tomllib.loads(PLAN)
_PLAN_KEYS = [
    *_GOOD_PLAN, "encoding", "synthetic", "synthetic_note",
    "acknowledged", "withdrawal", "national_total", "x",
]  # fmt: skip
PLANS = st.builds(
    lambda changed, dropped: {
        key: value
        for key, value in {**_GOOD_PLAN, **changed}.items()
        if key not in dropped
    },
    st.dictionaries(st.sampled_from(_PLAN_KEYS), _TOML, max_size=3),
    st.sets(st.sampled_from(_PLAN_KEYS), max_size=1),
)
"""The keys of a good plan with some of any type, or one left out."""


def toml_text(keys):
    """Keys as TOML, one on a line."""
    return "".join(f"{_quoted(key)} = {_toml(value)}\n" for key, value in keys.items())


def _toml(value):
    if isinstance(value, dict):
        pairs = ", ".join(f"{_quoted(key)} = {_toml(v)}" for key, v in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, str):
        return _quoted(value)
    return str(value)


def _quoted(text):
    safe = (c if c.isalnum() and c.isascii() else f"\\U{ord(c):08X}" for c in text)
    return f'"{"".join(safe)}"'


_PARQUET_TYPES = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
    pa.decimal128(38, 9): st.decimals(-(10**20), 10**20, places=9, allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(),
    pa.timestamp("ns", "Asia/Tokyo"): st.datetimes(
        datetime(1700, 1, 1), datetime(2200, 1, 1)
    ),
    pa.time64("us"): st.times(),
    pa.duration("us"): st.timedeltas(timedelta(-9), timedelta(9)),
    pa.string(): CELLS,
    pa.large_string(): CELLS,
    pa.string_view(): CELLS,
    pa.binary(): st.binary(max_size=5),
    pa.list_(pa.int64()): st.lists(st.integers(0, 9), max_size=2),
    pa.struct({"a": pa.int64()}): st.just({"a": 1}),
    pa.null(): st.none(),
}


@st.composite
def parquet_columns(draw, row_count):
    """A column of any type with `row_count` values, some of them null."""
    type_ = draw(st.sampled_from(list(_PARQUET_TYPES)))
    values = st.none() | _PARQUET_TYPES[type_]
    drawn = draw(st.lists(values, min_size=row_count, max_size=row_count))
    column = pa.array(drawn, type_)
    is_encodable = pa.types.is_string(type_) or pa.types.is_integer(type_)
    if is_encodable and draw(st.booleans()):
        return column.dictionary_encode()
    return column


_NUMBERS = st.one_of(
    st.floats(120, 150), st.floats(), st.sampled_from([0, 35.7, 139.7, 180.5, 1e300])
)
_POINTS = st.lists(_NUMBERS, max_size=4)
_RINGS = st.lists(_POINTS, max_size=6).map(lambda ring: [*ring, *ring[:1]])
_GEOMETRIES = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["Polygon", "MultiPolygon", "Point", "LineString", "Polygons", ""]
            ),
            "coordinates": st.one_of(
                _POINTS,
                _RINGS,
                st.lists(_RINGS, max_size=2),
                st.lists(st.lists(_RINGS, max_size=2), max_size=2),
            ),
        }
    ),
)
_PROPERTIES = st.fixed_dictionaries(
    {"carrier": st.just("docomo") | CELLS, "band_class": st.just("sub6")},
    optional={
        "as_of": st.just("2021-03-31") | CELLS,
        "outdoor": st.booleans() | CELLS | st.none(),
        "x": _SCALARS.map(str),
    },
)
FEATURES = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("Feature"),
            "properties": _PROPERTIES,
            "geometry": _GEOMETRIES,
        }
    ),
    max_size=3,
)
"""GeoJSON features, right and wrong."""


def geojson(features, crs="urn:ogc:def:crs:EPSG::6668"):
    """A GeoJSON text; numbers that are none stand as JSON programs write them."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": crs}},
            "features": features,
        }
    )
