import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.placement.town_match import match_towns
from geodata.readers.town.names import normal_name, normal_names
from geodata.schemas import TABLES, conform


def master(*towns):
    """Rows of raw.town: code, id, name, day of abolition."""
    rows = [(*town, None)[:4] for town in towns]
    frame = pd.DataFrame(
        rows, columns=["city_code", "machiaza_id", "town_name_ja", "abolished_on"]
    )
    return frame.assign(
        abolished_on=pd.to_datetime(frame["abolished_on"]),
        normal_name=normal_names(frame["town_name_ja"]),
        lon=np.linspace(130, 140, len(frame)),
        lat=35.0,
    )


def survey(*towns):
    """Rows of a list: code and name; the key follows the row's number."""
    frame = pd.DataFrame(towns, columns=["city_code", "town_name_ja"])
    numbers = [f"{n:04d}" for n in range(len(frame))]
    return frame.assign(
        town_key=frame["city_code"] + numbers,
        normal_name=normal_names(frame["town_name_ja"]),
    )


def pairs(match):
    return dict(
        zip(match.matched["town_name_ja"], match.matched["machiaza_id"], strict=True)
    )


def by_key(match):
    return match.matched.set_index("town_key")["machiaza_id"].sort_index().to_dict()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("大字上原字下原", "上原下原"),
        ("小字一本松", "一本松"),
        ("聖ヶ丘１丁目", "聖が丘一丁目"),
        ("桜ｹ丘 3丁目", "桜ケ丘三丁目"),
        ("北1条西12丁目", "北一条西十二丁目"),
        ("栄一〇丁目", "栄10丁目"),
        ("一ノ宮", "一之宮"),
        ("丸の内", "丸ノ内"),
        ("龍ヶ澤", "竜ケ沢"),
        ("葛\U000e0100飾", "葛飾"),
        ("神\u3000田", "神田"),
    ],
)
def test_two_ways_of_writing_are_one_name(one, other):
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("十文字町", "十文町"),
        ("本町", "元町"),
        ("本町一丁目", "本町十一丁目"),
        ("二四線", "二十四線"),
        ("ケアタウン", "アタウン"),
        ("みのり", "みり"),
        ("十1丁目", "十一丁目"),
        ("一丁", "一丁目"),
    ],
)
def test_other_names_stay_apart(one, other):
    assert normal_name(one) != normal_name(other)


def test_a_name_is_never_emptied():
    assert [normal_name(name) for name in ("字", "大字", "小字")] == [
        "字",
        "大字",
        "小字",
    ]
    assert normal_names(pd.Series(["", None], dtype="str")).tolist() == ["", ""]


@given(number=st.integers(1, 99), width=st.booleans())
def test_every_number_of_a_block_is_written_in_kanji(number, width):
    digits = str(number)
    if width:
        digits = digits.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    tens, ones = divmod(number, 10)
    signs = "〇一二三四五六七八九"
    kanji = (
        (signs[tens] if tens > 1 else "") + "十" * (tens > 0) + signs[ones] * (ones > 0)
    )
    assert normal_name(f"本町{digits}丁目") == f"本町{kanji}丁目"


def test_towns_are_joined_within_their_municipality():
    towns = master(
        ("13101", "0001000", "神田"),
        ("13102", "0001000", "神田"),
        ("13102", "0002001", "銀座１丁目"),
    )
    match = match_towns(
        survey(("13102", "大字神田"), ("13102", "銀座一丁目")), towns, "fibre_towns"
    )
    assert pairs(match) == {"大字神田": "0001000", "銀座一丁目": "0002001"}
    assert match.matched["town_city_code"].tolist() == ["13102", "13102"]
    assert match.matched["lon"].tolist() == [135.0, 140.0]
    assert match.matched["method"].tolist() == ["name", "name"]
    assert len(match.unmatched) == 0
    assert match.matched_share == 1.0


def test_two_towns_with_one_name_are_never_taken_for_one_another():
    towns = master(("13101", "0001000", "大字神田"), ("13101", "0002000", "字神田"))
    match = match_towns(survey(("13101", "神田")), towns, "support_areas")
    assert len(match.matched) == 0
    assert match.matched_share == 0.0
    row = match.unmatched.iloc[0]
    assert row["reason"] == "ambiguous"
    assert row["candidates"] == "0001000 大字神田;0002000 字神田"
    assert conform(TABLES["core.unmatched_town"], match.unmatched).num_rows == 1


def test_of_two_towns_with_one_name_the_one_written_alike_is_taken():
    towns = master(("13101", "0001000", "大字神田"), ("13101", "0002000", "字神田"))
    match = match_towns(survey(("13101", "字神田")), towns, "support_areas")
    assert pairs(match) == {"字神田": "0002000"}
    assert match.matched["method"].tolist() == ["exact_name"]


