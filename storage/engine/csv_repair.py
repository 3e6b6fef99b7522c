"""Rewriting a CSV file into the one form that DuckDB reads exactly: quotes doubled, LF line ends."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from storage.engine.csv_dialect import Dialect
from storage.engine.csv_file import chunks
from storage.engine.monitor import Monitor

# Bytes that UTF-8 never has: they stand for an escaped escape and an escaped quote on the way.
_ESCAPE_MARK, _QUOTE_MARK = b"\xfe", b"\xff"


def write_canonical(source: Path, target: Path, dialect: Dialect, monitor: Monitor, *, trim_end: bool = False) -> None:
    """Copy `source` to `target` in pieces: escapes become doubled quotes, CRLF and CR outside quotes become LF.

    Lines keep their numbers. `trim_end` drops blank lines at the end.
    """
    rewriter = _Rewriter(dialect)
    with source.open("rb") as reader, target.open("w+b") as writer:
        if reader.read(3) != b"\xef\xbb\xbf":
            reader.seek(0)
        for chunk in chunks(reader, monitor):
            writer.write(rewriter.feed(chunk))
        writer.write(rewriter.finish())
        if trim_end:
            size = writer.tell()
            while size > 1 and _bytes_at(writer, size - 2) == b"\n\n":
                size -= 1
            writer.truncate(size)


def _bytes_at(file: BinaryIO, position: int) -> bytes:
    file.seek(position)
    return file.read(2)


class _Rewriter:
    """Walks from quote to quote, knowing whether it is inside a quoted value."""

    def __init__(self, dialect: Dialect) -> None:
        self._delimiter = dialect.delimiter.encode()
        self._quote = dialect.quote.encode()
        self._escape = dialect.escape.encode() if dialect.escapes else b""
        self._unclear = self._quote + self._escape + b"\r"
        self._starts = (self._delimiter, b"\n", b"\r")
        self._inside = False
        self._before = b"\n"  # the last bytes outside quotes: they tell whether a quote opens a value
        self._carry = b""

    def feed(self, chunk: bytes) -> bytes:
        """The rewriting of what is clear so far; bytes whose meaning the next chunk decides wait for it."""
        buffer = self._carry + chunk
        clear = len(buffer.rstrip(self._unclear))
        self._carry = buffer[clear:]
        return self._rewrite(buffer[:clear])

    def finish(self) -> bytes:
        return self._rewrite(self._carry)

    def _rewrite(self, data: bytes) -> bytes:
        if not self._quote:
            return _line_feeds(data)
        swift = self._rewrite_regular(data) if self._escape else None
        if swift is not None:
            return swift
        parts = data.split(self._quote)
        out: list[bytes] = []
        index, last = 0, len(parts) - 1
        while True:
            part = parts[index]
            if self._inside:
                index += self._inner(part, out, at_end=index == last, doubled=index + 1 < last and not parts[index + 1])
            else:
                self._outer(part, out, at_end=index == last)
            if index >= last:
                return b"".join(out)
            index += 1

    def _rewrite_regular(self, data: bytes) -> bytes | None:
        """The same, some ten times faster, for text where escapes stand inside quotes only; None for other text."""
        if _ESCAPE_MARK in data or _QUOTE_MARK in data:
            return None
        marked = data.replace(self._escape * 2, _ESCAPE_MARK).replace(self._escape + self._quote, _QUOTE_MARK)
        parts = marked.split(self._quote)
        outside = parts[1 if self._inside else 0 :: 2]
        ends_outside = (len(parts) % 2 == 1) != self._inside
        text = b"".join(outside)
        if _ESCAPE_MARK in text or _QUOTE_MARK in text or b"\r" in text:
            return None
        opening = outside[:-1] if ends_outside else outside
        if not self._inside and opening:
            opening = [self._before + opening[0], *opening[1:]]
        if not all(not part or part.endswith(self._starts) for part in opening):
            return None
        if ends_outside and outside:
            self._before = ((self._quote if len(parts) > 1 else self._before) + outside[-1])[-64:]
        self._inside = not ends_outside
        return marked.replace(_ESCAPE_MARK, self._escape).replace(_QUOTE_MARK, self._quote * 2)

    def _outer(self, part: bytes, out: list[bytes], *, at_end: bool) -> None:
        """A stretch outside quotes, and the quote after it: it opens a value only where a value begins."""
        out.append(_line_feeds(part))
        self._before = (self._before + part)[-64:]
        if not at_end:
            out.append(self._quote)
            self._inside = self._at_value_start()

    def _at_value_start(self) -> bool:
        return self._before.endswith(self._starts) or self._before.rstrip(b" ").endswith(self._starts)

    def _inner(self, part: bytes, out: list[bytes], *, at_end: bool, doubled: bool) -> int:
        """A stretch inside quotes, and the quote after it; returns how many further parts that quote consumed."""
        escaped = False
        if self._escape and self._escape in part:
            trailing = len(part) - len(part.rstrip(self._escape))
            escaped = not at_end and trailing % 2 == 1
            part = (part[:-1] if escaped else part).replace(self._escape * 2, self._escape)
        out.append(part)
        if at_end:
            return 0
        if escaped or doubled:
            out.append(self._quote * 2)
            return 0 if escaped else 1
        out.append(self._quote)
        self._inside = False
        self._before = self._quote
        return 0


def _line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data
