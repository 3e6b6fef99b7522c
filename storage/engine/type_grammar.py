"""The grammar of column types: what a caller may ask for, in DuckDB's canonical spelling, and a tree of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from storage.errors import InvalidColumn

MAX_TYPE_CHARACTERS = 100_000
_MAX_DEPTH = 32
_MAX_DECIMAL_WIDTH = 38
_MAX_ARRAY_SIZE = 100_000

_ALIASES: dict[str, str] = {
    **dict.fromkeys(("INTEGER", "INT", "INT4", "SIGNED"), "INTEGER"),
    **dict.fromkeys(("BIGINT", "INT8", "LONG", "OID"), "BIGINT"),
    **dict.fromkeys(("SMALLINT", "INT2"), "SMALLINT"),
    **dict.fromkeys(("TINYINT", "INT1"), "TINYINT"),
    **{name: name for name in ("HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")},
    **dict.fromkeys(("DOUBLE", "DOUBLE PRECISION", "FLOAT8"), "DOUBLE"),
    **dict.fromkeys(("FLOAT", "REAL", "FLOAT4"), "FLOAT"),
    **dict.fromkeys(("BOOLEAN", "BOOL", "LOGICAL"), "BOOLEAN"),
    **{name: name for name in ("DATE", "TIME", "INTERVAL", "JSON")},
    **dict.fromkeys(("UUID", "GUID"), "UUID"),
    **dict.fromkeys(("BLOB", "BYTEA", "BINARY", "VARBINARY"), "BLOB"),
    **dict.fromkeys(("BIT", "BITSTRING"), "BIT"),
    **dict.fromkeys(("BIGNUM", "VARINT"), "BIGNUM"),
    **dict.fromkeys(("TIMETZ", "TIME WITH TIME ZONE"), "TIME WITH TIME ZONE"),
    "TIME WITHOUT TIME ZONE": "TIME",
    **dict.fromkeys(("TIMESTAMP", "DATETIME", "TIMESTAMP_US", "TIMESTAMP WITHOUT TIME ZONE"), "TIMESTAMP"),
    **{name: name for name in ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")},
    **dict.fromkeys(("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"), "TIMESTAMP WITH TIME ZONE"),
}
_TEXT_NAMES = frozenset({"VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR", "NVARCHAR", "CHARACTER", "CHARACTER VARYING"})
_DECIMAL_NAMES = frozenset({"DECIMAL", "NUMERIC", "DEC"})
_LONGEST_NAME_IN_WORDS = 4
_HINT = "give a type of DuckDB, such as INTEGER, VARCHAR, DECIMAL(10,2) or TIMESTAMP"

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[^\W\d]\w*)|(?P<number>\d+)|"(?P<quoted>(?:[^"]|"")+)"|'(?P<text>(?:[^']|'')*)'|(?P<sign>[(),\[\]]))"""
)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class TypeTree:
    """A type taken apart. `kind` is the canonical name without parameters, LIST and ARRAY included.

    `members` holds the parts of a nested type: the element, the key and the value, or the named fields.
    """

    kind: str
    text: str
    members: tuple[tuple[str, TypeTree], ...] = ()
    scale: int = 0
    size: int = 0


@lru_cache(maxsize=4096)
def parse_type(text: str) -> TypeTree:
    """The tree of a type in any accepted spelling. Raises InvalidColumn for everything else."""
    if len(text) > MAX_TYPE_CHARACTERS or "\0" in text:
        raise InvalidColumn("The column type is too long or holds characters that no type has.")
    parser = _Parser(text)
    tree = parser.parse(depth=0)
    parser.expect_end()
    return tree


def canonical_type(text: str) -> str:
    """The spelling that DuckDB itself reports for the type. Raises InvalidColumn for what is not in the contract."""
    return parse_type(text).text


def _spelled_name(name: str) -> str:
    """A field name as DuckDB writes it in a type: quoted if it is a keyword or not plain."""
    if _PLAIN_NAME.fullmatch(name) and duckdb.tokenize(name) == [(0, duckdb.token_type.identifier)]:
        return name
    return '"' + name.replace('"', '""') + '"'


