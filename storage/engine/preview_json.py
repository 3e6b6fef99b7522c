"""SQL expressions that turn a value of any column type into the JSON text that the contract's preview shows.

Each expression is NULL for NULL and otherwise a VARCHAR with one JSON value. An expression repeats the text of its
argument, so pass a column or a short name.
"""

from __future__ import annotations

import json

from storage.engine.sql import quote_identifier, quote_literal
from storage.engine.type_grammar import TypeTree, parse_type

_PLAIN_NUMBERS = frozenset(
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BOOLEAN".split()
)
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_LONG_TEXTS = frozenset({"VARCHAR", "JSON", "BLOB", "BIT", "BIGNUM"})


def encoded_scalar_sql(expression: str, type_text: str, *, cut: int | None = None) -> str:
    """JSON text of `expression`, a value of the type. Texts and lists longer than `cut` are cut to that length."""
    return _encoded(expression, parse_type(type_text), cut, 0)


def encoded_object_sql(columns: list[tuple[str, str]], *, cut: int | None = None) -> str:
    """JSON text of one row: an object with a member for each column, given as (name, type), in their order."""
    return _object([(name, quote_identifier(name), parse_type(type_text)) for name, type_text in columns], cut, 0)


def _encoded(value: str, tree: TypeTree, cut: int | None, depth: int) -> str:
    kind = tree.kind
    if kind in _PLAIN_NUMBERS:
        return f"CAST({value} AS VARCHAR)"
    if kind in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite({value}) THEN CAST({value} AS VARCHAR) END"
    if kind in ("DECIMAL", "UUID"):
        return f"""('"' || {_safe_text(value, tree)} || '"')"""
    if kind in _LONG_TEXTS or kind == "ENUM":
        return _text(value, cut)
    if kind in ("LIST", "ARRAY"):
        return _list(value, tree, cut, depth)
    if kind == "STRUCT":
        return _struct(value, tree, cut, depth)
    if kind == "MAP":
        return _map(value, tree, cut, depth)
    if kind == "UNION":
        return _union(value, tree, cut, depth)
    return f"""('"' || {_moment(value, kind)} || '"')"""


def _safe_text(value: str, tree: TypeTree) -> str:
    """A text that needs no escapes. DuckDB leaves out the zero before the point where the type has no digit for it."""
    text = f"CAST({value} AS VARCHAR)"
    if tree.text == f"DECIMAL({tree.scale},{tree.scale})":
        return f"regexp_replace({text}, '^(-?)[.]', '\\10.')"
    return text


def _moment(value: str, kind: str) -> str:
    """ISO text of a date, a time or an interval."""
    if kind == "DATE":
        return _or_infinity(value, f"CAST({value} AS VARCHAR)", "9999-12-31", "0001-01-01")
    if kind in _TIMESTAMPS:
        return _timestamp(f"CAST({value} AS TIMESTAMP)" if kind != "TIMESTAMP" else value, "")
    if kind == "TIMESTAMP WITH TIME ZONE":
        return _timestamp(f"({value} AT TIME ZONE 'UTC')", "+00:00")
    if kind == "TIME":
        return _padded_fraction(f"CAST({value} AS VARCHAR)")
    if kind == "TIME WITH TIME ZONE":
        return _time_with_zone(f"CAST({value} AS VARCHAR)")
    return _interval(value)


def _text(value: str, cut: int | None) -> str:
    text = f"CAST({value} AS VARCHAR)"
    return f"CAST(to_json({text if cut is None else f'left({text}, {cut})'}) AS VARCHAR)"


def _or_infinity(value: str, text: str, latest: str, earliest: str) -> str:
    return (
        f"CASE WHEN isfinite({value}) THEN {text} WHEN {value} IS NULL THEN NULL"
        f" WHEN CAST({value} AS VARCHAR) = 'infinity' THEN '{latest}' ELSE '{earliest}' END"
    )


def _timestamp(value: str, offset: str) -> str:
    """Years that ISO 8601 cannot write in four digits stay in DuckDB's spelling."""
    whole = f"strftime({value}, '%Y-%m-%dT%H:%M:%S')"
    exact = f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%f')"
    iso = f"CASE WHEN microsecond({value}) % 1000000 = 0 THEN {whole} ELSE {exact} END"
    text = f"(CASE WHEN year({value}) BETWEEN 1 AND 9999 THEN {iso} ELSE CAST({value} AS VARCHAR) END"
    latest, earliest = "9999-12-31T23:59:59.999999", "0001-01-01T00:00:00"
    return _or_infinity(value, f"{text} || '{offset}')", latest + offset, earliest + offset)


