"""Hostile packages are refused, soon and in little memory; plain ones are read."""

import os
import re
import tracemalloc
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet
import pytest

from geodata.filings import Limits, receipt, rules
from geodata.filings.handed_in import folder_package as folder_module
from tests.unit.filing_builder import (
    PLAN,
    STATION_COLUMNS,
    found,
    stations_csv,
    write_filing,
)
from tests.unit.filing_cases_package import (
    FURTHER,
    GOOD_MEMBERS,
    TRIPS,
    folder_with,
    named,
    read,
    read_zip,
)
from tests.unit.raw_zips import (
    UTF8,
    Member,
    end_record,
    long_end_record,
    raw_zip,
)

CASES = [
    (rule_id, at) for rule_id, cases in FURTHER.items() for at in range(len(cases))
]
REFUSED = [(rule_id, TRIPS[rule_id]) for rule_id in TRIPS] + [
    (rule_id, FURTHER[rule_id][at]) for rule_id, at in CASES
]


@pytest.mark.parametrize(("rule_id", "at"), CASES)
def test_each_kind_of_hostile_package_trips_its_rule(rule_id, at, tmp_path):
    report = FURTHER[rule_id][at](tmp_path / "filing")
    assert rule_id in found(report), found(report)


@pytest.mark.parametrize(
    "make", [make for _, make in REFUSED], ids=[rule_id for rule_id, _ in REFUSED]
)
def test_a_hostile_package_is_refused_whole_in_a_second_and_little_memory(
    make, tmp_path
):
    tracemalloc.start()
    start = perf_counter()
    try:
        report = make(tmp_path / "filing")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.status == "rejected"
    assert report.filing["accepted_count"] == 0
    assert perf_counter() - start < 10  # a second, and ten on a busy machine
    assert peak < 200_000_000
    assert len(report.filing["sha256"]) == 64


def test_reading_stops_where_a_member_goes_beyond_the_size_it_states(tmp_path):
    bomb = Member(b"stations.csv", b"0" * 100_000_000, stated_size=5_000_000)
    content = raw_zip(GOOD_MEMBERS[0], bomb)
    tracemalloc.start()
    report = read_zip(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found(report) == {"zip_size_false"}
    assert peak < 30_000_000


@pytest.mark.parametrize(
    "rule",
    [r for r in rules() if r.subject == "package" and "{limit}" in r.message_en],
    ids=lambda r: r.id,
)
def test_a_refusal_by_a_limit_names_the_limit_and_its_setting(rule, tmp_path):
    report = TRIPS[rule.id](tmp_path / "filing")
    for finding in report.findings.to_pylist():
        for message in (finding["message_en"], finding["message_ja"]):
            name = re.search(r"filing_limits\.(\w+)", message)[1]
            assert hasattr(Limits(), name)
            assert re.search(r"\d", message)


def test_a_limit_that_is_raised_lets_the_filing_pass(tmp_path):
    flat = stations_csv() + "\n" * 30_000
    content = raw_zip(GOOD_MEMBERS[0], Member(b"stations.csv", flat.encode()))
    assert found(read_zip(tmp_path / "a", content, max_ratio=10)) == {"zip_ratio"}
    assert read_zip(tmp_path / "b", content, max_ratio=1_000).is_accepted


def test_a_zip64_of_few_members_is_read(tmp_path):
    content = raw_zip(*GOOD_MEMBERS)
    body, _, end = content.rpartition(b"PK\x05\x06")
    count, length, offset = (int.from_bytes(end[a:b], "little") for a, b in
                             ((6, 8), (8, 12), (12, 16)))  # fmt: skip
    long = long_end_record(count, length, offset)
    short = end_record(2**16 - 1, 2**32 - 1, 2**32 - 1)
    report = read_zip(tmp_path, body + long + short)
    assert (report.is_accepted, found(report)) == (True, set())


@pytest.mark.parametrize(
    ("folder", "flags"),
    [
        ("表".encode("cp932"), 0),  # its second byte is a backslash
        ("提出".encode(), 0),
        ("提出".encode(), UTF8),
        ("カ\u3099".encode(), UTF8),
        (b"filing 1", 0),
    ],
)
def test_the_folder_in_a_zip_may_have_any_name_in_any_usual_encoding(
    folder, flags, tmp_path
):
    members = [
        Member(folder + b"/" + member.name, member.data, flags=flags)
        for member in GOOD_MEMBERS
    ]
    report = read_zip(tmp_path, raw_zip(*members))
    assert (report.is_accepted, found(report)) == (True, set())


@pytest.mark.parametrize(
    "members", [(), (Member(b"a/", b"", method=0), Member(b"a/b/", b"", method=0))]
)
def test_a_zip_without_files_holds_no_table(members, tmp_path):
    report = read_zip(tmp_path, raw_zip(*members))
    assert found(report) == {"table_missing"}


def test_a_member_nobody_reads_may_have_any_plain_name(tmp_path):
    names = (b"memo\n.txt", "控え　1.txt".encode("cp932"), b"\xfe\xff.txt")
    report = named(*names)(tmp_path)
    assert report.is_accepted
    assert found(report) == {"file_unknown"}
    assert "memo\\x0a.txt" in [file.name for file in report.files]
    assert "控え　1.txt" in [file.name for file in report.files]


def test_hidden_links_and_hard_links_do_no_harm(tmp_path):
    def add(path):
        (path / ".link").symlink_to("/")
        os.link(path / "stations.csv", tmp_path / "other.csv")

    report = folder_with(add)(tmp_path)
    assert (report.is_accepted, found(report)) == (True, set())


def test_a_file_name_that_is_no_text_is_shown_in_escapes(tmp_path):
    def add(path):
        (path / os.fsdecode(b"\x83G\xff.txt")).touch()

    report = folder_with(add)(tmp_path)
    assert "\\x83G\\xff.txt" in [file.name for file in report.files]
    assert found(report) == {"file_unknown"}


def test_what_vanishes_or_grows_while_it_is_read_is_a_finding(tmp_path, monkeypatch):
    def vanish(path):
        path.unlink()
        return path.open("rb")

    def grow(path):
        with path.open("ab") as stream:
            stream.write(b"\n")
        return path.open("rb")

    for number, change in enumerate((vanish, grow)):
        monkeypatch.setattr(folder_module, "_open", change)
        report = folder_with(os.stat)(tmp_path / str(number))
        assert found(report) == {"filing_unreadable"}
        assert str(tmp_path) not in str(report.findings.to_pylist())


def test_a_pipe_that_is_named_as_a_zip_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "filing.zip")
    assert found(read(tmp_path / "filing.zip")) == {"filing_unreadable"}


