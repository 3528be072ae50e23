"""The verbs `kiban check` and `kiban rules`."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer

from flows.console import screen, tell
from flows.settings import check_options, read_settings
from geodata import filings
from geodata.errors import KibanError
from geodata.filings.catalogue import SUBJECTS, Rule
from geodata.filings.handed_in.file_names import plain_name
from geodata.reference import mesh2_facts
from geodata.store import replacing, write_json, write_text

_JAPAN = ZoneInfo("Asia/Tokyo")


class Language(StrEnum):
    """Language of a receipt."""

    ja = "ja"
    en = "en"


class Severity(StrEnum):
    """How bad a breach of a rule is."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


_Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
_InLanguage = Annotated[Language, typer.Option(help="Language.")]


def add_filing_commands(app: typer.Typer) -> None:
    """Put `check` and `rules` into the `kiban` command."""
    app.command(name="check")(check_filing)
    app.command(name="rules")(show_rules)


def check_filing(
    filing: Annotated[
        Path, typer.Argument(help="A filing (folder or zip), or a folder of filings.")
    ],
    previous: Annotated[
        Path | None,
        typer.Option(help="The last accepted version of the plan, to compare with."),
    ] = None,
    waivers: Annotated[
        Path | None, typer.Option(help="The ministry's file of waivers (TOML).")
    ] = None,
    target_meshes: Annotated[
        Path | None, typer.Option(help="Target-mesh list (one column mesh2).")
    ] = None,
    accept_repairs: Annotated[
        bool,
        typer.Option(
            "--accept-repairs",
            help="Use repaired coverage geometry; see <name>.repairs.gpkg first.",
        ),
    ] = False,
    as_json: _Json = False,
    language: _InLanguage = Language.en,
) -> None:
    """Check a filing offline; exit 0 without errors, 1 with any, 2 on misuse.

    Beside the filing are written <name>.receipt.html (ja and en, open it in a
    browser), <name>.receipt.json and <name>.findings.csv (every finding), and
    <name>.repairs.gpkg where geometry could be repaired. A folder of several filings
    gives one receipt each, and the rules between versions of a plan and across
    carriers run; --json then prints {"receipts": [...]}.

    Example: kiban check filings/docomo --previous accepted/docomo --language ja
    """
    if filing.name in ("", ".."):  # the receipts are named after the folder
        filing = filing.resolve()
    try:
        options = _options(
            waivers=waivers,
            target_meshes=target_meshes,
            accept_repairs=accept_repairs or None,
        )
        places = {
            plain_name(path.name): path for path in filings.find_filings([filing])
        }
        with screen(is_error=True).status("検査中 / checking"):
            reports = filings.check_filings(
                [filing],
                today=datetime.now(_JAPAN).date(),
                options=options,
                previous=previous,
            )
    except KibanError as error:  # nothing was checked: not the status of a bad filing
        tell(f"kiban: {error}", is_error=True)
        raise typer.Exit(2) from error
    receipts = []
    for report in reports:
        receipts.append(filings.receipt(report))
        written = _write_beside(report, receipts[-1], places[report.name])
        if not as_json:
            between = "\n" if len(receipts) > 1 else ""
            tell(between + filings.receipt_text(report, language.value))
            tell("\n".join(str(path) for path in written))
    if as_json:
        _echo_json(receipts[0] if len(receipts) == 1 else {"receipts": receipts})
    raise typer.Exit(1 if any(report.error_count for report in reports) else 0)


def _options(**given: Path | bool | None) -> filings.CheckOptions:
    """What the check depends on: the settings, and what the command line says."""
    settings = read_settings(**given)
    options = check_options(settings)
    if settings.target_meshes is None:
        return options
    return replace(options, target_mesh2=_listed(settings.target_meshes))


def _listed(target_meshes: Path) -> np.ndarray:
    """Cells of the target-mesh list."""
    from geodata.readers.target_meshes import read_target_meshes  # slow to import

    return read_target_meshes(target_meshes, mesh2_facts()).mesh2


def _write_beside(
    report: filings.FilingReport, receipt: dict[str, Any], filing: Path
) -> Sequence[Path]:
    """Write everything a carrier takes home; each file whole or not at all."""
    page, sheet, record, repairs = (
        filing.with_name(f"{filing.name}.{suffix}")
        for suffix in ("receipt.html", "findings.csv", "receipt.json", "repairs.gpkg")
    )
    write_json(record, receipt)
    write_text(page, filings.receipt_page(report))
    with replacing(sheet) as temporary:
        filings.findings_sheet(report, temporary)
    written = [page, sheet, record]
    if report.repairs:
        from geodata.filings.areas.repairs import write_repairs  # slow to import

        with replacing(repairs) as temporary:
            write_repairs(report, temporary)
        written.append(repairs)
    else:
        repairs.unlink(missing_ok=True)  # those of an earlier check would mislead
    return written


def show_rules(
    severity: Annotated[
        Severity | None, typer.Option(help="Only rules of this severity.")
    ] = None,
    as_json: _Json = False,
    language: _InLanguage = Language.en,
) -> None:
    """Show every rule that a filing is held against.

    Example: kiban rules --severity ERROR --language ja
    """
    chosen = [rule for rule in filings.rules() if severity in (None, rule.severity)]
    if as_json:
        _echo_json([rule.record() for rule in chosen])
        return
    titles = [_subject(rule, language) for rule in chosen]
    lines = [f"{len(chosen)} rules / 規則"]
    for at, rule in enumerate(chosen):
        if at == 0 or titles[at] != titles[at - 1]:
            lines += ["", titles[at]]
        lines += _rule_lines(rule, language)
    tell("\n".join(lines))


def _subject(rule: Rule, language: Language) -> str:
    title_en, title_ja = SUBJECTS[rule.subject]
    return title_ja if language is Language.ja else title_en


def _rule_lines(rule: Rule, language: Language) -> list[str]:
    fix = "対処" if language is Language.ja else "fix"
    return [
        f"  {rule.severity:<7} {rule.id} [{rule.table}]",
        f"          {rule.what(language.value)}",
        f"          {fix}: {rule.fix(language.value)}",
    ]


def _echo_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