def _padded_fraction(text: str) -> str:
    return f"CASE WHEN contains({text}, '.') THEN rpad({text}, 15, '0') ELSE {text} END"


def _time_with_zone(text: str) -> str:
    time_of_day = f"regexp_extract({text}, '^[0-9:.]+')"
    offset = f"regexp_extract({text}, '[+-].*$')"
    return (
        f"({_padded_fraction(time_of_day)} || CASE WHEN strlen({offset}) = 3 THEN {offset} || ':00' ELSE {offset} END)"
    )


def _interval(value: str) -> str:
    """`2 days, 3:04:05`: months count 30 days, the time of day is never negative."""
    micros = (
        f"(CAST(datepart('hour', {value}) AS HUGEINT) * 3600000000"
        f" + datepart('minute', {value}) * 60000000 + datepart('microsecond', {value}))"
    )
    day_length = "CAST(86400000000 AS HUGEINT)"
    rest = f"((({micros} % {day_length}) + {day_length}) % {day_length})"
    months = f"(datepart('year', {value}) * 12 + datepart('month', {value}))"
    days = f"({months} * 30 + datepart('day', {value}) + ({micros} - {rest}) // {day_length})"
    return (
        f"(CASE WHEN {days} = 0 THEN '' WHEN abs({days}) = 1 THEN {days} || ' day, ' ELSE {days} || ' days, ' END"
        f" || ({rest} // 3600000000) || ':' || lpad(CAST({rest} // 60000000 % 60 AS VARCHAR), 2, '0')"
        f" || ':' || lpad(CAST({rest} // 1000000 % 60 AS VARCHAR), 2, '0')"
        f" || CASE WHEN {rest} % 1000000 = 0 THEN ''"
        f" ELSE '.' || lpad(CAST({rest} % 1000000 AS VARCHAR), 6, '0') END)"
    )


def _joined(values: str, item: str, encoded: str) -> str:
    return f"array_to_string(list_transform({values}, lambda {item}: {encoded}), ',')"


def _list(value: str, tree: TypeTree, cut: int | None, depth: int) -> str:
    _, element = tree.members[0]
    item = f"item{depth}"
    values = f"CAST({value} AS {element.text}[])" if tree.kind == "ARRAY" else value
    shown = values if cut is None else f"list_slice({values}, 1, {cut})"
    encoded = f"coalesce({_encoded(item, element, cut, depth + 1)}, 'null')"
    return f"('[' || {_joined(shown, item, encoded)} || ']')"


def _map(value: str, tree: TypeTree, cut: int | None, depth: int) -> str:
    key, member = tree.members[0][1], tree.members[1][1]
    item = f"item{depth}"
    entries = f"map_entries({value})"
    shown = entries if cut is None else f"list_slice({entries}, 1, {cut})"
    key_json = _encoded(f"{item}.key", key, cut, depth + 1)
    key_text = f"CASE WHEN starts_with({key_json}, '\"') THEN {key_json} ELSE CAST(to_json({key_json}) AS VARCHAR) END"
    member_json = f"coalesce({_encoded(f'{item}.value', member, cut, depth + 1)}, 'null')"
    return "('{' || " + _joined(shown, item, f"({key_text} || ':' || {member_json})") + " || '}')"


def _struct(value: str, tree: TypeTree, cut: int | None, depth: int) -> str:
    fields = [(name, f"struct_extract({value}, {quote_literal(name)})", field) for name, field in tree.members]
    return f"CASE WHEN {value} IS NOT NULL THEN {_object(fields, cut, depth)} END"


def _object(fields: list[tuple[str, str, TypeTree]], cut: int | None, depth: int) -> str:
    parts: list[str] = []
    for position, (name, value, tree) in enumerate(fields):
        lead = ("," if position else "{") + _json_string(name) + ":"
        parts += [quote_literal(lead), f"coalesce({_encoded(value, tree, cut, depth)}, 'null')"]
    return f"concat({', '.join(parts)}, '}}')"


def _union(value: str, tree: TypeTree, cut: int | None, depth: int) -> str:
    cases = "".join(
        f" WHEN {quote_literal(name)}"
        f" THEN {_encoded(f'union_extract({value}, {quote_literal(name)})', member, cut, depth)}"
        for name, member in tree.members
    )
    return f"CASE CAST(union_tag({value}) AS VARCHAR){cases} END"


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
