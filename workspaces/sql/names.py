"""Which project tables a statement may read: names of buckets as schemas, and what the text mentions of them.

The answer may hold too much (an alias, a column), never too little, so that attaching what is named is enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from workspaces.sql.lexer import Token, TokenKind

_NOT_NAME_CHARACTER = re.compile(r"[^a-z0-9_]+")
_SPACE = r"[\s\xa0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]"


class TableName(NamedTuple):
    """A relation that the text may mean: the schema as the server spells it, the table in lower case."""

    schema: str
    table: str


def schema_name(bucket: str) -> str:
    """The schema in which a bucket appears: `in.c-sales` is `in_c_sales`, in lower case and without quoting needed."""
    name = _NOT_NAME_CHARACTER.sub("_", bucket.lower())
    return f"_{name}" if name[:1].isdigit() else name


def schema_names(buckets: Iterable[str]) -> dict[str, str]:
    """Schema of each bucket; of buckets that would share a name the first in order of id keeps it, others get a number.

    The order of the input does not matter, so every session and every worker answers the same.
    """
    taken: set[str] = set()
    names: dict[str, str] = {}
    # Exact names first: a bucket called `in_c_sales` must not lose its name to `in.c-sales`.
    for bucket in sorted(buckets, key=lambda item: (schema_name(item) != item, item)):
        wanted = name = schema_name(bucket)
        number = 2
        while name in taken:
            name = f"{wanted}_{number}"
            number += 1
        taken.add(name)
        names[bucket] = name
    return names


def table_names(
    tokens: Sequence[Token], *, schemas: Collection[str], search_path: Collection[str] = ()
) -> set[TableName]:
    """Tables of these schemas that the statement may refer to, whatever its quoting and case.

    A name without a schema counts for each schema of the search path that is one of ours. Dotted names of any length
    count at each place where a schema's name is followed by another part.
    """
    known = {schema.casefold(): schema for schema in schemas}
    path = [known[schema.casefold()] for schema in search_path if schema.casefold() in known]
    found: set[TableName] = set()
    if not known:
        return found
    bare: set[str] = set()
    before, last, word = "", len(tokens) - 2, TokenKind.WORD
    for index, (kind, text, _, _) in enumerate(tokens):
        if kind <= TokenKind.UNICODE_NAME:
            part = (text if kind is word else tokens[index].value).casefold()
            if part in known and index < last and tokens[index + 1].text == "." and tokens[index + 2].is_name:
                found.add(TableName(known[part], tokens[index + 2].value.casefold()))
            elif before != ".":
                bare.add(part)
        before = text
    return found | {TableName(schema, part) for schema in path for part in bare}
