"""Which file of the アドレス・ベース・レジストリ is which: by header, and by name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geodata.errors import SourceError
from geodata.readers.files.csv_rows import header_of
from geodata.readers.files.published import (
    Published,
    published_files,
    published_in,
)
from geodata.readers.reading import unused_columns

MASTER = "town master (mt_town)"
POSITIONS = "position file (mt_town_pos)"

_NAME = re.compile(
    r"mt_town(?P<pos>_pos)?_(?:all|pref(?P<pref>\d{2})|city(?P<city>\d{6}))(?!\d)"
)
_KEY = {"lg_code", "machiaza_id"}
_ALIAS = "alias_oaza"  # only the newer layout has it
_MASTER_COLUMNS = (
    "lg_code machiaza_id machiaza_type pref pref_kana pref_roma county "
    "county_kana county_roma city city_kana city_roma ward ward_kana ward_roma "
    "oaza_cho oaza_cho_kana oaza_cho_roma chome chome_kana chome_number koaza "
    "koaza_kana koaza_roma machiaza_dist rsdt_addr_flg rsdt_addr_mtd_code "
    "oaza_cho_aka_flg koaza_aka_code oaza_cho_gsi_uncmn koaza_gsi_uncmn "
    "status_flg wake_num_flg efct_date ablt_date src_code post_code remarks "
    "oaza_cho_uncmn_reg oaza_cho_uncmn_mj oaza_cho_uncmn_type "
    "oaza_cho_uncmn_code koaza_uncmn_reg koaza_uncmn_mj koaza_uncmn_type "
    "koaza_uncmn_code alias_oaza alias_oaza_kana alias_oaza_roma alias_koaza "
    "alias_koaza_kana alias_koaza_roma"
)
_POSITION_COLUMNS = (
    "lg_code machiaza_id rsdt_addr_flg rep_lon rep_lat rep_srid rep_scale "
    "rep_src_code plygn_fname plygn_kcode plygn_fmt plygn_srid plygn_scale "
    "plygn_src_code pos_oaza_cho_chome_code pos_data_mnt_year "
    "cns_bnd_s_area_kcode cns_bnd_year"
)
_PUBLISHED = {
    MASTER: frozenset(_MASTER_COLUMNS.split()),
    POSITIONS: frozenset(_POSITION_COLUMNS.split()),
}
"""Columns of the two layouts known of each kind; others are noted."""


@dataclass(frozen=True)
class TownFile:
    """One file of towns.

    Attributes
    ----------
    file : Published
        Where it stands.
    kind : str
        ``MASTER`` or ``POSITIONS``, by its header.
    header : tuple of str
        Columns.
    """

    file: Published
    kind: str
    header: tuple[str, ...]

    @property
    def edition(self) -> str:
        """Layout of a town master."""
        has_alias = _ALIAS in self.header
        return "with alias columns" if has_alias else "without alias columns"

    @property
    def notes(self) -> tuple[str, ...]:
        """Columns of no known layout, which are not used."""
        extra = [name for name in self.header if name not in _PUBLISHED[self.kind]]
        return unused_columns(self.file.name, extra)

    @property
    def is_nation(self) -> bool:
        """Whether the name promises the whole nation."""
        match = _NAME.match(self.file.file_name)
        return match is not None and not (match["pref"] or match["city"])

    @property
    def code_start(self) -> str:
        """Digits with which, by its name, every ``lg_code`` begins; may be empty."""
        match = _NAME.match(self.file.file_name)
        return "" if match is None else match["pref"] or match["city"] or ""


def town_files(paths: Sequence[Path]) -> list[TownFile]:
    """Every CSV file in `paths`, told apart by its header.

    Raises
    ------
    SourceError
        There is no CSV file, an archive holds further archives, a file is neither
        kind, or its name says the other kind.
    """
    found = [_town_file(file) for path in paths for file in _csv_files(path)]
    if not any(file.kind == MASTER for file in found):
        names = ", ".join(path.name for path in paths) or "no file"
        raise SourceError(
            f"{names}: found no town master, wanted mt_town_all.csv or "
            "mt_town_prefNN.csv, plain or zipped. Add it."
        )
    return found


def _csv_files(path: Path) -> list[Published]:
    inner = published_in(path, [".zip"])
    if inner and path.suffix.lower() == ".zip":
        raise SourceError(
            f"{path.name}: found archives within the archive ({inner[0].member}, "
            f"{len(inner)} in all), wanted CSV files. Take the inner archives out and "
            "give those; they need not be unpacked."
        )
    return published_files([path], [".csv"], "mt_town_all.csv or mt_town_prefNN.csv")


def _town_file(file: Published) -> TownFile:
    header = header_of(file)
    kind = _kind(file, header)
    match = _NAME.match(file.file_name)
    said = kind if match is None else POSITIONS if match["pos"] else MASTER
    if said != kind:
        raise SourceError(
            f"{file.name}, line 1: the name says {said}, but the columns are those of "
            f"a {kind}. Give the file the name under which it was published."
        )
    return TownFile(file, kind, header)


def _kind(file: Published, header: Sequence[str]) -> str:
    names = set(header)
    if names >= _KEY and "blk_id" not in names:
        if "machiaza_type" in names:
            return MASTER
        if "rep_lon" in names:
            return POSITIONS
    raise SourceError(
        f"{file.name}, line 1: found the columns {', '.join(header[:8])}, ...; "
        f"wanted a {MASTER}: lg_code, machiaza_id, machiaza_type, ..., or its "
        f"{POSITIONS}: lg_code, machiaza_id, ..., rep_lon, rep_lat. "
        "Take the dataset 町字マスター."
    )
