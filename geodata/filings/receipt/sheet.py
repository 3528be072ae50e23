"""Every finding of a filing as CSV that spreadsheets open safely."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from geodata.filings.receipt.printable import printable_column
from geodata.filings.report import FilingReport
from geodata.schemas.raw import REJECTED_ROW
from geodata.spreadsheet import BYTE_ORDER_MARK, inert

_HEADINGS = pa.schema([(c.label_ja, c.type) for c in REJECTED_ROW.columns])


def findings_sheet(report: FilingReport, path: Path) -> None:
    """Write every finding, one a row, with Japanese headings.

    UTF-8 with a byte order mark, CRLF, null as nothing. Control characters are
    written as escapes, and text that a spreadsheet would run as a formula gets a
    leading apostrophe. Written part by part, so memory does not grow with the rows.

    Parameters
    ----------
    report : FilingReport
        What reading the filing gave. Not modified.
    path : Path
        File to write; it is replaced.
    """
    options = pa_csv.WriteOptions(eol="\r\n")
    with path.open("wb") as file:
        file.write(BYTE_ORDER_MARK)
        with pa_csv.CSVWriter(file, _HEADINGS, write_options=options) as writer:
            for batch in report.findings.batches():
                writer.write_batch(_safe(batch))


def _safe(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        inert(printable_column(column)) if pa.types.is_string(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_HEADINGS)
