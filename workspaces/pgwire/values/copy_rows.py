r"""Columns as the stream of COPY TO: text with backslash escapes, CSV, or binary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspaces.pgwire.values.arrow_bytes import (
    as_binary,
    big_endian,
    binary_array,
    data_of,
    from_matrix,
    offsets_of,
)
from workspaces.pgwire.values.data_rows import RowEncoder, RowStream, chunks
from workspaces.pgwire.values.encode import Style, text_column
from workspaces.pgwire.values.types import BINARY_FORMAT, PostgresType

#: Signature, flags and the length of the header's extension.
BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_TRAILER = b"\xff\xff"
_NOTHING = pa.scalar(b"", pa.binary())
#: What the text format writes with a backslash, besides the backslash itself and the delimiter.
_TEXT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}


@dataclass(frozen=True, slots=True)
class CopyText:
    """Options of COPY (FORMAT text)."""

    delimiter: str = "\t"
    null: str = "\\N"
    header: bool = False


@dataclass(frozen=True, slots=True)
class CopyCsv:
    """Options of COPY (FORMAT csv); `force_quote` holds positions of columns."""

    delimiter: str = ","
    null: str = ""
    header: bool = False
    quote: str = '"'
    escape: str = '"'
    force_quote: frozenset[int] = frozenset()


class CopyEncoder:
    """Turns record batches into rows of COPY TO in one format; CopyCsv, CopyText or None for binary."""

    def __init__(
        self, types: Sequence[PostgresType], options: CopyText | CopyCsv | None, *, style: Style | None = None
    ) -> None:
        self._types = tuple(types)
        self._options = options
        self._style = style or Style()
        self._binary = RowEncoder(types, [BINARY_FORMAT] * len(self._types), style=self._style)

    def start(self, names: Sequence[str]) -> bytes:
        """What goes before the first row: a header line, the binary signature, or nothing."""
        options = self._options
        if options is None:
            return BINARY_HEADER
        if not options.header:
            return b""
        fields = [_written(pa.array([name]), options, is_forced=False, is_alone=False)[0].as_py() for name in names]
        return options.delimiter.encode().join(fields) + b"\n"

    def end(self) -> bytes:
        """What goes behind the last row."""
        return BINARY_TRAILER if self._options is None else b""

    def rows(self, batch: pa.RecordBatch) -> Iterator[RowStream]:
        """The rows of a batch, in chunks. Raises WireValueError for a value that cannot travel in binary."""
        if self._options is None:
            yield from self._binary.copy_rows(batch)
            return
        for chunk in chunks(batch):
            yield self._lines(chunk, self._options)

    def _lines(self, batch: pa.RecordBatch, options: CopyText | CopyCsv) -> RowStream:
        if not self._types:
            return RowStream(memoryview(b"\n" * batch.num_rows), np.arange(batch.num_rows + 1))
        forced = options.force_quote if isinstance(options, CopyCsv) else frozenset()
        delimiter = pa.scalar(options.delimiter.encode(), pa.binary())
        pieces: list[pa.Array | pa.Scalar] = []
        for position, (array, wanted) in enumerate(zip(batch.columns, self._types, strict=True)):
            text = text_column(array, wanted, self._style)
            strings = pa.Array.from_buffers(pa.string(), len(text), text.buffers(), text.null_count, text.offset)
            is_alone = len(self._types) == 1
            pieces += [delimiter, _written(strings, options, is_forced=position in forced, is_alone=is_alone)]
        pieces += [pa.scalar(b"\n", pa.binary()), _NOTHING]
        stream = pc.binary_join_element_wise(
            *pieces[1:], null_handling="replace", null_replacement=options.null.encode()
        )
        offsets = offsets_of(stream)
        return RowStream(memoryview(data_of(stream))[: int(offsets[-1])], offsets)


def _written(strings: pa.Array, options: CopyText | CopyCsv, *, is_forced: bool, is_alone: bool) -> pa.Array:
    if isinstance(options, CopyText):
        return as_binary(_escaped(strings, options.delimiter))
    return as_binary(_quoted(strings, options, is_forced=is_forced, is_alone=is_alone))


def _escaped(strings: pa.Array, delimiter: str) -> pa.Array:
    if not _holds_any(strings, f"\\{delimiter}"):
        return strings
    special = pc.match_substring_regex(strings, f"[\\\\\b\f\n\r\t\v{_in_class(delimiter)}]")
    if not pc.any(special).as_py():
        return strings
    text = pc.replace_substring(strings, "\\", "\\\\")
    for character, letter in _TEXT_ESCAPES.items():
        text = pc.replace_substring(text, character, f"\\{letter}")
    return text if delimiter in _TEXT_ESCAPES else pc.replace_substring(text, delimiter, f"\\{delimiter}")


def _quoted(strings: pa.Array, options: CopyCsv, *, is_forced: bool, is_alone: bool) -> pa.Array:
    """Quotes around what would read differently without: PostgreSQL's rule, with its care for a lone `\\.`."""
    if is_forced:
        wanted = pa.array(np.ones(len(strings), bool))
    else:
        if options.null == "" and not is_alone and not _needs_quotes(strings, options):
            return strings
        null = f"|^{re.escape(options.null)}$"
        alone = r"|^\\\.$" if is_alone else ""
        special = f"[\n\r{_in_class(options.delimiter)}{_in_class(options.quote)}]{null}{alone}"
        wanted = pc.match_substring_regex(strings, special)
        if not pc.any(wanted).as_py():
            return strings
    text = strings
    if options.escape != options.quote:
        text = pc.replace_substring(text, options.escape, options.escape * 2)
    text = pc.replace_substring(text, options.quote, options.escape + options.quote)
    quote = pa.scalar(options.quote)
    return pc.if_else(wanted, pc.binary_join_element_wise(quote, text, quote, pa.scalar("")), strings)


