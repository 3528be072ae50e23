"""The same work by one thread or several; NumPy and shapely let them run abreast."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from geodata.mesh.overlay.layer import Mapper


@contextmanager
def mapper(workers: int) -> Iterator[Mapper]:
    """Give `map`, or the like of it by that many threads; results come in order."""
    if workers < 1:
        raise ValueError(f"workers must be 1 or more, not {workers}.")
    if workers == 1:
        yield map
        return
    with ThreadPoolExecutor(workers) as pool:
        yield pool.map