class _Parser:
    """Recursive descent over the tokens of one type."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._tokens = self._scan(text)
        self._at = 0

    def _scan(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise self._refusal()
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()
        return tokens

    def _refusal(self, reason: str | None = None) -> InvalidColumn:
        shown = _CONTROL.sub("?", self._source)[:100]
        return InvalidColumn(f"Invalid column type '{shown}': {reason or _HINT}")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self, kind: str) -> str:
        found, value = self._peek()
        if found != kind:
            raise self._refusal()
        self._at += 1
        return value

    def _accept(self, sign: str) -> bool:
        if self._peek() != ("sign", sign):
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._refusal()

    def expect_end(self) -> None:
        self._take("end") if self._at < len(self._tokens) else None

    def parse(self, depth: int) -> TypeTree:
        if depth > _MAX_DEPTH:
            raise self._refusal("it is nested too deeply")
        tree = self._base(depth)
        for _ in range(_MAX_DEPTH):
            if not self._accept("["):
                return tree
            tree = self._sequence_of(tree)
        raise self._refusal("it is nested too deeply")

    def _sequence_of(self, element: TypeTree) -> TypeTree:
        size = int(self._take("number")[:10]) if self._peek()[0] == "number" else None
        self._expect("]")
        if size is None:
            return TypeTree("LIST", f"{element.text}[]", (("", element),))
        if not 1 <= size <= _MAX_ARRAY_SIZE:
            raise self._refusal(f"an array has 1 to {_MAX_ARRAY_SIZE} elements")
        return TypeTree("ARRAY", f"{element.text}[{size}]", (("", element),), size=size)

    def _base(self, depth: int) -> TypeTree:
        name = self._name()
        nested: dict[str, Callable[[str, int], TypeTree]] = {
            "STRUCT": self._fields,
            "UNION": self._fields,
            "MAP": self._map,
        }
        if name in nested:
            return nested[name](name, depth + 1)
        if name == "ENUM":
            return self._enum()
        if name in _DECIMAL_NAMES:
            return self._decimal()
        if name in _TEXT_NAMES:
            self._parameters(most=1)
            return TypeTree("VARCHAR", "VARCHAR")
        return TypeTree(_ALIASES[name], _ALIASES[name])

    def _name(self) -> str:
        """The longest run of words that names a type, in upper case."""
        known = _ALIASES.keys() | _TEXT_NAMES | _DECIMAL_NAMES | {"STRUCT", "UNION", "MAP", "ENUM"}
        for length in range(_LONGEST_NAME_IN_WORDS, 0, -1):
            tokens = self._tokens[self._at : self._at + length]
            # Upper case turns some letters of other scripts, such as the dotless i, into ASCII ones.
            name = " ".join(value.upper() for kind, value in tokens if kind == "word" and value.isascii())
            if len(tokens) == length and name.count(" ") == length - 1 and name in known:
                self._at += length
                return name
        raise self._refusal()

    def _parameters(self, most: int) -> list[int]:
        """Up to `most` whole numbers in parentheses, or none at all."""
        if not self._accept("("):
            return []
        numbers = [int(self._take("number")[:10])]
        while len(numbers) < most and self._accept(","):
            numbers.append(int(self._take("number")[:10]))
        self._expect(")")
        return numbers

    def _decimal(self) -> TypeTree:
        numbers = self._parameters(most=2)
        width, scale = (numbers + [0])[:2] if numbers else (18, 3)
        if not 1 <= width <= _MAX_DECIMAL_WIDTH:
            raise self._refusal(f"the precision is 1 to {_MAX_DECIMAL_WIDTH}")
        if scale > width:
            raise self._refusal("the scale is larger than the precision")
        return TypeTree("DECIMAL", f"DECIMAL({width},{scale})", scale=scale)

    def _map(self, _name: str, depth: int) -> TypeTree:
        self._expect("(")
        key = self.parse(depth)
        self._expect(",")
        value = self.parse(depth)
        self._expect(")")
        return TypeTree("MAP", f"MAP({key.text}, {value.text})", (("key", key), ("value", value)))

    def _fields(self, name: str, depth: int) -> TypeTree:
        self._expect("(")
        members = [self._field(depth)]
        while self._accept(","):
            members.append(self._field(depth))
        self._expect(")")
        if len({field.casefold() for field, _ in members}) < len(members):
            raise self._refusal("a field occurs twice")
        inside = ", ".join(f"{_spelled_name(field)} {tree.text}" for field, tree in members)
        return TypeTree(name, f"{name}({inside})", tuple(members))

    def _field(self, depth: int) -> tuple[str, TypeTree]:
        kind, value = self._peek()
        name = self._take("word") if kind == "word" else self._take("quoted").replace('""', '"')
        if _CONTROL.search(name):
            raise self._refusal("a field name holds control characters")
        return name, self.parse(depth)

    def _enum(self) -> TypeTree:
        self._expect("(")
        values = [self._take("text")]
        while self._accept(","):
            values.append(self._take("text"))
        self._expect(")")
        if len(set(values)) < len(values):
            raise self._refusal("a value occurs twice")
        return TypeTree("ENUM", "ENUM(" + ", ".join(f"'{value}'" for value in values) + ")")
