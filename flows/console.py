"""What a person sees while a command runs: tables, timing lines, progress bars."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from geodata.publish.text_table import TextTable

_PLAIN_WIDTH = 200  # lines in a log or a pipe are not wrapped
_STAGE_COUNT = 6


def screen(*, is_error: bool = False) -> Console:
    """Console on standard output or standard error, unwrapped where no terminal is."""
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else _PLAIN_WIDTH
    return Console(stderr=is_error, width=width, highlight=False, soft_wrap=False)


def tell(text: str, *, is_error: bool = False) -> None:
    """Print text as it is: no markup, and no line broken, so that paths stay whole."""
    screen(is_error=is_error).print(text, markup=False, emoji=False, soft_wrap=True)


def show(table: TextTable) -> None:
    """Print a table of text."""
    drawn = Table(*table.heads, title=table.title, title_justify="left")
    for place in range(1, len(table.heads)):
        drawn.columns[place].justify = "right"
    for row in table.rows:
        drawn.add_row(*row)
    screen().print(drawn)


class StageWatch:
    """Prints the seconds of each stage, under a progress bar on a terminal."""

    def __init__(self) -> None:
        self._console = screen(is_error=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("Prefect", total=_STAGE_COUNT)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show the bar for the length of a run."""
        with self._progress:
            yield

    @contextmanager
    def __call__(self, title: str) -> Iterator[None]:
        """Time one stage."""
        self._progress.update(self._bar, description=title)
        start = time.perf_counter()
        yield
        self._console.print(f"{title}: {time.perf_counter() - start:.1f} s")
        self._progress.advance(self._bar)
