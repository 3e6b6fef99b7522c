r"""Whether a block of COPY data can be split at its delimiters as it stands, and where its last whole row ends.

Arrow's CSV reader is fast and knows neither backslashes nor quotes in the middle of a field as PostgreSQL does: blocks
where that makes a difference are found here, by looking at all bytes at once.
"""

from __future__ import annotations

import re

import numpy as np

from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind

_NEWLINE, _RETURN, _BACKSLASH = 0x0A, 0x0D, 0x5C
_ODD_BACKSLASHES = rb"(?<!\\)(?:\\\\)*\\[%s]"
_END_IN_CSV = re.compile(rb"(?:^|[\r\n])\\\.(?=[\r\n]|\Z)")


def line_end_of(data: bytes, form: CopyFormat, *, is_last: bool) -> bytes | None:
    r"""How lines end: as the first one does. None if that has not arrived yet; `\n` where no line ends."""
    if form.kind is CopyKind.CSV:
        quote = re.escape(form.quote.encode())
        found = re.match(rb"(?:[^%s\r\n]++|%s)*+(\r\n|\r|\n)" % (quote, form.quoted_pattern()), data)
        end = found.start(1) if found else -1
    else:
        found = re.search(rb"\r|\n", data)
        end = found.start() if found else -1
    if end < 0:
        return b"\n" if is_last else None
    if data[end] == _NEWLINE:
        return b"\n"
    if end + 1 == len(data) and not is_last:
        return None
    return b"\r\n" if data[end + 1 : end + 2] == b"\n" else b"\r"


def whole_rows_end(data: bytes, form: CopyFormat, eol: bytes) -> int:
    """Behind the last line that ends a row; 0 if none does."""
    if form.kind is CopyKind.CSV:
        return _csv_end(data, form, eol)
    end = data.rfind(eol)
    while end >= 0 and _backslashes_before(data, end) % 2:
        end = data.rfind(eol, 0, end)
    return end + len(eol) if end >= 0 else 0


def is_plain(data: bytes, form: CopyFormat, eol: bytes) -> bool:
    """Whether splitting at line ends and delimiters, with regular quotes in CSV, gives what PostgreSQL would read."""
    if b"\0" in data or eol == b"\r":
        return False
    if form.kind is CopyKind.CSV:
        return not (b"\\" in data and _END_IN_CSV.search(data)) and _is_plain_csv(data, form, eol)
    if not _ends_lines_alike(data, eol):
        return False
    return b"\\" not in data or _has_plain_escapes(data, form.delimiter.encode())


def _has_plain_escapes(data: bytes, delimiter: bytes) -> bool:
    """Whether no backslash stands before a delimiter, the end of a line or the point of the end marker."""
    octets = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(octets == _BACKSLASH)
    counts = np.bincount(octets[np.minimum(places + 1, len(octets) - 1)], minlength=256)
    special = b".\n\r" + delimiter
    if not counts[list(special)].any():
        return True
    return re.search(_ODD_BACKSLASHES % re.escape(special), data) is None


def _ends_lines_alike(data: bytes, eol: bytes) -> bool:
    returns = data.count(b"\r")
    if eol == b"\n":
        return not returns
    return returns == data.count(b"\r\n") == data.count(b"\n")


def _backslashes_before(data: bytes, end: int) -> int:
    start = end
    while start and data[start - 1] == _BACKSLASH:
        start -= 1
    return end - start


def _csv_end(data: bytes, form: CopyFormat, eol: bytes) -> int:
    quote = form.quote.encode()
    if form.escape != form.quote and form.escape.encode() + quote in data:
        return _escaped_csv_end(data, form, eol)
    is_inside = data.count(quote) % 2 == 1
    end = len(data)
    while (found := data.rfind(eol, 0, end)) >= 0:
        is_inside ^= data.count(quote, found, end) % 2 == 1
        if not is_inside:
            return found + len(eol)
        end = found
    return 0


def _escaped_csv_end(data: bytes, form: CopyFormat, eol: bytes) -> int:
    """Where quotes may be escaped by another character, from the front."""
    quote = re.escape(form.quote.encode())
    row = re.compile(rb"(?:[^%s\r\n]++|%s)*+%s" % (quote, form.quoted_pattern(), re.escape(eol)))
    end = 0
    while found := row.match(data, end):
        end = found.end()
    return end


def _is_plain_csv(data: bytes, form: CopyFormat, eol: bytes) -> bool:
    if form.escape != form.quote and form.escape.encode() in data:
        return False
    quote = form.quote.encode()
    if quote not in data:
        return _ends_lines_alike(data, eol)
    octets = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(octets == quote[0])
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    return _open_and_close_fields(octets, opening, closing, form) and _quote_their_returns(
        octets, opening, closing, eol
    )


def _open_and_close_fields(octets: np.ndarray, opening: np.ndarray, closing: np.ndarray, form: CopyFormat) -> bool:
    """Whether quotes stand at the ends of fields, or doubled inside."""
    borders = np.zeros(256, bool)
    borders[[ord(form.delimiter), _NEWLINE, _RETURN]] = True
    is_first = borders[octets[opening - 1]] | (opening == 0)
    is_first[1:] |= opening[1:] == closing[:-1] + 1
    is_last = borders[octets[np.minimum(closing + 1, len(octets) - 1)]] | (closing == len(octets) - 1)
    is_last[:-1] |= opening[1:] == closing[:-1] + 1
    return bool(is_first.all() and is_last.all())


def _quote_their_returns(octets: np.ndarray, opening: np.ndarray, closing: np.ndarray, eol: bytes) -> bool:
    """Whether outside of quotes lines end as the first one does."""
    if eol == b"\n" and not np.any(octets == _RETURN):
        return True
    returns = np.flatnonzero(octets == _RETURN)
    returns = returns[np.searchsorted(opening, returns) == np.searchsorted(closing, returns)]
    if eol == b"\n":
        return len(returns) == 0
    newlines = np.flatnonzero(octets == _NEWLINE)
    newlines = newlines[np.searchsorted(opening, newlines) == np.searchsorted(closing, newlines)]
    return len(returns) == len(newlines) and bool(np.all(returns + 1 == newlines))
