"""What PostgreSQL would say: the engine's messages in the words that users and drivers look for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Words:
    """A message in PostgreSQL's words; `sqlstate` where it is another one than the kind of error told.

    `{table}` in it stands for the table of the statement, for whoever knows it.
    """

    message: str
    sqlstate: str | None = None
    detail: str | None = None
    hint: str | None = None
    #: column, constraint: what an error names beside its text.
    names: Mapping[str, str] = field(default_factory=dict)


_TYPES: Final = {
    "BOOL": "boolean", "INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint",
    "UINT8": "utinyint", "UINT16": "usmallint", "UINT32": "uinteger", "UINT64": "ubigint", "INT128": "uuid",
    "FLOAT": "real", "DOUBLE": "double precision", "VARCHAR": "character varying", "INTEGER": "integer",
    "STRING_LITERAL": "unknown", "INTEGER_LITERAL": "integer", "BIGINT": "bigint", "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp without time zone", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}  # fmt: skip
_OPERATOR: Final = re.compile(r"[^\w\s\"(]+$")
_CAST_HINT: Final = "No function matches the given name and argument types. You might need to add explicit type casts."
_DROP_HINT: Final = "Use DROP ... CASCADE to drop the dependent objects too."


def words_for(state: str, text: str) -> Words | None:
    """None for what has no other words than the engine's."""
    for wanted, pattern, words in _COMPILED:
        if wanted == state and (found := pattern.search(text)):
            return words(found) if callable(words) else Words(words.format(*found.groups()))
    return None


def type_name(engine_name: str) -> str:
    bare = re.sub(r"\(.*\)", "", engine_name).strip()
    return "numeric" if bare == "DECIMAL" else _TYPES.get(bare, engine_name.lower())


def _wrong_text(found: re.Match[str]) -> Words:
    value, target = found[1], found[2]
    if target in _TYPES and "INT" in target and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return Words(f'value "{value}" is out of range for type {type_name(target)}', "22003")
    if target == "UINT8":
        return Words(f'invalid input value for enum: "{value}"')
    return Words(f'invalid input syntax for type {type_name(target)}: "{value}"')


def _out_of_range(found: re.Match[str]) -> Words:
    name = type_name(found[1])
    return Words("numeric field overflow" if name == "numeric" else f"{name} out of range", "22003")


def _key(text: str) -> tuple[list[str], list[str]]:
    pairs = [pair.partition(": ") for pair in text.split(", ")]
    return [pair[0] for pair in pairs], [pair[2] for pair in pairs]


def _shown_key(text: str) -> str:
    columns, values = _key(text)
    return f"Key ({', '.join(columns)})=({', '.join(values)})"


def _duplicate(found: re.Match[str]) -> Words:
    columns, _ = _key(found[1])
    name = "{table}_pkey" if found[2].startswith("primary") else f"{{table}}_{'_'.join(columns)}_key"
    return Words(
        f'duplicate key value violates unique constraint "{name}"',
        detail=f"{_shown_key(found[1])} already exists.",
        names={"constraint": name},
    )


def _missing_key(found: re.Match[str]) -> Words:
    name = f"{{table}}_{_key(found[1])[0][0]}_fkey"
    return Words(
        f'insert or update on table "{{table}}" violates foreign key constraint "{name}"',
        detail=f"{_shown_key(found[1])} is not present in table.",
        names={"constraint": name},
    )


def _referenced(found: re.Match[str]) -> Words:
    return Words(
        'update or delete on table "{table}" violates foreign key constraint',
        detail=f"{_shown_key(found[1])} is still referenced.",
    )


def _not_null(found: re.Match[str]) -> Words:
    return Words(
        f'null value in column "{found[2]}" of relation "{found[1]}" violates not-null constraint',
        names={"column": found[2]},
    )


