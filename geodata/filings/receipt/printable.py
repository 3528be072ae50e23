"""Filed text made visible: control and bidirectional characters as escapes."""

import pyarrow as pa
import pyarrow.compute as pc

_UNPRINTABLE = (
    r"[\p{C}\p{Zl}\p{Zp}\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]"
)


def printable(text: str) -> str:
    """Show control characters as escapes, so that a value steers no screen or page."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def printable_column(values: pa.Array) -> pa.Array:
    """Show control characters of a whole column as escapes.

    Parameters
    ----------
    values : pyarrow string array, shape (n,)
        Not modified; null stays null.
    """
    is_hidden = pc.fill_null(pc.match_substring_regex(values, _UNPRINTABLE), False)
    hidden = values.filter(is_hidden)
    if not len(hidden):
        return values
    shown = pa.array([printable(text) for text in hidden.to_pylist()], values.type)
    return pc.replace_with_mask(values, is_hidden, shown)
