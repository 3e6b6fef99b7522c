r"""Rows of COPY in text and CSV, one by one by the rules of PostgreSQL: for errors, and for what is unusual."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workspaces.pgwire.values.copy_errors import BAD_FORMAT, CopyDataError, line_place
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind

_END = b"\\."
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_CARRIAGE_RETURN, _NEWLINE = "carriage return", "newline"


@dataclass(frozen=True, slots=True)
class Record:
    """One row as written: the number of its last line, its bytes and its fields; None is NULL."""

    line: int
    raw: bytes
    fields: list[bytes | None]


@dataclass(slots=True)
class Scan:
    """How far records have been read; `is_ended` by the marker `\\.`."""

    data: bytes
    eol: bytes
    line: int = 0
    position: int = 0
    is_ended: bool = False

    def ends_line(self, position: int) -> bool:
        return position >= len(self.data) or self.data[position] in b"\r\n"


def records(scan: Scan, form: CopyFormat) -> Iterator[Record]:
    """The rows of whole lines. Raises CopyDataError at the first that is none."""
    if form.kind is CopyKind.CSV:
        yield from _csv_records(scan, form)
    else:
        yield from _text_records(scan, form)


def unescaped(field: bytes) -> bytes:
    """A field of the text format without its backslashes."""
    return _ESCAPE.sub(_unescape, field) if b"\\" in field else field


def _unescape(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, letter = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    return _LETTERS.get(letter, letter)


def _text_records(scan: Scan, form: CopyFormat) -> Iterator[Record]:
    delimiter, null, data = form.delimiter.encode(), form.null.encode(), scan.data
    run = re.compile(rb"(?:[^\\\r\n%s]++|\\[^.])*+" % re.escape(delimiter), re.DOTALL)
    while scan.position < len(data) and not scan.is_ended:
        start, fields = scan.position, []
        at = start
        while True:
            end = run.match(data, at).end()  # type: ignore[union-attr] - an empty run matches, too
            field = data[at:end]
            fields.append(None if field == null else unescaped(field))
            if data[end : end + 1] == delimiter:
                at = end + 1
                continue
            break
        scan.line += 1
        if data[end : end + 1] == b"\\":
            _end_at_marker(scan, start, end, form)
            if end == start:
                return
        else:
            _next_line(scan, start, end, form)
        yield Record(scan.line, data[start:end], fields)


def _csv_records(scan: Scan, form: CopyFormat) -> Iterator[Record]:
    delimiter, quote, null, data = form.delimiter.encode(), form.quote.encode(), form.null.encode(), scan.data
    plain = re.compile(rb"[^\r\n%s%s]*+" % (re.escape(delimiter), re.escape(quote)))
    quoted = _QuotedPart(form)
    while scan.position < len(data):
        start = at = scan.position
        if data.startswith(_END, at) and scan.ends_line(at + len(_END)):
            scan.is_ended = True
            return
        fields: list[bytes | None] = []
        parts, is_quoted = [], False
        while True:
            end = plain.match(data, at).end()  # type: ignore[union-attr] - as above
            parts.append(data[at:end])
            after = data[end : end + 1]
            if after == quote:
                is_quoted = True
                part, at = quoted.read(scan, start, end)
                parts.append(part)
                continue
            field = b"".join(parts)
            fields.append(None if field == null and not is_quoted else field)
            if after != delimiter:
                break
            at, parts, is_quoted = end + 1, [], False
        scan.line += 1
        _next_line(scan, start, end, form)
        yield Record(scan.line, data[start:end], fields)


class _QuotedPart:
    """What stands between quotes; they may open in the middle of a field."""

    def __init__(self, form: CopyFormat) -> None:
        quote, escape = re.escape(form.quote.encode()), re.escape(form.escape.encode())
        self._pattern = re.compile(form.quoted_pattern())
        self._escaped = re.compile(rb"%s([%s%s])" % (escape, quote, escape))
        self._escape = form.escape.encode()

    def read(self, scan: Scan, start: int, at: int) -> tuple[bytes, int]:
        """The bytes and where the part ends."""
        found = self._pattern.match(scan.data, at)
        if found is None:
            lines = scan.line + scan.data.count(b"\n", start) + (not scan.data.endswith(b"\n"))
            raw = scan.data[start:].decode(errors="replace")
            raise CopyDataError(BAD_FORMAT, "unterminated CSV quoted field", place=line_place(lines, raw))
        inside = found[0][1:-1]
        scan.line += inside.count(b"\n")
        return (self._escaped.sub(rb"\1", inside) if self._escape in inside else inside), found.end()


def _next_line(scan: Scan, start: int, end: int, form: CopyFormat) -> None:
    """Go behind the end of the line. Raises CopyDataError where it does not end as the first one did."""
    if scan.data.startswith(scan.eol, end):
        scan.position = end + len(scan.eol)
        return
    if end >= len(scan.data):
        scan.position = end
        return
    is_return = scan.data[end] == 0x0D
    found, letter = (_CARRIAGE_RETURN, "\\r") if is_return else (_NEWLINE, "\\n")
    is_csv = form.kind is CopyKind.CSV
    raw = scan.data[start:end].decode(errors="replace")
    raise CopyDataError(
        BAD_FORMAT,
        f"{'unquoted' if is_csv else 'literal'} {found} found in data",
        place=line_place(scan.line, raw),
        hint=f"Use quoted CSV field to represent {found}." if is_csv else f'Use "{letter}" to represent {found}.',
    )


def _end_at_marker(scan: Scan, start: int, end: int, form: CopyFormat) -> None:
    if not scan.ends_line(end + len(_END)):
        raw = scan.data[start:end].decode(errors="replace")
        raise CopyDataError(BAD_FORMAT, "end-of-copy marker corrupt", place=line_place(scan.line, raw))
    scan.is_ended = True
    scan.position = len(scan.data)
