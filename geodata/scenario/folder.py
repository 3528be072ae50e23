"""A folder that appears complete or not at all."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.errors import WorkspaceError


@contextmanager
def new_folder(out: Path, marker: str, names: Collection[str]) -> Iterator[Path]:
    """Give a temporary folder beside `out` that becomes `out` on success.

    Parameters
    ----------
    out : Path
        Folder to make: absent, empty, or an earlier one, which is replaced.
    marker : str
        File by which an earlier folder is known.
    names : collection of str
        Entries an earlier folder may hold, so that nothing of a user's is lost.

    Raises
    ------
    WorkspaceError
        `out` is a file, or a folder with other contents; it stays untouched.
    """
    place = out.resolve()
    _refuse_foreign(place, marker, names)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=place.parent, prefix=f".{place.name}."
    ) as temporary:
        made = Path(temporary, "new")
        made.mkdir()
        yield made
        if place.exists():
            place.rename(Path(temporary, "old"))
        made.rename(place)


def _refuse_foreign(out: Path, marker: str, names: Collection[str]) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise WorkspaceError(f"{out}: is a file; name a new folder for the scenario.")
    found = {entry.name for entry in out.iterdir()}
    foreign = sorted(found - {marker, *names})
    if not found or (marker in found and not foreign):
        return
    fault = f"holds '{foreign[0]}'" if foreign else f"holds no {marker}"
    raise WorkspaceError(
        f"{out}: {fault}, so it is not an earlier scenario; nothing was changed. "
        "Name a new or empty folder."
    )
