"""The backslashes of the text format, for a whole column at once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.copy_exact import unescaped

#: Text of a COPY has no zero bytes: one can stand for an escaped backslash.
_MARK = "\0"
_LETTERS = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\b": "\b", "\\f": "\f", "\\v": "\v"}


def unescaped_column(texts: pa.Array) -> pa.Array:
    """The texts that fields stand for. Raises ArrowInvalid where the bytes that come out are no text."""
    if not pc.any(pc.match_substring(texts, "\\")).as_py():
        return texts
    made = pc.replace_substring(texts, "\\\\", _MARK)
    for written, letter in _LETTERS.items():
        made = pc.replace_substring(made, written, letter)
    if pc.any(pc.match_substring(made, "\\")).as_py():
        return _one_by_one(texts)
    return pc.replace_substring(made, _MARK, "\\")


def _one_by_one(texts: pa.Array) -> pa.Array:
    """Also octal and hexadecimal bytes, and letters that stand for themselves."""
    try:
        return pa.array(
            [None if text is None else unescaped(text.encode()).decode() for text in texts.to_pylist()], pa.string()
        )
    except UnicodeDecodeError as error:
        raise pa.ArrowInvalid("not text") from error
