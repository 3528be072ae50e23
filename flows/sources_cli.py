"""The verbs `kiban sources` and `kiban fetch`."""

import json
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from flows.console import screen
from flows.settings import read_settings
from geodata.catalog.fetching import FetchOptions, FetchResult, fetch
from geodata.catalog.overview import sources_overview
from geodata.catalog.session import Limits, Secret
from geodata.errors import SettingsError

APPLICATION_ID = "KIBAN_ESTAT_APP_ID"
"""Environment variable of the e-Stat application id: the only place it is read from."""

BASE_URL = "KIBAN_FETCH_BASE_URL"
"""Environment variable: a loopback server that stands in for all producers (tests)."""

_JAPAN = ZoneInfo("Asia/Tokyo")
_MEBIBYTE = 1 << 20
_FAILED, _PERSON = 1, 3
_STATUS_JA = {
    "fetched": "取得",
    "present": "既存",
    "failed": "失敗",
    "person": "手作業が必要",
    "skipped": "対象外",
}


def add_source_commands(app: typer.Typer) -> None:
    """Put `sources` and `fetch` into the `kiban` command."""
    app.command(name="sources")(show_sources)
    app.command(name="fetch")(fetch_sources)


def show_sources(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="Folder of sources; default: as in kiban.toml."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Show what a run needs, what is there, and what is lost without the rest.

    Each source that is there is shown with producer, licence, vintage, sha256,
    size and the day it was fetched; where files are one per area, with the areas
    that have none. Without DIR and without `sources` in kiban.toml, nothing is
    there. A file that must not be used ends it with exit 1.

    Example: kiban sources sources/ --json
    """
    folder = folder or read_settings().sources
    if folder is not None and not folder.is_dir():
        raise typer.BadParameter(f"{folder}: no such folder.")
    with screen(is_error=True).status("sha256") as status:
        overview = sources_overview(
            folder, lambda path: status.update(f"sha256 {path.name}")
        )
    if as_json:
        _echo_json(overview)
    else:
        _print_overview(overview)


def fetch_sources(
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder of sources.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Names of `kiban sources`; none: all."),
    ] = None,
    code: Annotated[
        list[str] | None,
        typer.Option(help="Primary mesh (5339) or prefecture (13); may be repeated."),
    ] = None,
    year: Annotated[
        int | None, typer.Option(help="Edition; default: the newest known.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also fetch files that are there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
    max_mb: Annotated[
        int, typer.Option(min=1, help="Largest file taken, in MiB.")
    ] = 4096,
    max_minutes: Annotated[
        float, typer.Option(min=0.0, help="Longest time for one file.")
    ] = 120.0,
    pause_seconds: Annotated[float, typer.Option(min=0.0, hidden=True)] = 1.0,
    first_wait_seconds: Annotated[float, typer.Option(min=0.0, hidden=True)] = 1.0,
) -> None:
    """Download sources; say exactly what to put where when a person is needed.

    An interrupted download is continued by the same command. A file that is
    there is checked, not fetched twice. The e-Stat application id is read from
    the environment variable KIBAN_ESTAT_APP_ID only.

    Exit 0: everything asked for is there; 1: a download failed; 3: nothing
    failed, but files must be put into place by hand; 2: misuse.

    Example: kiban fetch n03 census_mesh --to sources/ --code 13
    """
    try:
        options = FetchOptions(
            today=datetime.now(_JAPAN).date(),
            codes=tuple(code or ()),
            year=year,
            again=again,
            application_id=Secret.of(os.environ.get(APPLICATION_ID)),
            base_url=os.environ.get(BASE_URL, ""),
            limits=Limits(
                max_bytes=max_mb * _MEBIBYTE,
                max_seconds=max_minutes * 60,
                pause_seconds=pause_seconds,
                first_wait_seconds=first_wait_seconds,
            ),
        )
        results = _fetch_shown(names or [], to, options, is_quiet=as_json)
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        _echo_json({"files": [asdict(result) for result in results]})
    found = {result.status for result in results}
    if "failed" in found:
        raise typer.Exit(_FAILED)
    raise typer.Exit(_PERSON if "person" in found else 0)


def _fetch_shown(
    names: Sequence[str], to: Path, options: FetchOptions, *, is_quiet: bool
) -> list[FetchResult]:
    results = []
    for result in fetch(names, to, options, _watched):
        results.append(result)
        if not is_quiet:
            _print_result(result)
    return results


def _print_result(result: FetchResult) -> None:
    told = f"{_STATUS_JA[result.status]} / {result.status}: {result.name}"
    if result.file:
        told += f" {result.file}"
    if result.sha256:
        told += f" ({result.byte_count:,} bytes, sha256 {result.sha256})"
    _say(told)
    if result.message:
        _say(result.message, 4)


@contextmanager
def _watched(name: str) -> Iterator["_FileWatch"]:
    """Follow one file: by a bar on a terminal, by lines elsewhere; on standard error.

    The bar is gone when the result is printed, and never takes over standard output.
    """
    console = screen(is_error=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=False,
    )
    with progress:
        yield _FileWatch(name, progress)


class _FileWatch:
    """Follows one file; every tenth of it a line where no bar is shown."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name = name
        self._progress = progress
        self._task = progress.add_task(name, total=None)
        self._tenth = 0
        if self._is_plain:
            self._tell(f"{name}: fetching")

    @property
    def _is_plain(self) -> bool:
        return not self._progress.console.is_terminal

    def moved(self, done_count: int, total_count: int | None) -> None:
        """Show how far the file is."""
        self._progress.update(self._task, completed=done_count, total=total_count)
        if not self._is_plain or not total_count:
            return
        tenth = 10 * done_count // total_count
        if tenth != self._tenth and total_count > 10 * _MEBIBYTE:
            self._tell(f"{self._name}: {10 * tenth} % of {total_count:,} bytes")
        self._tenth = tenth

    def waits(self, seconds: float, reason: str) -> None:
        """Say why a request is repeated, and when."""
        self._tell(f"{reason}; again in {seconds:.1f} s")

    def _tell(self, text: str) -> None:
        self._progress.console.print(text, markup=False)


_STATE_JA = {
    "present": "あり",
    "partial": "一部",
    "replaced": "代替あり",
    "missing": "なし",
}
_OF_FILES = {
    "題名": "title_ja",
    "作成者": "producer",
    "利用条件": "licence",
    "出典表示": "attribution",
}
_SHOWN_AREAS = 8


def _print_overview(overview: dict[str, Any]) -> None:
    sources = overview["sources"]
    _print_table(sources, overview["folder"])
    for source in sources:
        if source["files"]:
            _print_present(source)
    for source in sources:
        if source["state"] == "missing":
            _print_missing(source, overview["folder"])
    _print_left(overview)


def _print_table(sources: list[dict[str, Any]], folder: str | None) -> None:
    title = f"資料 / sources: {folder or 'フォルダーの指定なし / no folder given'}"
    table = Table(title=title, title_justify="left")
    for head in ("name", "状態", "資料"):
        table.add_column(head, overflow="fold")
    for source in sources:
        table.add_row(source["name"], _state(source), source["title_ja"])
    screen().print(table)
    count = Counter(source["state"] for source in sources)
    told = [f"{text} {count[state]}" for state, text in _STATE_JA.items()]
    _say(f"{len(sources)} 件の資料: {'、'.join(told)}")


def _state(source: dict[str, Any]) -> str:
    told = _STATE_JA[source["state"]]
    if source["state"] == "replaced":
        return f"{', '.join(source['replaced_by'])} で代替"
    if source["state"] == "partial":
        whole = source["area_count"]
        return f"{told} {whole - len(source['missing_areas'])}/{whole} 地域"
    return f"{told} ({len(source['files'])})" if source["files"] else told


def _print_present(source: dict[str, Any]) -> None:
    _say(f"\n{source['name']}: {_state(source)}")
    for file in source["files"]:
        facts = [
            f"時点 {file['vintage'] or '名前に記載なし'}",
            f"{file['byte_count']:,} bytes",
            f"取得日 {file['retrieved_on'] or '記録なし'}",
        ]
        _say(f"{file['path']}: {', '.join(facts)}", 2)
        _say(f"sha256 {file['sha256']}", 4)
    for label, key in _OF_FILES.items():
        for text in dict.fromkeys(file[key] for file in source["files"]):
            _say(f"{label}: {text or '記載なし'}", 2)
    _say(f"使いみち: {source['used_for_ja']}", 2)
    if lacking := source["missing_areas"]:
        shown = ", ".join(lacking[:_SHOWN_AREAS])
        more = ", ..." if len(lacking) > _SHOWN_AREAS else ""
        _say(
            f"ファイルのない地域 {len(lacking)} (公表のない地域も含む): {shown}{more}",
            2,
        )


def _print_missing(source: dict[str, Any], folder: str | None) -> None:
    _say(f"\n{source['name']}: なし")
    _say(f"使いみち: {source['used_for_ja']}", 2)
    _say(f"失われるもの: {source['lost_ja']}", 2)
    _say(f"lost: {source['lost_en']}", 2)
    _say(f"入手: {source['place_ja']}", 2)
    if source["access"] != "person":
        to = shlex.quote(folder or "DIR")
        _say(f"kiban fetch {source['name']} --to {to}", 8)
    elif source["page"]:
        _say(source["page"], 8)


def _print_left(overview: dict[str, Any]) -> None:
    if overview["superseded"]:
        _say("\n使わないファイル (同じ資料の別のものを使う) / not used:")
    for left in overview["superseded"]:
        _say(f"{left['path']}: {left['reason_ja']}; 使うもの: {left['instead']}", 2)
    if overview["unused"]:
        _say("\n台帳にないファイル / no source claims these:")
    for path in overview["unused"]:
        _say(path, 2)
    if overview["attributions"]:
        _say("\n出典 / attribution:")
    for line in overview["attributions"]:
        _say(line, 2)


def _say(text: str, indent: int = 0) -> None:
    """Print a line; on a terminal wrapped within its indent, elsewhere whole."""
    console = screen()
    if console.is_terminal:
        console.print(
            Padding(Text(text, overflow="fold"), (0, 0, 0, indent), expand=False)
        )
    else:
        typer.echo(" " * indent + text)


def _echo_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
