"""Rewriting a CSV file whose escape also stands in fields that are not enclosed into one that only doubles quotes."""

from __future__ import annotations

import re
from pathlib import Path

from storage.engine.csv_dialect import Dialect
from storage.engine.csv_file import chunks
from storage.engine.monitor import Monitor
from storage.errors import UnreadableFile

#: What the letters behind a backslash mean; every other character stands for itself.
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
#: Longer without an end: the enclosure does not end.
_LONGEST_FIELD = 64 << 20


def write_unescaped(source: Path, target: Path, dialect: Dialect, monitor: Monitor) -> None:
    """Copy `source` to `target` in pieces: fields with an escape are enclosed, and what it stands for is literal.

    In enclosed fields the escape is one before the enclosure and before itself only. A field that begins with the
    enclosure and does not end with it is taken as it is. Raises UnreadableFile for an enclosure that does not end.
    """
    rewriter = _Unescaper(dialect)
    with source.open("rb") as reader, target.open("wb") as writer:
        if reader.read(3) != b"\xef\xbb\xbf":
            reader.seek(0)
        rest = b""
        for chunk in chunks(reader, monitor):
            done, rest = rewriter.rewrite(rest + chunk)
            writer.write(done)
            if len(rest) > _LONGEST_FIELD:
                raise UnreadableFile("A line is longer than 64 MiB.")
        writer.write(rewriter.finish(rest))


class _Unescaper:
    """Takes runs of fields without an escape at once, and those between them one by one."""

    def __init__(self, dialect: Dialect) -> None:
        self._quote, self._escape = dialect.quote.encode(), dialect.escape.encode()
        self._letters = _LETTERS if dialect.escape == "\\" else {}
        delimiter, quote, escape = (re.escape(text.encode()) for text in _parts(dialect))
        ends = delimiter + rb"|\r\n|\n|\r"
        text = b"(?:(?!" + delimiter + b")[^" + escape + rb"\r\n])*+"
        doubled = b"(?:[^" + quote + escape + b"]|" + quote * 2 + b")*+"
        whole = quote + doubled + quote + b"(?=" + ends + b")|(?!" + quote + b")" + text
        self._run = re.compile(b"(?:(?:" + whole + b")(?:" + ends + b"))++", re.DOTALL)
        enclosed = quote + b"(?P<inner>(?:[^" + quote + escape + b"]|" + quote * 2 + b"|" + escape + b".)*+)" + quote
        opened = b"(?P<open>" + text + b"(?:" + escape + b"." + text + b")*+)"
        one = b"(?:" + enclosed + b"(?=" + ends + rb"|\Z)|" + opened + b")(?P<end>" + ends + rb"|\Z)"
        self._field = re.compile(one, re.DOTALL)
        self._pair = re.compile(escape + b"(.)", re.DOTALL)
        self._inner_pair = re.compile(quote * 2 + b"|" + escape + b"[" + quote + escape + b"]")

    def rewrite(self, data: bytes) -> tuple[bytes, bytes]:
        """The fields that surely end in `data`, and the rest for the next call."""
        return self._rewritten(data, at_end=False)

    def finish(self, data: bytes) -> bytes:
        done, rest = self._rewritten(data, at_end=True)
        # An escape at the very end stands for nothing.
        return done + rest.replace(self._escape, b"")

    def _rewritten(self, data: bytes, *, at_end: bool) -> tuple[bytes, bytes]:
        out: list[bytes] = []
        position, size = 0, len(data)
        while position < size:
            run = self._run.match(data, position)
            if run is not None:
                out.append(run[0])
                position = run.end()
            field = self._field.match(data, position)
            if position == size or field is None or (field.end() == size and not at_end):
                break
            out.append(self._field_text(field))
            position = field.end()
        return b"".join(out), data[position:]

    def _field_text(self, match: re.Match[bytes]) -> bytes:
        inner = match["inner"]
        if inner is not None:
            text = self._inner_pair.sub(lambda pair: pair[0][-1:], inner) if self._escape in inner else None
            return match[0] if text is None else self._enclosed(text) + match["end"]
        text = match["open"]
        if self._escape in text:
            return self._enclosed(self._pair.sub(self._meaning, text)) + match["end"]
        return self._enclosed(text) + match["end"] if text.startswith(self._quote) else match[0]

    def _meaning(self, pair: re.Match[bytes]) -> bytes:
        return self._letters.get(pair[1], pair[1])

    def _enclosed(self, text: bytes) -> bytes:
        return self._quote + text.replace(self._quote, self._quote * 2) + self._quote


def _parts(dialect: Dialect) -> tuple[str, str, str]:
    return dialect.delimiter, dialect.quote, dialect.escape
