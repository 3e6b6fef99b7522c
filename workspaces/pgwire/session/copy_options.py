"""The options of COPY as PostgreSQL checks them, with its words for what does not go together."""

from __future__ import annotations

from typing import Final

from workspaces.pgwire.sqlstate import SqlFault
from workspaces.pgwire.values.copy_format import CopyFormat, CopyKind
from workspaces.sql.statement import Copy

_SYNTAX, _UNSUPPORTED, _BAD_VALUE = "42601", "0A000", "22023"
_TRUE, _FALSE = frozenset({"true", "on", "1"}), frozenset({"false", "off", "0"})
_UTF8: Final = frozenset({"utf8", "utf-8", "unicode", "sql_ascii"})
_NO_DELIMITERS: Final = "\\.abcdefghijklmnopqrstuvwxyz0123456789"
_CSV_ONLY: Final = {
    "quote": "quote",
    "escape": "escape",
    "force_quote": "force quote",
    "force_not_null": "force not null",
    "force_null": "force null",
}
#: Options of later versions, and what has no place to go.
_UNKNOWN: Final = ("default", "on_error", "log_verbosity", "oids")


def read_options(copy: Copy) -> CopyFormat:
    """The format that a COPY asks for. Raises SqlFault."""
    options = dict(copy.options)
    for name in _UNKNOWN:
        if name in options and (name, options[name]) != ("on_error", "stop"):
            raise SqlFault(_SYNTAX, f'option "{name}" not recognized')
    kind = _kind(str(options.get("format", "text")))
    _check_encoding(options.get("encoding"))
    _check_for_kind(options, kind, direction=copy.direction)
    header, must_match = _header(options.get("header"))
    if must_match and copy.direction == "to":
        raise SqlFault(_UNSUPPORTED, 'cannot use "match" with HEADER in COPY TO')
    quote = str(options.get("quote", '"'))
    made = CopyFormat(
        kind=kind,
        delimiter=str(options.get("delimiter", "," if kind is CopyKind.CSV else "\t")),
        null=str(options.get("null", "" if kind is CopyKind.CSV else "\\N")),
        header=header,
        header_must_match=must_match,
        quote=quote,
        escape=str(options.get("escape", quote)),
        **{name: _names(options.get(name)) for name in ("force_quote", "force_not_null", "force_null")},  # type: ignore[arg-type]
    )
    _check_characters(made)
    return made


def _names(found: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return found if isinstance(found, tuple) else ()


def _kind(name: str) -> CopyKind:
    try:
        return CopyKind(name)
    except ValueError:
        raise SqlFault(_BAD_VALUE, f'COPY format "{name}" not recognized') from None


def _check_encoding(name: str | tuple[str, ...] | None) -> None:
    if name is not None and str(name).lower() not in _UTF8:
        raise SqlFault(_UNSUPPORTED, f'encoding "{name}" is not supported', hint="Send and take UTF8.")


def _check_for_kind(options: dict[str, str | tuple[str, ...]], kind: CopyKind, *, direction: str) -> None:
    if kind is CopyKind.BINARY:
        for name in ("delimiter", "null"):
            if name in options:
                raise SqlFault(_SYNTAX, f"cannot specify {name.upper()} in BINARY mode")
        if _header(options.get("header"))[0]:
            raise SqlFault(_UNSUPPORTED, "cannot specify HEADER in BINARY mode")
    for name, words in _CSV_ONLY.items():
        if name in options and kind is not CopyKind.CSV:
            raise SqlFault(_UNSUPPORTED, f"COPY {words} available only in CSV mode")
    if "force_quote" in options and direction == "from":
        raise SqlFault(_UNSUPPORTED, "COPY force quote only available using COPY TO")
    for name in ("force_not_null", "force_null"):
        if name in options and direction == "to":
            raise SqlFault(_UNSUPPORTED, f"COPY {_CSV_ONLY[name]} only available using COPY FROM")


def _header(value: str | tuple[str, ...] | None) -> tuple[bool, bool]:
    """Whether there is one, and whether its names have to match."""
    word = "false" if value is None else str(value).lower()
    if word == "match":
        return True, True
    if word not in _TRUE | _FALSE:
        raise SqlFault(_SYNTAX, 'header requires a Boolean value or "match"')
    return word in _TRUE, False


def _check_characters(made: CopyFormat) -> None:
    if made.kind is CopyKind.BINARY:
        return
    _require_single("delimiter", made.delimiter)
    if made.delimiter in "\r\n":
        raise SqlFault(_BAD_VALUE, "COPY delimiter cannot be newline or carriage return")
    if "\r" in made.null or "\n" in made.null:
        raise SqlFault(_BAD_VALUE, "COPY null representation cannot use newline or carriage return")
    if made.kind is CopyKind.TEXT and made.delimiter in _NO_DELIMITERS:
        raise SqlFault(_BAD_VALUE, f'COPY delimiter cannot be "{made.delimiter}"')
    if made.kind is CopyKind.CSV:
        _check_quotes(made)
    if made.delimiter in made.null:
        raise SqlFault(_UNSUPPORTED, "COPY delimiter must not appear in the NULL specification")


def _check_quotes(made: CopyFormat) -> None:
    _require_single("quote", made.quote)
    _require_single("escape", made.escape)
    if made.delimiter == made.quote:
        raise SqlFault(_BAD_VALUE, "COPY delimiter and quote must be different")
    if made.quote in made.null:
        raise SqlFault(_UNSUPPORTED, "CSV quote character must not appear in the NULL specification")


def _require_single(name: str, character: str) -> None:
    if len(character.encode()) != 1 or character == "\0":
        raise SqlFault(_UNSUPPORTED, f"COPY {name} must be a single one-byte character")
