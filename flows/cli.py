"""The `kiban` command."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.console import StageWatch, screen, show, tell
from flows.filings_cli import add_filing_commands
from flows.prefect_home import end_orphaned_server, prepare_prefect
from flows.settings import read_settings
from flows.sources_cli import add_source_commands
from flows.watch import listen
from geodata.errors import KibanError
from geodata.publish import summary
from geodata.publish.coverage_summary import coverage_goal_table, coverage_table
from geodata.publish.text_table import TextTable
from geodata.scenario import write_scenario
from geodata.store import Release, Workspace, open_release

app = typer.Typer(
    help="5G基盤展開率: from carriers' establishment plans to a release.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
add_source_commands(app)
add_filing_commands(app)

_JSON_HELP = "Print JSON only."
_NATIONAL_TABLES: tuple[Callable[[Release], TextTable | None], ...] = (
    coverage_table,
    summary.goal_table,
    coverage_goal_table,
    summary.block_table,
    summary.start_table,
)


class By(StrEnum):
    """Kinds of scope a summary can be narrowed to."""

    nation = "nation"
    bureau = "bureau"
    prefecture = "prefecture"
    carrier = "carrier"


@app.command()
def run(
    filings: Annotated[
        list[Path] | None,
        typer.Option(help="A filing, or a folder of filings; may be repeated."),
    ] = None,
    target_meshes: Annotated[
        Path | None, typer.Option(help="Target-mesh list (one column mesh2).")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(help="Folder of source files.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Default: latest of the filings."),
    ] = None,
    workspace: Annotated[Path | None, typer.Option(help="Tables of the run.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of releases.")] = None,
) -> None:
    """Run the nationwide flow and publish a release.

    Without --filings the built-in synthetic scenario is used.

    Example: kiban run --filings filings/ --target-meshes targets.csv --as-of 2021-03-31
    """
    settings = read_settings(workspace=workspace, out=out)
    place = Workspace.at(settings.workspace, settings.out)
    with place.locked():  # a second run is told so before it waits for Prefect
        end_orphaned_server(place.root)
    prepare_prefect(place.root, settings.prefect_startup_timeout_seconds)
    watch = StageWatch()
    listen(watch)
    with watch.running():
        from flows.nationwide import nationwide  # Prefect takes seconds to import

        folder = nationwide(
            filings=filings,
            target_meshes=target_meshes,
            sources=sources,
            as_of=as_of.date() if as_of else None,
            workspace=workspace,
            out=out,
        )
    _show_release(open_release(folder), None)
    tell(f"公表 / release: {folder}")


@app.command(name="summary")
def show_summary(
    release: Annotated[
        Path, typer.Argument(help="A release, or a folder of releases (the newest).")
    ] = Path("releases"),
    by: Annotated[By | None, typer.Option(help="Narrow to one kind of scope.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_JSON_HELP)] = False,
) -> None:
    """Show the numbers of a release.

    Example: kiban summary --by bureau
    """
    opened = open_release(release)
    if as_json:
        _echo_json(summary.summary_records(opened, by.value if by else None))
    else:
        _show_release(opened, by)


@app.command()
def scenario(
    out: Annotated[Path, typer.Argument(help="Folder to write; new or a scenario.")],
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 20190410,
    scale: Annotated[float, typer.Option(help="Multiplies the station rows.")] = 1.0,
    areas: Annotated[
        bool, typer.Option(help="Write coverage areas beside the stations.")
    ] = True,
) -> None:
    """Write the synthetic filing set on real geography.

    Example: kiban scenario scenario --scale 0.1
    """
    console = screen(is_error=True)
    write_scenario(out, seed=seed, scale=scale, areas=areas, report=console.print)
    tell(f"合成データ / synthetic scenario: {out}")


def _show_release(release: Release, by: By | None) -> None:
    for line in summary.headline(release):
        tell(line)
    show(summary.scope_table(release, by.value if by else "nation"))
    if by is None or by is By.nation:
        for of_release in _NATIONAL_TABLES:
            table = of_release(release)
            if table is not None:
                show(table)


def _echo_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def main() -> None:
    """Run the command; say what is wrong in one line, without a traceback."""
    try:
        app()
    except (KibanError, OSError) as error:
        tell(f"kiban: {error}", is_error=True)
        sys.exit(1)
