"""Hostile and broken packages that ``rules/package.toml`` names."""

import os
import socket
import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from geodata.filings import CheckOptions, Limits, read_filing
from tests.unit.filing_builder import PLAN, STATIONS, TODAY, stations_csv, write_filing
from tests.unit.filing_cases import stations_parquet
from tests.unit.raw_zips import UTF8, Member, end_record, long_end_record, raw_zip

GOOD_MEMBERS = (
    Member(b"plan.toml", PLAN.encode()),
    Member(b"stations.csv", stations_csv().encode()),
)


def read_zip(folder: Path, content: bytes, **limits):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "filing.zip"
    path.write_bytes(content)
    return read(path, **limits)


def read(path: Path, **limits):
    return read_filing(path, today=TODAY, options=CheckOptions(limits=Limits(**limits)))


def zip_of(*members, **tricks):
    """A good filing as a zip, with further `members`."""
    return lambda folder: read_zip(folder, raw_zip(*GOOD_MEMBERS, *members, **tricks))


def named(*names, **fields):
    return zip_of(*(Member(name, **fields) for name in names))


def truncated(folder):
    return read_zip(folder, raw_zip(*GOOD_MEMBERS)[:-40])


def damaged(folder):
    content = bytearray(raw_zip(*GOOD_MEMBERS))
    content[60] ^= 0xFF  # in the packed bytes of plan.toml
    return read_zip(folder, bytes(content))


def crowded(count):
    """A zip of `count` empty members: its directory stands, its members do not."""

    def make(folder):
        entry = Member(b"f", b"", offset=0).central(0)
        end = end_record(count, count * len(entry), 0)
        if count >= 2**16:
            end = long_end_record(count, count * len(entry), 0) + end
        return read_zip(folder, entry * count + end)

    return make


def overlapping(folder):
    """Two members that unpack the same packed bytes."""
    shared = Member(b"notes.txt", b"0" * 1000)
    again = Member(b"notes.txt", b"0" * 1000, offset=0)
    return read_zip(folder, raw_zip(shared, again, *GOOD_MEMBERS))


def folder_with(change, **limits):
    """A good filing as a folder, after `change` has worked on it."""

    def make(folder):
        path = write_filing(folder / "filing")
        change(path)
        return read(path, **limits)

    return make


def link_outside(path):
    (path / "link.csv").symlink_to("/etc/hosts")


def link_loop(path):
    (path / "again").symlink_to(path, target_is_directory=True)


def pipe(path):
    os.mkfifo(path / "stations.parquet")


def unix_socket(path):
    """Bound by a relative name: a path in a test folder is too long for a socket."""
    here = Path.cwd()
    os.chdir(path)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("talk")
    finally:
        os.chdir(here)


def many_files(path):
    for number in range(9):
        (path / f"f{number}.txt").touch()


def many_bytes(path):
    for number in range(3):
        (path / f"f{number}.txt").write_bytes(b"0" * 9_000)


def deep_folders(path):
    at = path
    for _ in range(40):
        at = at / "0123456789"
        at.mkdir()


def same_name(path):
    """ガ as one character, and as カ with a mark."""
    for form in ("NFC", "NFD"):
        (path / f"{unicodedata.normalize('NFC', 'ガ')}.txt").touch()
        (path / f"{unicodedata.normalize(form, 'ガ')}.txt").touch()


def stations_as_parquet(**options):
    def write(path):
        (path / "stations.csv").unlink()
        table = pyarrow.parquet.read_table(pa.BufferReader(stations_parquet()))
        pyarrow.parquet.write_table(table, path / "stations.parquet", **options)

    return folder_with(write)


def gzipped(path):
    (path / "stations.csv").write_bytes(b"\x1f\x8b\x08\x00")


def long_plan(path):
    (path / "plan.toml").write_text(PLAN + "#" * Limits().max_plan_bytes)


