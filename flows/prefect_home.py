"""Prefect's surroundings, set before it is imported: local, quiet, no telemetry."""

import os
from pathlib import Path

import psutil

_SERVER = "prefect.server.api.server:create_app"


def prefect_home(workspace: Path) -> str:
    """Folder of Prefect's own files in a workspace."""
    return str(workspace.resolve() / ".prefect")


def prepare_prefect(workspace: Path, startup_timeout_seconds: int) -> None:
    """Give Prefect a home in the workspace and no telemetry; keep what is set.

    `workspace` must exist: Prefect makes no more than its own folder in it. A machine
    with a Prefect server keeps its ``PREFECT_API_URL``; otherwise the run starts a
    server of its own on the loopback interface and stops it at the end.
    """
    defaults = {
        "PREFECT_HOME": prefect_home(workspace),
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


def end_orphaned_server(workspace: Path) -> None:
    """End the server that a killed run left behind; hold the workspace's lock.

    A killed run cannot stop the server it started. While the lock is held nobody
    else runs in the workspace, so a server with its home there is an orphan.
    """
    home = prefect_home(workspace)
    for process in psutil.process_iter(["cmdline"]):
        if _SERVER not in (process.info["cmdline"] or []):
            continue
        try:
            if process.environ().get("PREFECT_HOME") == home:
                process.terminate()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # gone already, or another user's
