"""What a reader gives: good rows, every bad row with its rule, and what it noticed."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
from pandera.errors import SchemaErrors

from geodata.errors import TableError
from geodata.schemas import TABLES

_SHOWN_VALUE = 200  # characters of a bad value that are kept
REJECTED = "raw.rejected_source_row"


@dataclass(frozen=True)
class SourceRead:
    """One official source, read.

    Attributes
    ----------
    name : str
        Name in the register of sources, such as ``n03``.
    tables : dict
        ``raw`` tables by full name.
    rejected : DataFrame
        Rows of ``raw.rejected_source_row``: one per fault.
    read_count, accepted_count : int
        Data rows in the files, and those that went into the tables (before any
        dissolving or summing). The rest was rejected: the three add up.
    vintage : str
        Year or date that the content speaks of, as found in the content.
    edition : str
        Edition of the format, such as ``with N03_005``.
    datum : str
        Datum of the coordinates or mesh codes, as declared or found; empty for lists
        by municipality or town, which have neither.
    notes : tuple of str
        Sentences for whoever reads the release.
    """

    name: str
    tables: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    read_count: int
    accepted_count: int
    vintage: str = ""
    edition: str = ""
    datum: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a reading that lost rows.

        Raises
        ------
        TableError
            Rows read are not rows accepted plus rows rejected.
        """
        if self.read_count != self.accepted_count + self.rejected_count:
            raise TableError(
                f"{self.name}: {self.read_count} rows read, but "
                f"{self.accepted_count} accepted and {self.rejected_count} rejected."
            )

    @property
    def rejected_count(self) -> int:
        """Rows with at least one ERROR."""
        errors = self.rejected[self.rejected["severity"] == "ERROR"]
        return len(errors[["file", "layer", "row"]].drop_duplicates())


@dataclass
class Rejections:
    """Collects the faults of one source, as rows of ``raw.rejected_source_row``."""

    source: str
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        rule_id: str,
        *,
        file: Any,  # noqa: ANN401 - a text, or an array of texts
        rows: Any,  # noqa: ANN401 - any array of row numbers
        column: Any,  # noqa: ANN401 - a text, or an array of texts
        values: Any,  # noqa: ANN401 - any array of values
        wanted: str,
        layer: Any = "",  # noqa: ANN401 - a text, or an array of texts
    ) -> None:
        """Note one fault per row; nothing where there is no row.

        Parameters
        ----------
        rule_id : str
            Rule in ``readers/rules.toml``.
        file, layer, column : str, or array of str
            Where, for all rows or for each. `layer` is empty for text files.
        rows : array of int
            1-based line of a text file, or 1-based feature of a layer.
        values : array
            What stood there.
        wanted : str
            What the rule wants there, in English; shown in the message.
        """
        rule = rules()[rule_id]
        numbers = np.atleast_1d(rows).astype("int64")
        if not len(numbers):
            return
        texts = [str(value)[:_SHOWN_VALUE] for value in np.atleast_1d(values)]
        self._parts.append(
            pd.DataFrame(
                {
                    "source": self.source,
                    "file": _aligned(file),
                    "layer": _aligned(layer),
                    "row": numbers,
                    "column": _aligned(column),
                    "value": texts,
                    "rule_id": rule_id,
                    "severity": rule["severity"],
                    "message_ja": rule["message_ja"],
                    "message_en": f"{rule['message_en']} Wanted: {wanted}.",
                }
            )
        )

    def table(self) -> pd.DataFrame:
        """All faults in the order they were noted."""
        columns = TABLES[REJECTED].column_names
        if not self._parts:
            return pd.DataFrame({name: [] for name in columns}).astype({"row": "int64"})
        return pd.concat(self._parts, ignore_index=True)[columns]


def _aligned(place: Any) -> Any:  # noqa: ANN401 - a text, or an array of texts
    """A text as it is; texts by position, whatever index they have."""
    return place if isinstance(place, str) else np.asarray(place, dtype=object)


