"""`fetch` in processes of their own that start within milliseconds, to be killed.

A server process that has loaded everything forks each of them; a command of the shell
would load it anew each time.
"""

import multiprocessing
from contextlib import nullcontext
from datetime import date

from geodata.catalog import registered_sources
from geodata.catalog.fetching import FetchOptions, fetch
from geodata.catalog.planning import plan
from geodata.catalog.session import Limits

TODAY = date(2026, 11, 24)
QUICK = Limits(
    attempts=4,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.5,
    pause_seconds=0.0,
    timeout_seconds=5.0,
)

plan(registered_sources()["a17"])  # what this reads, the processes inherit


class Watch:
    """Remembers what a download tells."""

    def __init__(self):
        self.moves = []
        self.waited = []

    def __call__(self, _name):
        return nullcontext(self)

    def moved(self, done_count, total_count):
        self.moves.append((done_count, total_count))

    def waits(self, seconds, reason):
        self.waited.append((seconds, reason))


def fetch_a17_of_tokyo(base_url, folder):
    """Ends with 0 where the file is there, else with 1."""
    options = FetchOptions(today=TODAY, codes=("13",), base_url=base_url, limits=QUICK)
    (result,) = fetch(("a17",), folder, options, Watch())
    raise SystemExit(result.status not in ("fetched", "present"))


def process_starter():
    """Give a function that starts `fetch_a17_of_tokyo` in a new process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])

    def start(base_url, folder):
        process = context.Process(target=fetch_a17_of_tokyo, args=(base_url, folder))
        process.start()
        return process

    return start
