"""Where a stage says that it runs: timing lines and progress bars listen here."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar

Watch = Callable[[str], AbstractContextManager[object]]
"""Called with a stage's title; the context lasts as long as the stage."""

_current: ContextVar[Watch] = ContextVar("stage_watch", default=nullcontext)


def watching(title: str) -> AbstractContextManager[object]:
    """Context to do a stage's work in, as the present listener wants it."""
    return _current.get()(title)


def listen(watch: Watch) -> None:
    """Let `watch` be told of every stage from now on."""
    _current.set(watch)
