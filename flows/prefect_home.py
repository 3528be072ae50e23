"""Prefect's surroundings, set before it is imported: local, quiet, no telemetry."""

import os
from pathlib import Path


def prepare_prefect(workspace: Path, startup_timeout_seconds: int) -> None:
    """Give Prefect a home in the workspace and no telemetry; keep what is set.

    `workspace` must exist: Prefect makes no more than its own folder in it. A machine
    with a Prefect server keeps its ``PREFECT_API_URL``; otherwise the run starts a
    server of its own on the loopback interface and stops it at the end.
    """
    defaults = {
        "PREFECT_HOME": str(workspace.resolve() / ".prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(
            startup_timeout_seconds
        ),
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_CLI_COLORS": "false",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
