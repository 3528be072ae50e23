"""Zips of the corpus, made when they are wanted: good folders with one thing wrong."""

import struct
import zipfile
from pathlib import Path

LINK_MODE = 0o120777 << 16
ENCRYPTED = 0x1


def zipped(corpus: Path, recipe: dict, path: Path) -> Path:
    """Make a zip after a recipe.

    ``of`` is the folder of the corpus that it holds, ``folder`` a top folder to put it
    in. Wrong with it can be: ``add`` (members with ``name`` and ``text``, the text
    ``repeat`` times, or a link with ``link = true``), ``renamed`` (a member and the
    name it takes, of equal length), ``encrypted`` (a member that claims to be),
    ``cut_bytes`` (bytes lost at the end).
    """
    top = f"{recipe['folder']}/" if "folder" in recipe else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((corpus / recipe["of"]).iterdir()):
            archive.write(file, f"{top}{file.name}")
        for member in recipe.get("add", ()):
            _add(archive, member)
    data = bytearray(path.read_bytes())
    if "renamed" in recipe:
        data = data.replace(*(name.encode() for name in recipe["renamed"]))
    if "encrypted" in recipe:
        _flag_encrypted(data, recipe["encrypted"])
    path.write_bytes(data[: len(data) - recipe.get("cut_bytes", 0)])
    return path


def _add(archive: zipfile.ZipFile, member: dict) -> None:
    info = zipfile.ZipInfo(member["name"], (2021, 4, 20, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    if member.get("link"):
        info.external_attr = LINK_MODE
    archive.writestr(info, member["text"] * member.get("repeat", 1))


def _flag_encrypted(data: bytearray, name: str) -> None:
    """Set the flag of a member in its local and in its central header."""
    for signature, flags_at, name_at in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = data.index(signature)
        while data[at + name_at : at + name_at + len(name)] != name.encode():
            at = data.index(signature, at + 4)
        (flags,) = struct.unpack_from("<H", data, at + flags_at)
        struct.pack_into("<H", data, at + flags_at, flags | ENCRYPTED)
