"""The list of sources that a release carries: inputs and shipped tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geodata import reference


def source_table(inputs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Every source of a release, as ``out.source``.

    Parameters
    ----------
    inputs : sequence of mapping
        Records of the files read (see :meth:`geodata.catalog.Source.record`).

    Returns
    -------
    DataFrame
        Inputs, then the tables shipped with the project.
    """
    read = [
        {
            "kind": "input",
            "name": record["name"],
            "file": record["file"],
            "title_ja": record["title_ja"],
            "producer": record["producer"],
            "vintage": record["vintage"],
            "licence": record["licence"],
            "attribution": record["attribution"],
            "retrieved_on": record["retrieved_on"] or None,
            "sha256": record["sha256"],
            "byte_count": record["byte_count"],
            "is_synthetic": record["is_synthetic"],
        }
        for record in inputs
    ]
    shipped = [
        {
            "kind": "reference",
            "name": source.table,
            "file": source.file,
            "title_ja": source.title_ja,
            "producer": source.producer,
            "vintage": source.vintage,
            "licence": source.licence,
            "attribution": source.credit,
            "is_synthetic": False,
        }
        for source in reference.sources()
    ]
    table = pd.DataFrame([*read, *shipped], columns=_COLUMNS)
    table["retrieved_on"] = pd.to_datetime(table["retrieved_on"])
    return table.astype({"byte_count": "Int64"})


_COLUMNS = [
    "kind",
    "name",
    "file",
    "title_ja",
    "producer",
    "vintage",
    "licence",
    "attribution",
    "retrieved_on",
    "sha256",
    "byte_count",
    "is_synthetic",
]