def test_a_folder_that_cannot_be_listed_is_a_finding(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    filing = write_filing(tmp_path / "filing")
    monkeypatch.setattr(os, "scandir", refuse)
    report = read(filing)
    assert found(report) == {"filing_unreadable"}
    assert "Permission denied" in report.findings["message_en"][0].as_py()


def test_one_long_text_for_every_row_of_a_parquet_file_is_refused(tmp_path):
    rows = 200_000
    text = pa.DictionaryArray.from_arrays(
        pa.array([0] * rows, pa.int32()), pa.array(["x" * 50_000])
    )
    empty = dict.fromkeys(STATION_COLUMNS, pa.nulls(rows, pa.string()))
    table = pa.table(empty | {"station_id": text})

    def write(path):
        (path / "stations.csv").unlink()
        pyarrow.parquet.write_table(table, path / "stations.parquet")
        assert (path / "stations.parquet").stat().st_size < 100_000

    report = folder_with(write)(tmp_path)
    assert found(report) == {"filing_too_large"}
    assert report.findings["value"].to_pylist() == [str(rows * 50_000)]


def test_a_parquet_file_of_more_rows_than_the_limit_is_not_read(tmp_path):
    def write(path):
        (path / "stations.csv").unlink()
        columns = dict.fromkeys(STATION_COLUMNS, pa.array([1] * 10))
        pyarrow.parquet.write_table(pa.table(columns), path / "stations.parquet")

    report = folder_with(write, max_rows=9)(tmp_path)
    assert found(report) == {"table_row_count"}


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a = " * 100_000,
        "a." * 300_000 + "a = 1",
        "\n".join(f"{'a.' * 60}a{at} = 1" for at in range(1_000)),
        "plan_version = 0x" + "f" * 10_000,
        "x = " + "9" * 10_000,
        "x = 1e999999999",
        "\ufeff" * 9,
        f"{'k' * 400_000} = [{'1, ' * 200_000}]",
    ],
)
def test_no_plan_takes_long_or_raises(text, tmp_path):
    start = perf_counter()
    report = folder_with(lambda path: (path / "plan.toml").write_text(text))(tmp_path)
    assert report.status == "rejected"
    assert perf_counter() - start < 5


def test_a_plan_with_a_long_sentence_is_read(tmp_path):
    text = PLAN.replace("datum", f'synthetic_note = "{"So it is. " * 60}"\ndatum', 1)
    report = folder_with(lambda path: (path / "plan.toml").write_text(text))(tmp_path)
    assert report.is_accepted


def test_a_finding_on_each_of_many_plan_keys_does_not_take_long(tmp_path):
    keys = "".join(f"key_{at} = 1\n" for at in range(20_000))
    start = perf_counter()
    report = folder_with(lambda path: (path / "plan.toml").write_text(keys + PLAN))(
        tmp_path
    )
    assert report.findings["column"][-1].as_py() == "key_19999"
    assert len(report.findings) == 20_000
    assert receipt(report)["warning_count"] == 20_000
    assert perf_counter() - start < 10