def unused_columns(place: str, names: Iterable[str]) -> tuple[str, ...]:
    """Sentence for the release about columns that a file has and nobody reads.

    Parameters
    ----------
    place : str
        File, and layer or sheet where there is one.
    names : iterable of str
        The columns; those without a name are left out.

    Returns
    -------
    tuple of str
        The sentence; empty where there is no such column.
    """
    shown = ", ".join(name for name in names if name)
    return (f"{place}: further column(s) {shown} not used.",) if shown else ()


@cache
def rules() -> dict[str, dict[str, str]]:
    """Rules that rows of official sources are held against, by id."""
    text = resources.files("geodata.readers").joinpath("rules.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


def rule(rule_id: str, wanted: str, test: Callable[[Any], Any]) -> pandera.Check:
    """Check of a column (or of a whole frame) under a rule of ``rules.toml``.

    Parameters
    ----------
    rule_id : str
        The rule; nulls are left to ``nullable``.
    wanted : str
        What the rule wants, in English.
    test : callable
        Series (or frame) to a Series of bool, True where it holds.
    """
    return pandera.Check(test, name=rule_id, error=f"{rule_id}: {wanted}")


def good_rows(
    frame: pd.DataFrame,
    schema: pandera.DataFrameSchema,
    rejections: Rejections,
    *,
    file: str,
    row_numbers: np.ndarray,
    layer: str = "",
    shown: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Rows of `frame` that pass `schema`; each fault of the others is noted.

    Parameters
    ----------
    frame : DataFrame
        Rows with the schema's columns. Not modified; its index is ignored.
    schema : pandera.DataFrameSchema
        Its checks are made by :func:`rule`. A null where none is allowed is the rule
        ``missing_value``. Of rows with an equal ``unique`` key the first is kept, the
        others are ``repeated_key``.
    rejections : Rejections
        Where faults go.
    file, layer : str
        Where the rows come from.
    row_numbers : int array, length of `frame`
        1-based line or feature number of each row.
    shown : mapping, optional
        Column of `frame` to its name in the file, where they differ.

    Returns
    -------
    DataFrame
        The good rows with a fresh index.
    """
    frame = frame.reset_index(drop=True)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        faults = _faults(errors.failure_cases, schema, frame, file)
        for fault in faults:
            rejections.add(
                fault.rule_id,
                file=file,
                layer=layer,
                rows=np.asarray(row_numbers)[fault.at],
                column=(shown or {}).get(fault.column, fault.column),
                values=frame[fault.column].to_numpy()[fault.at],
                wanted=fault.wanted,
            )
        bad = np.unique(np.concatenate([fault.at for fault in faults]))
        return frame.drop(index=bad).reset_index(drop=True)
    return frame


@dataclass(frozen=True)
class _Fault:
    """One rule that some rows of one column break."""

    rule_id: str
    column: str
    wanted: str
    at: np.ndarray


def _faults(
    cases: pd.DataFrame, schema: pandera.DataFrameSchema, frame: pd.DataFrame, file: str
) -> list[_Fault]:
    without_row = cases[cases["index"].isna()]
    if len(without_row):  # absent column, wrong type: the reader's mistake, no row's
        first = without_row.iloc[0]
        raise TableError(
            f"{file}: column {first['column']} fails {first['check']} "
            f"({first['failure_case']})."
        )
    faults = []
    of_rows = cases.drop_duplicates(["index", "column", "check"])
    for (column, check), group in of_rows.groupby(["column", "check"], sort=False):
        if str(check).startswith("multiple_fields_uniqueness"):
            continue
        rule_id, _, wanted = str(check).partition(": ")
        if rule_id == "not_nullable":
            rule_id, wanted = "missing_value", "a value"
        at = group["index"].to_numpy("int64")
        faults.append(_Fault(rule_id, str(column), wanted, at))
    return faults + _repeats(schema, frame)


def _repeats(schema: pandera.DataFrameSchema, frame: pd.DataFrame) -> list[_Fault]:
    """Rows with the key of an earlier row."""
    key = list(schema.unique or [])
    if not key:
        return []
    at = np.flatnonzero(frame.duplicated(key))
    wanted = f"each {' + '.join(key)} once"
    return [_Fault("repeated_key", key[-1], wanted, at)] if len(at) else []
