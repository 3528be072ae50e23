"""Which files a fetch brings: addresses of the register, filled in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from geodata import mesh, reference
from geodata.catalog.choosing import newest
from geodata.catalog.register import Address, RegisteredSource
from geodata.errors import SettingsError

_PREFECTURES = tuple(f"{number:02d}" for number in range(1, 48))


@dataclass(frozen=True)
class Planned:
    """One file to fetch.

    Attributes
    ----------
    source : RegisteredSource
        Whose file it is.
    url : str
        Address as the register gives it.
    place : PurePosixPath
        Folder and name below the folder of sources.
    vintage : str
        Year of the edition asked for; empty where the address names none.
    """

    source: RegisteredSource
    url: str
    place: PurePosixPath
    vintage: str

    @property
    def host(self) -> str:
        """Server of the producer."""
        return urlsplit(self.url).hostname or ""

    def target(self, folder: Path) -> Path:
        """Where the file is to stand."""
        return folder / self.place


def area_codes(address: Address) -> tuple[str, ...]:
    """Codes an address can be filled with; none for a national file."""
    if isinstance(address.areas, tuple):
        return address.areas
    kind, _, of = address.areas.partition(":")
    if kind == "kind":
        files = reference.disadvantaged_file_prefectures()
        return tuple(files.loc[files["kind"] == of, "pref_code"])
    codes = {
        "nation": (),
        "prefecture": _PREFECTURES,
        "mesh1": tuple(str(code) for code in mesh.PRIMARY_MESHES),
    }
    return codes[kind]


@dataclass(frozen=True)
class Areas:
    """How many areas a source is published for, and which of them have no file.

    ``area_count`` is 0 where the files are not of areas, or not of known ones.
    """

    area_count: int = 0
    missing: tuple[str, ...] = ()


def missing_areas(source: RegisteredSource, file_names: Collection[str]) -> Areas:
    """Areas without a file, where the files of a source are one per area.

    Parameters
    ----------
    source : RegisteredSource
        Its addresses tell the areas there are.
    file_names : collection of str
        Files of one division of the country; one for the nation has every area. Of
        several vintages that are kept, the newest is looked at.
    """
    names = newest(source, file_names)
    there = {source.says(name).get("area", "") for name in names}
    for address in source.addresses:
        codes = area_codes(address)
        if there and there <= set(codes):
            return Areas(len(codes), tuple(sorted(set(codes) - there)))
    return Areas()


def plan(
    source: RegisteredSource, codes: Sequence[str] = (), year: int | None = None
) -> list[Planned]:
    """Files of one source.

    Parameters
    ----------
    source : RegisteredSource
        One that can be fetched.
    codes : sequence of str
        Prefectures (``13``) or primary meshes (``5339``); none: the national file, or
        every area there is. Codes of another kind of area are passed over.
    year : int, optional
        Edition; default the newest.

    Raises
    ------
    SettingsError
        No file of the source fits the codes, or the year.
    """
    parts = dict.fromkeys(address.part for address in source.addresses)
    planned = []
    for part in parts:
        addresses = _of_year(source, part, year)
        planned += _plan_part(source, addresses, codes)
    return planned


def _of_year(source: RegisteredSource, part: str, year: int | None) -> list[Address]:
    addresses = [address for address in source.addresses if address.part == part]
    years = sorted({one for address in addresses for one in address.years})
    if not years:
        return addresses
    wanted = years[-1] if year is None else year
    fitting = [address for address in addresses if wanted in address.years]
    if not fitting:
        raise SettingsError(
            f"--year {year}: {source.name} is fetched for "
            f"{', '.join(str(one) for one in years)}; see {source.page} for others."
        )
    return [_with_years(address, wanted) for address in fitting]


def _with_years(address: Address, year: int) -> Address:
    values = {"year": str(year), "yy": f"{year % 100:02d}", "code": "{code}"}
    return Address(
        url=address.url.format(**values),
        areas=address.areas,
        save_as=address.save_as.format(**values),
        years=(year,),
    )


def _plan_part(
    source: RegisteredSource, addresses: list[Address], codes: Sequence[str]
) -> list[Planned]:
    if codes:
        return _plan_codes(source, addresses, codes)
    national = [address for address in addresses if address.areas == "nation"]
    chosen = (national or addresses)[0]
    return [_planned(source, chosen, code) for code in area_codes(chosen) or ("",)]


def _plan_codes(
    source: RegisteredSource, addresses: list[Address], codes: Sequence[str]
) -> list[Planned]:
    planned = []
    kinds = 0
    for address in addresses:
        fitting = [code for code in codes if code in area_codes(address)]
        planned += [_planned(source, address, code) for code in fitting]
        kinds += bool(fitting)
    if kinds > 1:
        raise SettingsError(
            f"--code: {source.name} by prefecture and by primary mesh must not be "
            "mixed; give codes of one kind."
        )
    only_national = all(address.areas == "nation" for address in addresses)
    if not planned and only_national:
        return [_planned(source, address, "") for address in addresses]
    if not planned:
        raise SettingsError(f"--code {', '.join(codes)}: {_offer(source, addresses)}")
    return planned


def _offer(source: RegisteredSource, addresses: list[Address]) -> str:
    offers = [codes for address in addresses if (codes := area_codes(address))]
    told = " or ".join(
        f"{len(codes)} codes {codes[0]} to {codes[-1]}" for codes in offers
    )
    return f"{source.name} has files for {told} only."


def _planned(source: RegisteredSource, address: Address, code: str) -> Planned:
    url = address.url.format(code=code)
    name = address.save_as.format(code=code) or PurePosixPath(urlsplit(url).path).name
    place = PurePosixPath(source.folder, name)
    if not source.claims(PurePosixPath("sources") / place):
        raise SettingsError(
            f"register, source {source.name}: it would not recognise its own {place}."
        )
    year = str(address.years[0]) if len(address.years) == 1 else ""
    return Planned(source, url, place, year)
