"""What a CSV file is written in: the dialect, its limits, its header, and finding it out from the first bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from storage.engine.specs import CsvOptions
from storage.errors import InvalidCsvOptions

_DELIMITERS = (",", ";", "\t", "|", ":", "^", "~")
_QUOTINGS = (('"', '"'), ('"', "\\"), ("'", "'"), ("'", "\\"))
_MAX_DELIMITER_BYTES = 4
_SNIFF_CHARS = 32_768


@dataclass(frozen=True)
class Dialect:
    """A checked dialect. `quote` "" means that nothing is quoted; `escape` equal to `quote` that only doubling escapes.

    Inside a quoted value a doubled quote always means one quote. An `escape` of its own stands for the next character
    when that is a quote or the escape itself and is literal before anything else, as in PostgreSQL's COPY.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True
    null_string: str = ""
    quoted_null: bool = False

    @property
    def escapes(self) -> bool:
        """Whether there is an escape other than the doubled quote."""
        return bool(self.quote) and self.escape != self.quote


@dataclass(frozen=True)
class Head:
    """The beginning of a file: its text without byte-order mark, and whether that is the whole file."""

    text: str
    complete: bool


def dialect_from(options: CsvOptions) -> Dialect:
    """The dialect of explicit options. Raises InvalidCsvOptions that names the field."""
    delimiter = "\t" if options.delimiter == "\\t" else options.delimiter
    _check_delimiter(delimiter)
    for field, value in (("quote", options.quote), ("escape", options.escape)):
        _check_character(field, value, delimiter)
    _check_null_string(options, delimiter)
    return Dialect(
        delimiter=delimiter,
        quote=options.quote,
        escape=(options.escape or options.quote) if options.quote else "",
        header=options.header,
        null_string=options.null_string,
        quoted_null=options.quoted_null,
    )


def _check_delimiter(delimiter: str) -> None:
    if not 1 <= len(delimiter) <= 4 or len(delimiter.encode()) > _MAX_DELIMITER_BYTES:
        raise _invalid("delimiter", "must have 1 to 4 characters and at most 4 bytes")
    if set(delimiter) & {"\n", "\r", "\0"}:
        raise _invalid("delimiter", "must not hold a line break")


def _check_character(field: str, value: str, delimiter: str) -> None:
    if len(value) > 1 or not value.isascii() or value in ("\n", "\r", "\0"):
        raise _invalid(field, "must be one ASCII character or empty")
    if value and value in delimiter:
        raise _invalid(field, "must not be part of the delimiter")


def _check_null_string(options: CsvOptions, delimiter: str) -> None:
    text = options.null_string
    if text and (delimiter in text or text in delimiter):
        raise _invalid("null_string", "must not hold the delimiter")
    if (options.quote and options.quote in text) or set(text) & {"\n", "\r", "\0"}:
        raise _invalid("null_string", "must not hold a quote or a line break")


def _invalid(field: str, reason: str) -> InvalidCsvOptions:
    return InvalidCsvOptions(f"Invalid csv_options: {field} {reason}.", details={"field": field})


