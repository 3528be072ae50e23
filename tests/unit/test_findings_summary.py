import pandas as pd

from geodata.findings import findings_summary
from geodata.schemas import TABLES, conform

OUTSIDE = pd.DataFrame({"carrier": ["docomo"], "plan_id": ["p"], "row_count": [3]})
NONE_OUTSIDE = OUTSIDE.head(0)


def findings(*rows):
    names = ["carrier", "plan_id", "rule_id", "severity", "state"]
    return pd.DataFrame(rows, columns=names)


def summary(rows, outside=NONE_OUTSIDE):
    table = findings_summary(rows, outside, is_synthetic=False)
    assert conform(TABLES["out.rejected_row_summary"], table).num_rows == len(table)
    return table


def counts(row):
    names = ("row_count", "open_count", "acknowledged_count", "waived_count")
    return [row[name] for name in names]


def test_findings_of_a_rule_are_counted_by_what_was_answered():
    high = ("docomo", "p", "antenna_height_high", "WARNING")
    rows = [(*high, state) for state in ("open", "waived", "acknowledged", "open")]
    table = summary(findings(*rows))
    assert len(table) == 1
    assert counts(table.iloc[0]) == [4, 2, 1, 1]


def test_what_only_informs_is_neither_open_nor_answered():
    noted = findings(("docomo", "p", "withdrawal_unused", "INFO", "noted"))
    assert counts(summary(noted).iloc[0]) == [1, 0, 0, 0]


def test_findings_of_a_filing_without_a_name_are_kept():
    rows = findings((None, None, "plan_missing", "ERROR", "open"))
    assert counts(summary(rows).iloc[0]) == [1, 1, 0, 0]


def test_stations_outside_the_denominator_only_inform():
    row = summary(findings(), OUTSIDE).iloc[0]
    assert (row["rule_id"], row["severity"]) == ("outside_target", "INFO")
    assert counts(row) == [3, 0, 0, 0]
