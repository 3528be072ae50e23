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

from flows.console import screen, show
from flows.settings import check_options, read_settings
from geodata import filings
from geodata.errors import FilingError
from geodata.filings.handed_in.file_names import plain_name
from geodata.publish.text_table import TextTable
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
    settings = read_settings(waivers=waivers, target_meshes=target_meshes)
    options = check_options(settings, accept_repairs=accept_repairs)
    if settings.target_meshes is not None:
        options = replace(options, target_mesh2=_listed(settings.target_meshes))
    try:
        found = filings.find_filings([filing])
        places = {plain_name(path.name): path for path in found}
        with screen(is_error=True).status("検査中 / checking"):
            reports = filings.check_filings(
                [filing],
                today=datetime.now(_JAPAN).date(),
                options=options,
                previous=previous,
            )
    except FilingError as error:
        raise typer.BadParameter(str(error)) from error
    receipts = []
    for report in reports:
        receipts.append(filings.receipt(report))
        written = _write_beside(report, receipts[-1], places[report.name])
        if not as_json:
            screen().print(filings.receipt_text(report, language.value), markup=False)
            for path in written:
                screen().print(f"{path}", markup=False)
    if as_json:
        _echo_json(receipts[0] if len(receipts) == 1 else {"receipts": receipts})
    raise typer.Exit(1 if any(report.error_count for report in reports) else 0)


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
    heads = {
        Language.en: ("rule", "severity", "table", "what is checked", "how to mend it"),
        Language.ja: ("規則", "重大度", "表", "検査内容", "直し方"),
    }[language]
    rows = [
        (
            rule.id,
            rule.severity,
            rule.table,
            rule.what(language.value),
            rule.fix(language.value),
        )
        for rule in chosen
    ]
    show(TextTable(f"{len(rows)} rules / 規則", heads, rows))


def _echo_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