def records(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """The records of `text`, blank lines as [""]. Ends early, before a record that breaks the rules of the dialect."""
    field = _field_pattern(dialect)
    position, record = 0, []
    while position < len(text):
        match = field.match(text, position)
        if match is None:
            return
        record.append(_value(match, dialect))
        position = match.end()
        if match["end"] != dialect.delimiter:
            yield record
            record = []
        elif position == len(text):
            yield [*record, ""]


def _field_pattern(dialect: Dialect) -> re.Pattern[str]:
    delimiter, quote, escape = (re.escape(text) for text in (dialect.delimiter, dialect.quote, dialect.escape))
    plain = rf"(?P<plain>(?:(?!{delimiter})[^\r\n])*)"
    end = rf"(?P<end>{delimiter}|\r\n|\n|\r|\Z)"
    if not dialect.quote:
        return re.compile(plain + end)
    inner = rf"[^{quote}{escape}]|{quote}{quote}"
    if dialect.escapes:
        inner += rf"|{escape}[{quote}{escape}]|{escape}"
    quoted = rf" *{quote}(?P<quoted>(?:{inner})*+){quote} *"
    return re.compile(rf"(?:{quoted}|(?! *{quote}){plain}){end}")


def _value(match: re.Match[str], dialect: Dialect) -> str:
    if match["plain"] is not None:
        return match["plain"]
    quote, escape = dialect.quote, dialect.escape
    if not dialect.escapes:
        return match["quoted"].replace(quote * 2, quote)
    pairs = rf"{re.escape(quote)}{{2}}|{re.escape(escape)}[{re.escape(quote + escape)}]"
    return re.sub(pairs, lambda pair: pair[0][1], match["quoted"])


def detect_dialect(head: Head, expected: Sequence[str]) -> Dialect:
    """The most likely dialect of a file that should have the columns `expected`; no line is ever skipped.

    Wins: a header with exactly the expected names; else the dialect in which most records have the right number of
    fields; else, in a tie, the more common dialect.
    """
    best, best_score = Dialect(), 0.0
    for quote, escape in _QUOTINGS:
        for delimiter in _DELIMITERS:
            dialect = replace(best, delimiter=delimiter, quote=quote, escape=escape)
            score = _score(head, dialect, expected)
            if score > best_score:
                best, best_score = dialect, score
        if best_score >= 1.0:
            break
    return best


def guess_dialect(head: Head) -> Dialect:
    """The most likely dialect of a file of which nothing is known, a header assumed.

    Wins: the one whose first record is as wide as most others; then the one with the fewest odd records; then the
    one with more columns; then the more common one.
    """
    sample = head.text[:_SNIFF_CHARS]
    is_cut = not head.complete or len(sample) < len(head.text)
    best, best_score = Dialect(), (False, 0.0, 1)
    for quote, escape in _QUOTINGS:
        for delimiter in _DELIMITERS:
            dialect = Dialect(delimiter=delimiter, quote=quote, escape=escape)
            if delimiter not in sample or (quote != '"' and not _opens_values(sample, dialect)):
                continue
            score = _evenness(sample, dialect, is_cut=is_cut)
            if score > best_score:
                best, best_score = dialect, score
    return best


def _evenness(sample: str, dialect: Dialect, *, is_cut: bool) -> tuple[bool, float, int]:
    """Whether the first record is as wide as most, the part of the sample that is as wide, and how wide that is."""
    found = [record for record in records(sample, dialect) if record != [""]]
    whole = found[:-1] if is_cut and len(found) > 1 else found
    if not whole:
        return (False, 0.0, 1)
    width, count = Counter(map(len, whole)).most_common(1)[0]
    if width == 1:
        return (False, 0.0, 1)
    # Records end early where the rules are broken: what they did not reach counts as odd.
    reached = min(1.0, _length(found) / max(1, len(sample) * 0.5))
    return (len(whole[0]) == width, round(count / len(whole) * reached, 1), width)


def _length(found: list[list[str]]) -> int:
    return sum(len(value) + 1 for record in found for value in record)


def _score(head: Head, dialect: Dialect, expected: Sequence[str]) -> float:
    """0 to 1: the part of the sample that reads as records of the right width; 2 when the header confirms it."""
    if len(expected) > 1 and dialect.delimiter not in head.text:
        return 0.0
    sample = head.text[:_SNIFF_CHARS]
    if dialect.quote != '"' and not _opens_values(sample, dialect):
        return 0.0
    cut = not head.complete or len(sample) < len(head.text)
    found = list(records(sample, dialect))
    whole = found[:-1] if cut and len(found) > 1 else found
    counted = [record for record in whole if record != [""] or len(expected) == 1]
    if not counted:
        return 0.0
    fitting = sum(len(record) == len(expected) for record in counted)
    named = len(expected) > 1 and sorted(counted[0]) == sorted(expected)
    read_to_end = cut or _reads_to_end(sample, dialect)
    score = fitting / len(counted) * (1.0 if read_to_end else 0.5)
    return score + 1.0 if named and score > 0.9 else score


def _opens_values(sample: str, dialect: Dialect) -> bool:
    """Whether the quote stands where values begin: an unusual quote is not to excuse broken usual ones."""
    return any(before + dialect.quote in sample for before in (dialect.delimiter, "\n")) or sample.startswith(
        dialect.quote
    )


def first_line_end(head: Head, dialect: Dialect) -> str:
    """What ends the first record, LF where that cannot be seen. DuckDB's own guess also looks inside quotes."""
    field, position = _field_pattern(dialect), 0
    while (match := field.match(head.text, position)) and match["end"] == dialect.delimiter:
        position = match.end()
    return (match["end"] if match else "") or "\n"


def _reads_to_end(text: str, dialect: Dialect) -> bool:
    field, position = _field_pattern(dialect), 0
    while position < len(text):
        match = field.match(text, position)
        if match is None:
            return False
        position = match.end()
    return True


def first_record(head: Head, dialect: Dialect, *, skip_blank: bool) -> tuple[int, list[str]] | None:
    """How many blank lines come first, and the first record after them; None when there is none that can be read."""
    blank = 0
    for record in records(head.text, dialect):
        if record != [""] or not skip_blank:
            return blank, record
        blank += 1
    return None
