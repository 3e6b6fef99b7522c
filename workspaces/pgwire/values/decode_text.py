"""Single values of parameters in text, as PostgreSQL reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import UUID

from workspaces.pgwire.values import decode_times
from workspaces.pgwire.values.decode_intervals import interval_text
from workspaces.pgwire.values.decode_numbers import float_from_text, integer_from_text, numeric_from_text
from workspaces.pgwire.values.errors import (
    INVALID_ENCODING,
    INVALID_HEXADECIMAL,
    INVALID_TEXT,
    WireValueError,
    invalid_text,
)

Scalar = bool | int | float | Decimal | str | bytes


def read_text(text: str, oid: int) -> Scalar:
    """The value of one text; types without a reader of their own are text. Raises WireValueError."""
    return _TEXT.get(oid, str)(text)


def utf8(data: bytes) -> str:
    """Text without NUL characters. Raises WireValueError 22021."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _encoding(data[error.start]) from error
    if "\0" in text:
        raise _encoding(0)
    return text


def _encoding(byte: int) -> WireValueError:
    return WireValueError(INVALID_ENCODING, f'invalid byte sequence for encoding "UTF8": 0x{byte:02x}')


_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def _bool(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "on") or (word and any(full.startswith(word) for full in _TRUE[:2])):
        return True
    # A lone "o" may be on or off.
    if word in ("0", "of", "off") or (word and any(full.startswith(word) for full in _FALSE[:2])):
        return False
    raise invalid_text("boolean", text)


_ESCAPE = re.compile(rb"\\(?:(\\)|([0-3][0-7]{2})|(.?))", re.DOTALL)


def _bytea(text: str) -> bytes:
    if text.startswith("\\x"):
        digits = re.sub(r"\s", "", text[2:])
        wrong = re.search(r"[^0-9a-fA-F]", digits)
        if wrong is not None:
            raise WireValueError(INVALID_HEXADECIMAL, f'invalid hexadecimal digit: "{wrong[0]}"')
        if len(digits) % 2:
            raise WireValueError(INVALID_HEXADECIMAL, "invalid hexadecimal data: odd number of digits")
        return bytes.fromhex(digits)
    return _ESCAPE.sub(_unescaped, text.encode())


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return b"\\"
    if match[2]:
        return bytes([int(match[2], 8)])
    raise WireValueError(INVALID_TEXT, "invalid input syntax for type bytea")


def _uuid(text: str) -> str:
    bare = text.removeprefix("{").removesuffix("}") if text.startswith("{") and text.endswith("}") else text
    if not re.fullmatch(r"(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}", bare):
        raise invalid_text("uuid", text)
    return str(UUID(bare.replace("-", "")))


def _bits(text: str) -> str:
    if text[:1] in ("x", "X"):
        return "".join(f"{int(digit, 16):04b}" for digit in _checked(text[1:], r"[0-9a-fA-F]", "hexadecimal"))
    return _checked(text[1:] if text[:1] in ("b", "B") else text, "[01]", "binary")


def _checked(digits: str, allowed: str, kind: str) -> str:
    wrong = next((digit for digit in digits if not re.match(allowed, digit)), None)
    if wrong is not None:
        raise WireValueError(INVALID_TEXT, f'"{wrong}" is not a valid {kind} digit')
    return digits


def _integer(name: str, bits: int) -> Callable[[str], int]:
    return partial(integer_from_text, name=name, lowest=-(2 ** (bits - 1)), highest=2 ** (bits - 1) - 1)


_UNSIGNED = (26, 28, 29)
_TEXT: dict[int, Callable[[str], Scalar]] = {
    16: _bool,
    17: _bytea,
    20: _integer("bigint", 64),
    21: _integer("smallint", 16),
    23: _integer("integer", 32),
    700: partial(float_from_text, name="real"),
    701: partial(float_from_text, name="double precision"),
    1082: partial(decode_times.moment_text, name="date"),
    1083: partial(decode_times.time_text, name="time without time zone"),
    1114: partial(decode_times.moment_text, name="timestamp without time zone"),
    1184: partial(decode_times.moment_text, name="timestamp with time zone"),
    1186: interval_text,
    1266: partial(decode_times.time_text, name="time with time zone"),
    1560: _bits,
    1562: _bits,
    1700: numeric_from_text,
    2950: _uuid,
} | dict.fromkeys(_UNSIGNED, partial(integer_from_text, name="oid", lowest=0, highest=2**32 - 1))
