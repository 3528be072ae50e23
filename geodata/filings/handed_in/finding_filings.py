"""Find filings among the paths a user names."""

from collections.abc import Sequence
from pathlib import Path

from geodata.errors import FilingError
from geodata.filings.handed_in.file_names import KNOWN_FILES, is_hidden

_ARCHIVES = {".zip", ".7z", ".rar", ".lzh", ".tar", ".gz", ".tgz"}


def find_filings(paths: Sequence[Path]) -> list[Path]:
    """Give every filing that `paths` name, directly or as children.

    Parameters
    ----------
    paths : sequence of Path
        Each one filing (a folder with ``plan.toml`` or a table, or a zip), or a
        folder whose children are filings. Hidden files and receipts are ignored.

    Returns
    -------
    list of Path
        Sorted by path, without repetition.

    Raises
    ------
    FilingError
        A path does not exist, is neither folder nor zip, or holds no filing.
    """
    found = {filing for path in paths for filing in _filings_at(path)}
    return sorted(found)


def _filings_at(path: Path) -> list[Path]:
    if not path.exists():
        raise FilingError(f"There is nothing at '{path}'; check the path.")
    if not path.is_dir():
        if path.suffix.lower() != ".zip":
            raise FilingError(
                f"'{path}' is neither a folder nor a zip; name the folder or zip "
                "that holds plan.toml."
            )
        return [path]
    if _is_filing(path):
        return [path]
    children = [c for c in path.iterdir() if not is_hidden(c.name) and _is_child(c)]
    if not children:
        raise FilingError(
            f"There is no filing in '{path}'; it should hold plan.toml and tables, "
            "or folders and zips that do."
        )
    return children


def _is_filing(folder: Path) -> bool:
    return any((folder / name).is_file() for name in KNOWN_FILES)


def _is_child(path: Path) -> bool:
    """A folder or an archive: its receipt says what is wrong with it, if anything."""
    return path.is_dir() or path.suffix.lower() in _ARCHIVES
