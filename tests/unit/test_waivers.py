"""The ministry's file of waivers is right as a whole, or refused with every fault."""

from datetime import date

import pytest

from geodata.errors import SettingsError
from geodata.filings import Waiver, read_waivers, rules

GOOD = """\
[[waiver]]
rule = "antenna_height_high"
carrier = "docomo"
reason = " 高さ 120 m の鉄塔 "
granted_by = "関東総合通信局"
granted_on = 2021-04-01
expires_on = 2022-03-31
plan_id = "docomo-2019"
file = "stations.csv"
lines = [12, 40]
"""


def write(folder, text):
    path = folder / "waivers.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_waiver_says_whom_it_lets_break_which_rule_where_and_until_when(tmp_path):
    assert read_waivers(write(tmp_path, GOOD)) == (
        Waiver(
            "antenna_height_high",
            "docomo",
            "高さ 120 m の鉄塔",
            "関東総合通信局",
            date(2022, 3, 31),
            "docomo-2019",
            "stations.csv",
            (12, 40),
            date(2021, 4, 1),
        ),
    )


def test_a_waiver_holds_for_the_plan_it_names_or_for_every_plan_of_the_carrier(
    tmp_path,
):
    (one,) = read_waivers(write(tmp_path, GOOD))
    assert one.fits("docomo", "docomo-2019")
    assert not one.fits("docomo", "docomo-2022")
    assert not one.fits("kddi", "docomo-2019")
    (every,) = read_waivers(write(tmp_path, GOOD.replace("plan_id", "# plan_id")))
    assert every.fits("docomo", "docomo-2022")
    assert not every.fits("kddi", "docomo-2019")
    assert not every.fits(None, None)


@pytest.mark.parametrize("text", ["", "waiver = []\n", "\ufeff# none at present\n"])
def test_a_file_may_hold_no_waiver(text, tmp_path):
    assert read_waivers(write(tmp_path, text)) == ()


FIXED = next(r.id for r in rules() if r.severity == "ERROR" and not r.waivable)
NOTED = next(r.id for r in rules() if r.severity == "INFO")
FAULTS = [
    ('"antenna_height_high"', '"antenna_hight"', r".rule = 'antenna_hight': no rule"),
    ('"antenna_height_high"', f'"{FIXED}"', r".rule = .*this ERROR cannot be waived"),
    ('"antenna_height_high"', f'"{NOTED}"', r".rule = .*INFO only informs"),
    ('"antenna_height_high"', "7", r".rule = 7: write text in quotes"),
    ('"docomo"', '"NTT"', r".carrier = 'NTT': no carrier; known are docomo, kddi"),
    ('reason = " 高さ 120 m の鉄塔 "\n', "", r".reason: missing"),
    ('" 高さ 120 m の鉄塔 "', '" \u3000"', r".reason = .*: empty"),
    ('granted_by = "関東総合通信局"\n', "", r".granted_by: missing"),
    ('"関東総合通信局"', '""', r".granted_by = '': empty"),
    ("expires_on = 2022-03-31\n", "", r".expires_on: missing"),
    ("2022-03-31", '"2022-03-31"', r".expires_on = '2022-03-31': write a date"),
    ("2022-03-31", "2022-03-31T00:00:00", r".expires_on = .*: write a date"),
    ("2022-03-31", "2021-03-31", r".expires_on = 2021-03-31: before granted_on"),
    ("2021-04-01", "true", r".granted_on = True: write a date"),
    ('"docomo-2019"', '"docomo 2019"', r".plan_id = 'docomo 2019': no plan id"),
    ('"stations.csv"', '"station.csv"', r".file = 'station.csv': no file"),
    ('file = "stations.csv"\n', "", r".lines: without file"),
    ("[12, 40]", "[]", r".lines = \[\]: write line numbers"),
    ("[12, 40]", "[0]", r".lines = \[0\]: write line numbers"),
    ("[12, 40]", "[true]", r".lines = \[True\]: write line numbers"),
    ("[12, 40]", "12", r".lines = 12: write a list"),
    ("plan_id", "plan", r".plan: unknown key; known are rule, carrier"),
]


@pytest.mark.parametrize(("right", "wrong", "fault"), FAULTS)
def test_a_fault_is_named_by_file_entry_key_and_value(right, wrong, fault, tmp_path):
    assert GOOD.count(right) == 1
    path = write(tmp_path, GOOD + GOOD.replace(right, wrong).replace("[12", "[13"))
    with pytest.raises(SettingsError, match=rf"waivers\.toml(.|\n)*waiver\[2\]{fault}"):
        read_waivers(path)


def test_every_fault_of_the_file_is_told_at_once(tmp_path):
    text = "waivers = 1\n" + "".join(
        GOOD.replace(right, wrong) for right, wrong, _ in FAULTS
    )
    with pytest.raises(SettingsError) as caught:
        read_waivers(write(tmp_path, text))
    told = str(caught.value)
    assert "'waivers' is no key" in told
    assert all(f"waiver[{at}]" in told for at in range(1, len(FAULTS) + 1))


def test_a_waiver_is_given_once_and_may_be_renewed(tmp_path):
    renewed = GOOD.replace("2022", "2023")
    assert len(read_waivers(write(tmp_path, GOOD + renewed))) == 2
    with pytest.raises(SettingsError, match=r"waiver\[3\]: .* same as waiver\[1\]"):
        read_waivers(write(tmp_path, GOOD + renewed + GOOD))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("waiver = 1\n", "no list of tables"),
        ("waiver = [1]\n", r"waiver\[1\] = 1: not a table"),
        ("waiver = \n", "no TOML"),
        (b"\xff", "no TOML"),
        ("a." * 1_000 + "a = 1\n", "no TOML"),
    ],
)
def test_a_file_of_another_form_is_refused(text, said, tmp_path):
    with pytest.raises(SettingsError, match=said):
        read_waivers(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(SettingsError, match=r"cannot be read \(.*\); check"):
            read_waivers(path)