def _check(found: re.Match[str]) -> Words:
    column = re.search(r"[A-Za-z_]\w*", found[2].removeprefix("CHECK"))
    name = f"{found[1]}_{column[0]}_check" if column else f"{found[1]}_check"
    message = f'new row for relation "{found[1]}" violates check constraint "{name}"'
    return Words(message, names={"constraint": name})


def _needed(found: re.Match[str]) -> Words:
    name, rest = found[1], found[2]
    kind = re.search(rf'depends on (\w+) "{re.escape(name)}"', rest)
    lines = [line.replace('"', "").rstrip(".") for line in rest.splitlines() if " depends on " in line]
    shown = f"{kind[1]} {name}" if kind else name
    return Words(
        f"cannot drop {shown} because other objects depend on it", detail="\n".join(lines) or None, hint=_DROP_HINT
    )


def _no_function(found: re.Match[str]) -> Words:
    name, arguments = found[1], [type_name(each.strip()) for each in found[2].split(",") if each.strip()]
    if _OPERATOR.fullmatch(name):
        sides = f" {name} ".join(arguments) if len(arguments) > 1 else f"{name} {''.join(arguments)}"
        return Words(f"operator does not exist: {sides}", hint=_CAST_HINT.replace("function", "operator"))
    return Words(f"function {name}({', '.join(arguments)}) does not exist", hint=_CAST_HINT)


def _value_count(found: re.Match[str]) -> Words:
    more = "target columns than expressions" if int(found[1]) > int(found[2]) else "expressions than target columns"
    return Words(f"INSERT has more {more}")


def _other_kind(found: re.Match[str]) -> Words:
    hint = f"Use DROP {found[2].upper()} to remove a {found[2].lower()}."
    return Words(f'"{found[1]}" is not a {found[3].lower()}', hint=hint)


