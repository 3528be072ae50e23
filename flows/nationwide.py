"""The scheduled flow: six stages in order, from filings to a release."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows import stages
from flows.built_in import with_built_in_scenario
from flows.settings import Settings, check_options, read_settings
from flows.watch import watching
from geodata.publish import summary
from geodata.store import Workspace, open_release

JAPAN = ZoneInfo("Asia/Tokyo")


@flow(name="nationwide", flow_run_name="nationwide as of {as_of}")
def nationwide(
    filings: list[Path] | None = None,
    target_meshes: Path | None = None,
    sources: Path | None = None,
    as_of: date | None = None,
    workspace: Path | None = None,
    out: Path | None = None,
) -> Path:
    """Compute the nationwide 5G base-deployment rate and publish a release.

    Parameters
    ----------
    filings, target_meshes, sources, as_of, workspace, out
        As in :class:`flows.settings.Settings`; None takes the setting.

    Returns
    -------
    Path
        The release folder.
    """
    settings = read_settings(
        filings=tuple(filings) if filings else None,
        target_meshes=target_meshes,
        sources=sources,
        as_of=as_of,
        workspace=workspace,
        out=out,
    )
    place = Workspace.at(settings.workspace, settings.out)
    with place.locked():
        release = _run_stages(with_built_in_scenario(settings), place)
    _publish_artifacts(release)
    return release


def _run_stages(settings: Settings, place: Workspace) -> Path:
    today = datetime.now(JAPAN).date()
    inputs = (settings.filings, settings.target_meshes, settings.sources)
    with watching("1 ingest 取込"):
        ingested = _stage(stages.run_ingest, settings)(
            place, *inputs, today, check_options(settings)
        )
    as_of = settings.as_of or date.fromisoformat(ingested["notes"]["as_of"])
    _name_run(as_of)
    with watching("2 mesh メッシュ"):
        meshed = _stage(stages.run_mesh, settings)(place, ingested)
    with watching("3 coverage 整備状況"):
        covered = _stage(stages.run_coverage, settings)(
            place,
            ingested,
            meshed,
            as_of,
            model_areas=settings.model_areas,
            workers=settings.workers,
        )
    with watching("4 rates 展開率"):
        rated = _stage(stages.run_rates, settings)(
            place, meshed, covered, as_of, settings.coverage
        )
    with watching("5 flags 未整備"):
        flagged = _stage(stages.run_flags, settings)(place, meshed, rated)
    with watching("6 publish 公表"):
        return _stage(stages.run_publish, settings)(
            place, meshed, flagged, as_of, settings.out, settings.coverage
        )


def _stage(function: Callable[..., Any], settings: Settings) -> Callable[..., Any]:
    """Make a Prefect task of a stage; only operating-system errors are retried."""
    as_task = task(
        retries=settings.stage_retries,
        retry_delay_seconds=settings.retry_delay_seconds,
        retry_condition_fn=_is_system_error,
        persist_result=False,
    )
    return as_task(function)


def _is_system_error(_task: object, _run: object, state: Any) -> bool:  # noqa: ANN401
    """Whether a disk or a share failed: worth a retry, unlike a wrong input."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) or isinstance(error.__cause__, OSError)


def _name_run(as_of: date) -> None:
    """Put the as-of date in the run's name, now that the filings told it."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=f"nationwide as of {as_of}")


def _publish_artifacts(folder: Path) -> None:
    release = open_release(folder)
    national, goals = summary.national_table(release), summary.goal_table(release)
    text = "\n\n".join(summary.headline(release)) + "\n\n" + national.markdown()
    create_markdown_artifact(
        key="nationwide-result",
        markdown=text,
        description=f"5G基盤展開率 {release.name}",
    )
    create_table_artifact(
        key="nationwide-goals",
        table=[dict(zip(goals.plain_heads, row, strict=True)) for row in goals.rows],
        description=f"目標の達成状況 {release.name}",
    )
