"""`prefect.yaml` loads, and its schedule is half-yearly in Japan."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

pytestmark = pytest.mark.integration

JAPAN = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def deployment(root):
    content = yaml.safe_load((root / "prefect.yaml").read_text("utf-8"))
    (only,) = content["deployments"]
    return only


def test_the_entrypoint_is_the_nationwide_flow(deployment, root, monkeypatch):
    from prefect.flows import load_flow_from_entrypoint

    monkeypatch.chdir(root)
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    assert flow.name == "nationwide"


def test_its_parameters_fit_the_flow(deployment):
    from flows.nationwide import nationwide

    validated = nationwide.validate_parameters(deployment["parameters"])
    assert set(deployment["parameters"]) <= set(validated)
    assert validated["filings"] == [Path("filings")]


async def next_days(schedule, count):
    start = datetime(2026, 4, 1, tzinfo=JAPAN)
    return await schedule.get_dates(count, start=start)


def test_it_runs_twice_a_year_in_the_morning_of_japan(deployment):
    import asyncio

    from prefect.client.schemas.schedules import CronSchedule
    from prefect.server.schemas.schedules import CronSchedule as ServerSchedule

    (given,) = deployment["schedules"]
    fields = {key: given[key] for key in ("cron", "timezone")}
    CronSchedule(**fields)
    days = asyncio.run(next_days(ServerSchedule(**fields), 3))
    local = [day.astimezone(JAPAN) for day in days]
    assert [(day.year, day.month, day.day, day.hour) for day in local] == [
        (2026, 5, 1, 6),
        (2026, 11, 1, 6),
        (2027, 5, 1, 6),
    ]