_Rule = tuple[str, str, str | Callable[[re.Match[str]], Words]]
_RULES: Final[tuple[_Rule, ...]] = (
    ("42P01", r'(?:Table|View|Sequence) with name "?([^"!\n]+?)"? does not exist', 'relation "{0}" does not exist'),
    ("42P01", r'Referenced table "([^"]+)" not found', 'missing FROM-clause entry for table "{0}"'),
    ("42703", r"Referenced update column (.+?) not found in table",
     lambda found: Words(f'column "{found[1]}" of relation "{{table}}" does not exist')),
    ("42703", r'Referenced column "([^"]+)" ', 'column "{0}" does not exist'),
    ("42703", r'(?:Table|Values list) "([^"]+)" does not have a column named "([^"]+)"',
     'column {0}.{1} does not exist'),
    ("42703", r'Table "([^"]+)" does not have a column with name "([^"]+)"',
     'column "{1}" of relation "{0}" does not exist'),
    ("42702", r'Ambiguous reference to column name "([^"]+)"', 'column reference "{0}" is ambiguous'),
    ("42803", r'column "([^"]+)" must appear in the GROUP BY',
     'column "{0}" must appear in the GROUP BY clause or be used in an aggregate function'),
    ("42883", r"(?:Function|Macro|Aggregate) with name \"?([^\"!\n ]+)\"? does not exist",
     lambda found: Words(f"function {found[1]} does not exist", hint=_CAST_HINT)),
    ("42883", r"(?:argument types '|function call \")(.+?)\((.*)\)['\"]\.", _no_function),
    ("3D000", r'Catalog "([^"]+)" does not exist', 'database "{0}" does not exist'),
    ("3F000", r'[Ss]chema (?:with name )?"?([^"!\n]+?)"? does not exist', 'schema "{0}" does not exist'),
    ("42P07", r'with name "?([^"!\n]+?)"? already exists', 'relation "{0}" already exists'),
    ("42P06", r'with name "?([^"!\n]+?)"? already exists', 'schema "{0}" already exists'),
    ("42723", r'with name "?([^"!\n]+?)"? already exists',
     'function "{0}" already exists with same argument types'),
    ("42710", r'Type with name "?([^"!\n]+?)"? already exists', 'type "{0}" already exists'),
    ("42701", r'Column with name "?([^"!\n]+?)"? already exists',
     lambda found: Words(f'column "{found[1]}" of relation "{{table}}" already exists')),
    ("42704", r'(Type|Index|Collation) with name "?([^"!\n]+?)"? does not exist',
     lambda found: Words(f'{found[1].lower()} "{found[2]}" does not exist')),
    ("42809", r"Can only update base table",
     lambda found: Words("cannot change a view", hint="Change the tables that it reads.")),
    ("42809", r"object (\S+) is of type (\w+), trying to drop type (\w+)", _other_kind),
    ("2BP01", r'Cannot drop entry "([^"]+)"(.*)', _needed),
    ("2BP01", r"main key table of the table \"([^\"]+)\"",
     lambda found: Words(
         "cannot drop table {table} because other objects depend on it",
         detail=f"a foreign key of table {found[1]} depends on table {{table}}", hint=_DROP_HINT,
     )),
    ("42601", r'syntax error at or near "([^"]*)"', 'syntax error at or near "{0}"'),
    ("42601", r"syntax error at end of input", "syntax error at end of input"),
    ("42601", r"has (\d+) columns but (\d+) values were supplied", _value_count),
    ("42601", r"expected (\d+) columns but (\d+) values were supplied", _value_count),
    ("23505", r'[Dd]uplicate key "(.*)" violates (primary key|unique) constraint', _duplicate),
    ("23505", r"(?i)duplicate key", "duplicate key value violates unique constraint"),
    ("23502", r"NOT NULL constraint failed: (?:.*\.)?([^.\s]+)\.([^.\s]+)$", _not_null),
    ("23514", r'CHECK constraint failed on table "?(\w+)"? with expression (.*)', _check),
    ("23503", r'because key "(.*)" does not exist in the referenced table', _missing_key),
    ("23503", r'because key "(.*)" is still referenced', _referenced),
    ("22003", r"out of range for the destination type ([A-Z0-9 ]+)", _out_of_range),
    ("22003", r"Failed to cast decimal value .* to type ([A-Z0-9 ]+)", _out_of_range),
    ("22003", r"Casting value .* to type (DECIMAL)", _out_of_range),
    ("22003", r"Overflow in \w+ of (\w+)", _out_of_range),
    ("22003", r"Could not cast value .* to (DECIMAL)", _out_of_range),
    ("22P02", r"(?s)Could not (?:convert|cast) string ['\"](.*)['\"] to ([A-Z0-9]+(?:\([\d,]+\))?)", _wrong_text),
    ("22P02", r"Malformed JSON", "invalid input syntax for type json"),
    ("22P02", r"Type VARCHAR with value '(.*)' can't be cast to the destination type .*\[\]",
     'malformed array literal: "{0}"'),
    ("22007", r'invalid (date|time|timestamp) field format: "(.*?)", expected',
     'invalid input syntax for type {0}: "{1}"'),
    ("22008", r'(?:date|time|timestamp) field value out of range: "(.*?)"',
     'date/time field value out of range: "{0}"'),
    ("22023", r'(?:extract|date) specifier "?([^"]*)"? not recognized', 'unit "{0}" not recognized'),
    ("21000", r"(?i)more than one row", "more than one row returned by a subquery used as an expression"),
    ("2201B", r"([^\n]+?)(?:: \S+)?$", "invalid regular expression: {0}"),
    ("42501", r"Attempting to write to database", "permission denied: project tables are read-only"),
    ("25006", r"", "cannot execute {{tag}} in a read-only transaction"),
    ("40001", r"", "could not serialize access due to concurrent update"),
    ("22012", r"", "division by zero"),
    ("55000", r"currval: sequence is not yet defined",
     "currval of this sequence is not yet defined in this session"),
)  # fmt: skip
_COMPILED: Final = tuple((state, re.compile(pattern, re.DOTALL), words) for state, pattern, words in _RULES)
