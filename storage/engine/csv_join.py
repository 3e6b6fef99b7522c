"""Making one CSV file of several slices of one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from storage.engine.csv_dialect import Dialect, detect_dialect, dialect_from
from storage.engine.csv_file import chunks, plain_file, read_head
from storage.engine.monitor import Monitor
from storage.engine.specs import ColumnSpec, CsvOptions
from storage.errors import ImportFailed

_BOM = b"\xef\xbb\xbf"
_LONGEST_HEADER = 1 << 20


def join_slices(
    slices: Sequence[Path],
    options: CsvOptions | None,
    targets: Sequence[ColumnSpec],
    *,
    new_scratch: Callable[[], Path],
    monitor: Monitor,
) -> Path:
    """All slices one after the other in a scratch file: unpacked, with the header of the first only.

    The first slice that holds anything says what the dialect is where none was given. Empty slices are left out.
    """
    joined = new_scratch()
    dialect = dialect_from(options) if options is not None else None
    with joined.open("wb") as sink:
        for path in slices:
            plain = plain_file(path, new_scratch, monitor)
            if plain.stat().st_size:
                dialect = dialect or detect_dialect(read_head(plain), [column.name for column in targets])
                _append(plain, sink, dialect, monitor)
            if plain != path:
                plain.unlink()
    return joined


def _append(path: Path, sink: BinaryIO, dialect: Dialect, monitor: Monitor) -> None:
    last = b"\n"
    with path.open("rb") as source:
        head = source.read(_LONGEST_HEADER)
        start = len(_BOM) if head.startswith(_BOM) else 0
        if dialect.header and sink.tell():
            start = _header_end(head, start, dialect)
        source.seek(start)
        for chunk in chunks(source, monitor):
            sink.write(chunk)
            last = chunk[-1:]
    if last not in b"\r\n":
        sink.write(b"\n")


def _header_end(head: bytes, start: int, dialect: Dialect) -> int:
    """Where the record after the header begins. Raises ImportFailed for a header without an end."""
    start = len(head) - len(head[start:].lstrip(b"\r\n"))
    quote, escape = dialect.quote.encode(), dialect.escape.encode() if dialect.escapes else b""
    inside, position = False, start
    while position < len(head):
        character = head[position : position + 1]
        position += 1
        if inside and escape and character == escape:
            position += 1
        elif quote and character == quote:
            inside = not inside
        elif not inside and character in b"\r\n":
            return position + (character == b"\r" and head[position : position + 1] == b"\n")
    if position < _LONGEST_HEADER:
        return len(head)
    raise ImportFailed("The header of a slice cannot be read with this CSV dialect.", details={"line": 1})
