"""Errors a user can act on: each says what was found, what was wanted, what to do."""


class KibanError(Exception):
    """Base of every error that is shown to the user without a traceback."""


class CoordinateError(KibanError, ValueError):
    """A longitude or latitude is NaN, infinite or outside the grid's domain."""


class MeshCodeError(KibanError, ValueError):
    """A mesh code is impossible at its level, or outside the 176 primary meshes."""


class TableError(KibanError, ValueError):
    """A table misses a column, repeats a key, or holds a value of the wrong type."""


class ReferenceTableError(KibanError):
    """A reference table shipped with the project is absent or damaged."""


class FilingError(KibanError):
    """A filing cannot be used at all (its rows are never seen)."""


class WorkspaceError(KibanError):
    """The workspace or the release folder cannot be used as asked."""


class SourceError(KibanError, ValueError):
    """An input file other than a filing (target list, population) is unusable."""


class SettingsError(KibanError, ValueError):
    """A setting is unknown, or its value does not fit."""