TRIPS = {
    "filing_unreadable": folder_with(pipe),
    "folder_link": folder_with(link_outside),
    "folder_entry_count": folder_with(many_files, max_members=10),
    "path_too_long": folder_with(deep_folders),
    "name_confusable": folder_with(same_name),
    "file_is_archive": folder_with(gzipped),
    "plan_too_large": folder_with(long_plan),
    "table_row_count": folder_with(Path.exists, max_rows=len(STATIONS)),
    "parquet_encoding": stations_as_parquet(
        use_dictionary=False, column_encoding={"site_id": "DELTA_BYTE_ARRAY"}
    ),
    "zip_unreadable": truncated,
    "zip_member_path": named(b"../escape.csv"),
    "zip_member_link": named(b"link.csv", mode=0o120777),
    "zip_encrypted": named(b"notes.txt", flags=0x1),
    "zip_nested": named(b"more.zip"),
    "zip_member_count": crowded(Limits().max_members + 1),
    "zip_member_repeated": named(b"notes.txt", b"notes.txt"),
    "zip_directory": zip_of(comment=end_record(0, 0, 0)),
    "zip_overlap": overlapping,
    "zip_method": named(b"notes.txt", method=14),
    "zip_size_false": named(b"notes.txt", data=b"0" * 1000, stated_size=999),
    "zip_ratio": named(b"notes.txt", data=b"0" * 1_000_000),
    "filing_too_large": folder_with(many_bytes, max_unpacked_bytes=20_000),
}
"""Report of a filing that trips the rule, by rule id (a case takes a folder)."""

FURTHER = {
    "zip_member_path": [
        named(name)
        for name in (
            b"/etc/x.csv",
            b"C:x.csv",
            b"a/../../x.csv",
            b"..\\x.csv",
            b"a\\x.csv",
            b"\\\\host\\x.csv",
            b"stations.csv\0.txt",
            b"..",
        )
    ],
    "zip_member_link": [
        named(b"pipe", mode=0o010644),
        named(b"device", mode=0o060644),
        named(b".hidden", mode=0o120777),
    ],
    "zip_encrypted": [
        named(b"notes.txt", flags=0x41),
        named(b"notes.txt", flags=0x2000),
        named(b"notes.txt", method=99),
    ],
    "zip_method": [named(b"notes.txt", method=number) for number in (1, 9, 12, 93)],
    "zip_nested": [named(b"a.7Z"), named(b"sub/b.tar"), named(b"c.csv.gz")],
    "file_is_archive": [
        lambda folder: read_zip(
            folder,
            raw_zip(GOOD_MEMBERS[0], Member(b"stations.csv", raw_zip(), method=0)),
        ),
        folder_with(
            lambda path: (path / "stations.csv").write_bytes(b"\0" * 257 + b"ustar\0")
        ),
    ],
    "zip_member_count": [crowded(65_535), crowded(1_000_000)],
    "zip_directory": [
        zip_of(before=b"MZ"),
        zip_of(count=1),
        zip_of(count=3),
        zip_of(disk=1),
        zip_of(comment=b"a" + raw_zip(Member(b"stations.csv"))),
        zip_of(end=end_record(2, 9, 9)),
        lambda folder: read_zip(folder, end_record(1, 46, 0)),
        lambda folder: read_zip(
            folder, long_end_record(2, 0, 0, stated_at=9) + end_record(2, 0, 0)
        ),
        lambda folder: read_zip(folder, long_end_record(2, 0, 0) + end_record(3, 0, 0)),
        lambda folder: read_zip(
            folder, b"\0" * 2_000_000 + end_record(3, 2_000_000, 0)
        ),
    ],
    "zip_overlap": [named(b"notes.txt", offset=0, local_name=b"plan.toml")],
    "zip_size_false": [
        named(b"notes.txt", data=b"0" * 1000, stated_size=1001),
        named(b"notes.txt", data=b"0" * 50_000_000, stated_size=1),
    ],
    "filing_too_large": [
        folder_with(many_bytes, max_file_bytes=8_999),
        named(b"notes.txt", stated_size=2**32 - 2),
        lambda folder: read_zip(folder, b"0" * 20_001, max_unpacked_bytes=20_000),
    ],
    "zip_unreadable": [
        named(b"notes.txt", crc=1),
        named(b"notes.txt", local_name=b"n0tes.txt"),
        named(b"notes.txt", flags=UTF8, local_name=b"\xff" * 9),
        named(b"\xff.txt", flags=UTF8),
        lambda folder: read_zip(folder, b""),
        lambda folder: read_zip(folder, b"plain text"),
        damaged,
    ],
    "name_confusable": [
        named(b"Stations.CSV"),
        named(b"plan.toml."),
        named("ｐlan.toml".encode(), flags=UTF8),
    ],
    "path_too_long": [named(b"a/" * 130 + b"x"), named(b"n" * 65_000)],
    "folder_link": [folder_with(link_loop)],
    "filing_unreadable": [folder_with(unix_socket)],
}
"""More filings that trip the rule."""

GOOD = {
    "a zip with what a Mac adds": zip_of(Member(b"__MACOSX/._plan.toml")),
    "a zip with a comment": zip_of(comment=b"made by hand"),
}
"""Filings that trip no rule; between them every rule runs."""
