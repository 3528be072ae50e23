"""Table cells as JSON values."""

import math
from typing import Any

import pandas as pd


def plain_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON-ready dicts: ISO days, plain numbers, null for what is missing."""
    return [
        {key: plain_value(value) for key, value in row.items()}
        for row in table.to_dict("records")
    ]


def plain_value(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """JSON value of one cell."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.item() if hasattr(value, "item") else value
