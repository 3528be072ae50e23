"""Text that spreadsheets show as it stands: byte order mark, no live formulas."""

import pyarrow as pa
import pyarrow.compute as pc

BYTE_ORDER_MARK = "\ufeff".encode()
"""Start of a CSV file by which spreadsheets know UTF-8."""

_FORMULA_START = r"^[\p{Z}\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r]"


def inert(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Text that no spreadsheet takes for a formula.

    Parameters
    ----------
    values : pyarrow string array or chunked array, shape (n,)
        Not modified.

    Returns
    -------
    pyarrow string array or chunked array, shape (n,)
        With an apostrophe before every text that begins, white space aside, with
        ``=``, ``+``, ``-`` or ``@`` in half or full width, or with a tab or a
        carriage return. Null stays null.
    """
    is_formula = pc.match_substring_regex(values, _FORMULA_START)
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", values, ""), values)
