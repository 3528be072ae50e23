"""Text codes: padding, what is refused, telling levels apart."""

import numpy as np
import pandas as pd
import pytest

from geodata import mesh
from geodata.errors import MeshCodeError


@pytest.mark.parametrize("level", mesh.LEVELS)
def test_text_and_number_are_the_same_code(level):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(138, 141, 300), rng.uniform(35.4, 37.9, 300)
    codes = mesh.encode(lon, lat, level)
    texts = mesh.to_text(codes, level)
    assert texts.tolist() == [str(code) for code in codes]
    assert (mesh.from_text(texts, level) == codes).all()
    assert (mesh.from_text(pd.Series(texts), level) == codes).all()


def test_codes_near_the_equator_keep_their_zeros():
    assert mesh.to_text(5, "m1") == "0005"
    assert mesh.to_text([0, 100], "m2").tolist() == ["000000", "000100"]


def test_scalars_and_empty_arrays_keep_their_kind():
    assert type(mesh.to_text(533946, "m2")) is str
    assert type(mesh.from_text("533946", "m2")) is int
    assert mesh.to_text([], "m2").shape == (0,)
    assert mesh.from_text([], "m2").dtype == np.int64


@pytest.mark.parametrize(
    ("text", "level", "message"),
    [
        ("533948", "m2", "'533948' is impossible at level m2: .* 5 and 6 are 0-7"),
        ("53394", "m2", "expanded code for 40 km cells"),
        ("5339461", "m2", "6 digits"),
        ("533946 ", "m2", "6 digits"),
        (" 53394", "m2", "impossible"),
        ("533946\0", "m2", "impossible"),
        ("53394\0", "m2", "impossible"),
        ("", "m2", "impossible"),
        ("+53394", "m2", "impossible"),
        ("５３３９４６", "m2", "impossible"),
        ("53394６", "m2", "impossible"),
        ("533946.0", "m3", "impossible"),
        ("533946115", "m4", "the last is 1-4"),
        ("533946110", "m4", "the last is 1-4"),
        ("533946015", "m2k", "digits 7 and 8 even"),
        ("533946001", "m2k", "the last is 5"),
        ("53394611315", "m6", "the last three are 1-4"),
        ("993946", "m2", "9939 is not one of the 176 primary meshes"),
        ("000000", "m2", "0000 is not one of the 176 primary meshes"),
        ("533947637", "m4", "expanded code for 4 km cells, which JIS X 0410"),
        ("5339476", "m5k", "expanded code for 8 km cells"),
    ],
)
def test_a_bad_text_is_named_with_its_position_and_the_rule(text, level, message):
    good = mesh.to_text(mesh.encode(139.7, 35.7, level), level)
    with pytest.raises(MeshCodeError, match=message):
        mesh.from_text(text, level)
    with pytest.raises(MeshCodeError, match=f"^position 1: .*{message}"):
        mesh.from_text([good, text, "also bad"], level)


@pytest.mark.parametrize("value", [None, np.nan, 533946, pd.NA, b"533946"])
def test_what_is_not_text_is_refused(value):
    with pytest.raises(MeshCodeError, match=r"position 1: mesh code .* is not text"):
        mesh.from_text(["533946", value], "m2")


def test_an_impossible_number_has_no_text():
    with pytest.raises(MeshCodeError, match="'533948'"):
        mesh.to_text([533948], "m2")


@pytest.mark.parametrize(
    ("texts", "level"),
    [
        (["5339", "3036"], "m1"),
        (["533946"], "m2"),
        (["5339461", "5339464"], "m5k"),
        (["53394611"], "m3"),
        (["533946005"], "m2k"),
        (["533946113", "533946111"], "m4"),
        (["53394611323"], "m6"),
        (["5339461132", "5339461105"], "m100"),
        (["5339461190"], "m100"),
    ],
)
def test_length_and_last_digits_tell_the_level(texts, level):
    assert mesh.detect_level(texts) == level


def test_a_lone_text_has_a_level():
    assert mesh.detect_level("533946113") == "m4"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["5339461132", "5339461111"], "'5339461132' may be m5 or m100"),
        (["533946", "53394611"], r"one level, not m2 \('533946'\), m3 \('53394611'\)"),
        (["533946113", "533946005"], "one level, not m4 .*m2k"),
        (["53392"], "position 0: .*expanded code for 40 km"),
        (["5339235"], "expanded code for 20 km"),
        (["5339476"], "expanded code for 8 km"),
        (["5339467"], "expanded code for 16 km"),
        (["533935446"], "expanded code for 2.5 km"),
        (["533946113", "533947637"], "position 1: .*expanded code for 4 km"),
        (["533946119"], "length of no level|no level"),
        (["533"], "no level"),
        ([""], "no level"),
        ([], "no mesh code"),
        ([533946], "is not text"),
    ],
)
def test_a_level_is_never_guessed(texts, message):
    with pytest.raises(MeshCodeError, match=message):
        mesh.detect_level(texts)
