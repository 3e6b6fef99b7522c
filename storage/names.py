"""The rules for names that users choose (rest-core 15)."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.conf import settings

from storage.errors import InvalidColumn, InvalidName

MAX_COLUMN_CHARACTERS = 128
DEFAULT_BRANCH = "default"

_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}")
_TABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_RESERVED_TABLES = frozenset({"_temp_data"})


def check_project_id(name: str) -> str:
    """`name` unchanged. Raises InvalidName."""
    if not _PROJECT.fullmatch(name):
        raise InvalidName(
            "project", name, "use 1 to 64 letters, digits, underscores and hyphens, beginning with a letter or digit."
        )
    return name


def check_workspace_id(name: str) -> str:
    """An id that a host gives; `name` unchanged. Raises InvalidName."""
    if not _PROJECT.fullmatch(name):
        raise InvalidName(
            "workspace", name, "use 1 to 64 letters, digits, underscores and hyphens, beginning with a letter or digit."
        )
    return name


def check_bucket_name(name: str) -> str:
    """`name` unchanged. Raises InvalidName."""
    if not _BUCKET.fullmatch(name) or ".." in name or name.endswith("."):
        raise InvalidName(
            "bucket",
            name,
            "use 1 to 96 letters, digits, underscores, hyphens and single dots, beginning with a letter or digit.",
        )
    return name


def check_table_name(name: str) -> str:
    """`name` unchanged. Raises InvalidName."""
    if not _TABLE.fullmatch(name) or ".." in name:
        raise InvalidName(
            "table",
            name,
            "use 1 to 96 letters, digits, underscores, hyphens and single dots, beginning with a letter, digit or "
            "underscore.",
        )
    if name.lower().endswith((".duckdb", ".wal")) or name in _RESERVED_TABLES:
        raise InvalidName("table", name, "this name or ending is reserved.")
    return name


def check_column_name(name: str) -> str:
    """`name` unchanged. Raises InvalidName."""
    if not 1 <= len(name) <= MAX_COLUMN_CHARACTERS or not name.strip():
        raise InvalidName("column", name, f"use 1 to {MAX_COLUMN_CHARACTERS} characters that are not all blank.")
    if _CONTROL.search(name) or '"' in name:
        raise InvalidName("column", name, "control characters and double quotes are not allowed.")
    return name


def check_column_names(names: Collection[str]) -> None:
    """Of all columns of a table.

    Raises InvalidName for one that breaks the rules, InvalidColumn for two that differ by case at most, and for more
    than `MAX_COLUMNS`.
    """
    check_column_count(len(names))
    seen: set[str] = set()
    for name in names:
        folded = check_column_name(name).casefold()
        if folded in seen:
            raise InvalidColumn(f"Column {name} occurs twice; names are compared without regard to case.")
        seen.add(folded)


def check_column_count(count: int) -> None:
    """Raises InvalidColumn for more columns than a table may have."""
    most = settings.MAX_COLUMNS
    if count > most:
        raise InvalidColumn(
            f"A table may have at most {most} columns, not {count}.", details={"max_columns": most, "columns": count}
        )