def _needs_quotes(strings: pa.Array, options: CopyCsv) -> bool:
    """A look at the bytes as a whole, which is quick: whether any value may need quotes where NULL is nothing."""
    has_empty = int((np.diff(offsets_of(strings)) == 0).sum()) > strings.null_count
    return has_empty or _holds_any(strings, f"{options.delimiter}{options.quote}")


def _holds_any(strings: pa.Array, characters: str) -> bool:
    """Whether one of these ASCII characters, or a control character, is anywhere in the values."""
    offsets = offsets_of(strings)
    data = data_of(strings)[int(offsets[0]) : int(offsets[-1])]
    if len(data) == 0:
        return False
    if int(data.min()) < ord(" "):
        return True
    return any(bool((data == ord(character)).any()) for character in characters)


def _in_class(character: str) -> str:
    """A character inside brackets of a regular expression; control characters stand for themselves."""
    return f"\\{character}" if character in "\\]^-[" else character


def copy_data(stream: RowStream, *, before_first: bytes = b"") -> Iterator[bytes | memoryview]:
    """The rows as CopyData messages, one for each: readers that give out rows take a message for one.

    `before_first` goes into the message of the first row, as PostgreSQL does it with the header of the binary format.
    """
    if before_first and len(stream):
        end = int(stream.offsets[1])
        yield _message(before_first + bytes(stream.data[int(stream.offsets[0]) : end]))
        stream = RowStream(stream.data, stream.offsets[1:])
    if len(stream):
        rows = binary_array(stream.offsets, np.frombuffer(stream.data, np.uint8))
        heads = np.full((len(stream), 5), ord("d"), np.uint8)
        heads[:, 1:] = big_endian(np.diff(stream.offsets) + 4, ">i4")
        framed = pc.binary_join_element_wise(from_matrix(heads), rows, _NOTHING)
        offsets = offsets_of(framed)
        yield memoryview(data_of(framed))[int(offsets[0]) : int(offsets[-1])]


def _message(payload: bytes) -> bytes:
    return b"d" + (len(payload) + 4).to_bytes(4, "big") + payload
