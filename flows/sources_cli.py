"""The verbs `kiban sources` and `kiban fetch`."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from flows.console import screen
from flows.settings import read_settings
from geodata.catalog.fetching import FetchOptions, FetchResult, fetch
from geodata.catalog.overview import sources_overview
from geodata.catalog.politeness import Limits, Secret
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
}


def add_source_commands(app: typer.Typer) -> None:
    """Put `sources` and `fetch` into the `kiban` command."""
    app.command(name="sources")(show_sources)
    app.command(name="fetch")(fetch_sources)


def show_sources(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder of sources; default: kiban.toml."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Show what a run needs, what is there, and what is lost without the rest.

    Each source that is there is shown with producer, licence, vintage, sha256, size and
    the day it was fetched. Without DIR and without `sources` in kiban.toml, everything
    is missing.

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

    An interrupted download is continued by the same command. A file that is there is
    not fetched twice. The e-Stat application id is read from KIBAN_ESTAT_APP_ID only.
    Exit 0: everything is there; 1: a download failed; 3: nothing failed, but files must
    be put into place by hand; 2: misuse.

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
    with _FetchWatch() as watch:
        for result in fetch(names, to, options, watch.file):
            results.append(result)
            if not is_quiet:
                _print_result(result)
    return results


def _print_result(result: FetchResult) -> None:
    told = f"{_STATUS_JA[result.status]} / {result.status}: {result.name} {result.file}"
    if result.sha256:
        told += f" ({result.byte_count:,} bytes, sha256 {result.sha256})"
    if result.message:
        told += f"\n    {result.message}"
    typer.echo(told)


class _FetchWatch:
    """A progress bar on a terminal, plain lines elsewhere; both on standard error."""

    def __init__(self) -> None:
        self._console = screen(is_error=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> "_FetchWatch":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def file(self, name: str) -> Iterator["_FileWatch"]:
        """Follow the download of one file."""
        task = self._progress.add_task(name, total=None)
        if not self._console.is_terminal:
            self.say(f"{name}: fetching")
        try:
            yield _FileWatch(self, name, self._progress, task)
        finally:
            self._progress.remove_task(task)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False)

    @property
    def is_plain(self) -> bool:
        """No bar is shown."""
        return not self._console.is_terminal


class _FileWatch:
    """Follows one file; every tenth of it a line where no bar is shown."""

    def __init__(
        self, watch: _FetchWatch, name: str, progress: Progress, task: TaskID
    ) -> None:
        self._watch = watch
        self._name = name
        self._progress = progress
        self._task = task
        self._tenth = 0

    def moved(self, done_count: int, total_count: int | None) -> None:
        """Show how far the file is."""
        self._progress.update(self._task, completed=done_count, total=total_count)
        if not self._watch.is_plain or not total_count:
            return
        tenth = 10 * done_count // total_count
        if tenth != self._tenth and total_count > 10 * _MEBIBYTE:
            self._watch.say(f"{self._name}: {10 * tenth} % of {total_count:,} bytes")
        self._tenth = tenth

    def waits(self, seconds: float, reason: str) -> None:
        """Say why a request is repeated, and when."""
        self._watch.say(f"{reason}; again in {seconds:.1f} s")


def _print_overview(overview: dict[str, Any]) -> None:
    sources = overview["sources"]
    present = [source for source in sources if source["is_present"]]
    missing = [source for source in sources if not source["is_present"]]
    title = f"資料 / sources: {overview['folder'] or '-'}"
    table = Table("name", "資料", "状態", "使いみち", title=title, title_justify="left")
    for source in sources:
        count = len(source["files"])
        state = f"あり ({count})" if count else "なし"
        table.add_row(source["name"], source["title_ja"], state, source["used_for_ja"])
    screen().print(table)
    _print_present(present)
    _print_missing(missing, overview["folder"])
    _print_left(overview)


def _print_present(sources: list[dict[str, Any]]) -> None:
    for source in sources:
        typer.echo(f"\n{source['name']}: あり")
        for file in source["files"]:
            facts = [
                f"版 {file['vintage'] or '不明'}",
                f"{file['byte_count']:,} bytes",
                f"取得日 {file['retrieved_on'] or '不明'}",
                f"sha256 {file['sha256']}",
            ]
            typer.echo(f"  {file['path']}: {', '.join(facts)}")
        for label, key in _OF_FILES.items():
            for text in dict.fromkeys(file[key] for file in source["files"]):
                typer.echo(f"  {label}: {text or '記載なし'}")


_OF_FILES = {
    "題名": "title_ja",
    "作成者": "producer",
    "利用条件": "licence",
    "出典表示": "attribution",
}


def _print_missing(sources: list[dict[str, Any]], folder: str | None) -> None:
    for source in sources:
        typer.echo(f"\n{source['name']}: なし")
        typer.echo(f"  失われるもの: {source['lost_ja']}")
        typer.echo(f"  lost: {source['lost_en']}")
        typer.echo(f"  入手: {source['place_ja']}")
        if source["access"] != "person":
            typer.echo(f"        kiban fetch {source['name']} --to {folder or 'DIR'}")
        elif source["page"]:
            typer.echo(f"        {source['page']}")


def _print_left(overview: dict[str, Any]) -> None:
    if overview["superseded"]:
        typer.echo("\n使わないファイル (同じ資料の別の形) / not used:")
    for left in overview["superseded"]:
        typer.echo(f"  {left['path']}: {left['reason_ja']}; {left['instead']} を使う")
    if overview["unused"]:
        typer.echo("\n台帳にないファイル / no source claims these:")
    for path in overview["unused"]:
        typer.echo(f"  {path}")
    if overview["attributions"]:
        typer.echo("\n出典 / attribution:")
    for line in overview["attributions"]:
        typer.echo(f"  {line}")


def _echo_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