def test_an_abolished_town_is_taken_only_where_none_in_force_has_the_name():
    towns = master(
        ("13101", "0001000", "神田", "2021-04-01"),
        ("13101", "0002000", "神田"),
        ("13101", "0003000", "麹町", "2022-04-01"),
        ("13101", "0004000", "大字元町"),
        ("13101", "0005000", "字元町"),
        ("13101", "0006000", "元町", "2022-04-01"),
    )
    rows = survey(("13101", "神田"), ("13101", "麴町"), ("13101", "元町"))
    match = match_towns(rows, towns, "support_areas")
    assert pairs(match) == {"神田": "0002000", "麴町": "0003000"}
    assert match.matched["method"].tolist() == ["name", "name_abolished"]
    assert match.unmatched["reason"].tolist() == ["ambiguous"]


def test_an_unknown_name_is_reported_with_the_nearest_ones():
    towns = master(
        ("13101", "0001001", "神田錦町１丁目"),
        ("13101", "0001002", "神田錦町２丁目"),
        ("13101", "0002000", "丸の内"),
    )
    match = match_towns(survey(("13101", "神田錦町9丁目")), towns, "fibre_towns")
    row = match.unmatched.iloc[0]
    assert row["reason"] == "not_found"
    assert set(row["candidates"].split(";")) == {
        "0001001 神田錦町１丁目",
        "0001002 神田錦町２丁目",
    }
    assert row["normal_name"] == "神田錦町九丁目"


def test_a_municipality_that_the_master_lacks_is_told():
    towns = master(("13101", "0001000", "神田"))
    match = match_towns(survey(("01101", "神田")), towns, "fibre_towns")
    assert match.unmatched[["reason", "candidates"]].to_numpy().tolist() == [
        ["no_municipality", ""]
    ]


def test_a_municipality_with_a_new_code_is_followed():
    towns = master(("22138", "0001000", "板屋町"))
    match = match_towns(survey(("22131", "板屋町")), towns, "support_areas")
    assert match.matched[["city_code", "town_city_code"]].to_numpy().tolist() == [
        ["22131", "22138"]
    ]


def test_addresses_without_a_town_are_joined_with_nothing():
    towns = master(("13101", "0000000", ""), ("13101", "0001000", "神田"))
    rows = survey(("13101", "神田"), ("13101", "麹町"))
    rows.loc[1, "normal_name"] = ""
    match = match_towns(rows, towns, "fibre_towns")
    assert pairs(match) == {"神田": "0001000"}
    assert match.unmatched["reason"].tolist() == ["not_found"]


def test_a_town_listed_as_general_and_special_is_joined_once():
    rows = survey(("13101", "神田"))
    twice = pd.concat([rows, rows], ignore_index=True)
    match = match_towns(twice, master(("13101", "0001000", "神田")), "support_areas")
    assert len(match.matched) == 1


def test_the_share_is_told_with_the_reasons():
    towns = master(("13101", "0001000", "神田"), ("13101", "0002000", "麹町"))
    rows = survey(("13101", "神田"), ("13101", "霞"), ("01101", "霞"))
    match = match_towns(rows, towns, "fibre_towns")
    assert match.note == (
        "fibre_towns: 1 of 3 towns (33.33 %) joined with the town master, "
        "1 no_municipality, 1 not_found."
    )


def test_no_town_has_no_share():
    match = match_towns(
        survey().astype("str"), master(("13101", "0001000", "神田")), "fibre_towns"
    )
    assert match.matched_share is None
    assert match.note == "fibre_towns: no town to join with the town master."
    assert conform(TABLES["core.unmatched_town"], match.unmatched).num_rows == 0


@given(seed=st.integers(0, 1000))
def test_every_town_is_matched_or_reported_once_whatever_the_order(seed):
    rng = np.random.default_rng(seed)
    names = [
        "神田",
        "大字神田",
        "丸ノ内",
        "丸の内",
        "麹町",
        "桜が丘1丁目",
        "桜ヶ丘２丁目",
    ]
    codes = ["13101", "13102", "01101"]

    def some(count):
        return [(codes[c], names[n]) for c, n in rng.integers(0, (3, 7), (count, 2))]

    towns = master(*((c, f"{i:07d}", n) for i, (c, n) in enumerate(some(9))))
    rows = survey(*some(12))
    match = match_towns(rows, towns, "x")
    keys = [*match.matched["town_key"], *match.unmatched["town_key"]]
    assert sorted(keys) == sorted(rows["town_key"])
    other = match_towns(rows.sample(frac=1, random_state=seed), towns, "x")
    assert by_key(other) == by_key(match)
    of_town = towns.set_index("machiaza_id")
    for row in match.matched.itertuples():
        same = towns[
            (towns["city_code"] == row.city_code)
            & (towns["normal_name"] == normal_name(row.town_name_ja))
        ]
        assert of_town.loc[row.machiaza_id, "normal_name"] in set(same["normal_name"])
        # The one town of that name, or the one that is written letter for letter so.
        exact = same[same["town_name_ja"] == row.town_name_ja]
        assert len(same) == 1 or exact["machiaza_id"].tolist() == [row.machiaza_id]
