"""Which project tables a statement may read: names of buckets as schemas, and what the text mentions of them.

The answer may hold too much (an alias, a column), never too little, so that attaching what is named is enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

_NOT_NAME_CHARACTER = re.compile(r"[^a-z0-9_]+")
_SPACE = r"[\s\xa0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]"
#: Strings and comments are stepped over without a look; nested comments and dollar quotes end where they can end first,
#: which may show some of their text: that is too much, never too little.
_PART = r'(?:"(?:[^"]|"")*+"|[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*+)'
_GAP = rf"(?:{_SPACE}|--[^\r\n]*+|/\*(?:(?!\*/)[\s\S])*+\*/)*+"
_CHAIN = re.compile(rf"'[^']*+'|--[^\r\n]*+|({_PART}(?:{_GAP}\.{_GAP}{_PART})*+)")
_PARTS = re.compile(
    r'"((?:[^"]|"")*+)"|([A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*+)|--[^\r\n]*+|/\*(?:(?!\*/)[\s\S])*+\*/'
)


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


def table_names(text: str, *, schemas: Collection[str], search_path: Collection[str] = ()) -> set[TableName]:
    """Tables of these schemas that the text may refer to, whatever its quoting and case.

    A name without a schema counts for each schema of the search path that is one of ours. Dotted names of any length
    count at each place where a schema's name is followed by another part.
    """
    known = {schema.casefold(): schema for schema in schemas}
    path = [known[schema.casefold()] for schema in search_path if schema.casefold() in known]
    if not known or not (path or _mentions(text, known)):
        return set()
    found: set[TableName] = set()
    for match in _CHAIN.finditer(text):
        chain = match.group(1)
        if chain is not None and (path or "." in chain):
            _collect(found, chain, known, path)
    return found


def _mentions(text: str, known: Mapping[str, str]) -> bool:
    folded = text.casefold()
    return any(schema in folded for schema in known)


def _collect(found: set[TableName], chain: str, known: Mapping[str, str], path: list[str]) -> None:
    parts = [
        (quoted.replace('""', '"') if quoted else plain).casefold()
        for quoted, plain in _PARTS.findall(chain)
        if quoted or plain
    ]
    for place, part in enumerate(parts[:-1]):
        if part in known:
            found.add(TableName(known[part], parts[place + 1]))
    found.update(TableName(schema, parts[0]) for schema in path)
