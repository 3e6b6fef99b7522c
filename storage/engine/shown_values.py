"""SQL that shows a value of any column type: as text for whoever takes texts only, or with its kind kept."""

from __future__ import annotations

from storage.engine.preview_json import encoded_scalar_sql
from storage.engine.type_grammar import TypeTree, parse_type

_KEPT = frozenset("BOOLEAN TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT DOUBLE".split())
_KEPT_IN_LISTS = _KEPT | {"VARCHAR"}
_NESTED = frozenset({"STRUCT", "MAP", "UNION"})
_LISTS = frozenset({"LIST", "ARRAY"})
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_BARE = _KEPT | _TIMESTAMPS | {"HUGEINT", "UHUGEINT", "FLOAT", "DECIMAL", _WITH_ZONE, "DATE", "TIME"}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_EXACT_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
#: Shown the same way as in JSON, without its quotes.
_MOMENTS = _TIMESTAMPS | {_WITH_ZONE, "DATE", "TIME", "TIME WITH TIME ZONE", "INTERVAL"}


def is_bare(type_text: str) -> bool:
    """Whether its texts need no quotes: numbers, truth values and moments."""
    return parse_type(type_text).kind in _BARE


def text_sql(value: str, type_text: str, *, cut: int) -> str:
    """The first `cut` characters of the value's text: moments with a space and all six digits, nested ones as JSON,
    bytes as base64.
    """
    tree = parse_type(type_text)
    if tree.kind in _NESTED or tree.kind in _LISTS:
        return _left(encoded_scalar_sql(value, type_text), cut)
    if tree.kind in _TIMESTAMPS or tree.kind == _WITH_ZONE:
        return _moment(_as_timestamp(value, tree.kind), _EXACT_MOMENT)
    return _plain(value, tree, cut)


def text_of_moment(value: str, type_text: str) -> str | None:
    """The text of a moment in UTC, without a fraction of the second where that is zero; None for other types."""
    kind = parse_type(type_text).kind
    if kind not in _TIMESTAMPS and kind != _WITH_ZONE:
        return None
    moment = _as_timestamp(value, kind)
    whole, exact = _moment(moment, _MOMENT), _moment(moment, _EXACT_MOMENT)
    return f"CASE WHEN microsecond({moment}) % 1000000 <> 0 THEN {exact} ELSE {whole} END"


def typed_sql(value: str, type_text: str, *, cut: int) -> str:
    """Truth values, numbers and lists of such or of texts as they are, moments as ISO 8601, everything else as text.

    Whole numbers wider than 64 bits are texts here, too: Arrow has no form for them. Lists and texts are cut.
    """
    tree = parse_type(type_text)
    if tree.kind in _KEPT:
        return value
    if tree.kind == "FLOAT":
        # Widened as it is, 0.1 would show the digits that it has not.
        return f"CAST(CAST({value} AS VARCHAR) AS DOUBLE)"
    if tree.kind in _LISTS:
        _, element = tree.members[0]
        as_type = f"{element.text}[]" if element.kind in _KEPT_IN_LISTS else "VARCHAR[]"
        return f"list_slice(CAST({value} AS {as_type}), 1, {int(cut)})"
    if tree.kind in _NESTED:
        return _left(encoded_scalar_sql(value, type_text), cut)
    if tree.kind in _MOMENTS:
        return f"trim({encoded_scalar_sql(value, type_text)}, '\"')"
    return _plain(value, tree, cut)


def is_wide_number(type_text: str) -> bool:
    """Whether `typed_sql` gives the text of a whole number."""
    return parse_type(type_text).kind in ("HUGEINT", "UHUGEINT")


def _plain(value: str, tree: TypeTree, cut: int) -> str:
    if tree.kind == "BLOB":
        return _left(f"base64({value})", cut)
    text = f"CAST({value} AS VARCHAR)"
    if tree.kind == "DECIMAL":
        # DuckDB leaves out the zero before the point where the type has no digit for it.
        return f"regexp_replace({text}, '^(-?)[.]', '\\10.')"
    return _left(text, cut)


def _left(text: str, cut: int) -> str:
    return f"left({text}, {int(cut)})"


def _as_timestamp(value: str, kind: str) -> str:
    if kind == _WITH_ZONE:
        return f"({value} AT TIME ZONE 'UTC')"
    return value if kind == "TIMESTAMP" else f"CAST({value} AS TIMESTAMP)"


def _moment(value: str, form: str) -> str:
    """What is endless stays in DuckDB's spelling."""
    return f"CASE WHEN isfinite({value}) THEN strftime({value}, '{form}') ELSE CAST({value} AS VARCHAR) END"
