"""Queries that every PUT asks: their SQL is made once, since making it costs more than running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class CompiledQuery:
    """A query with places for values, for the catalog that this process has."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *examples: Any) -> None:
        """`make` gets the examples, each different from any constant of the query and of its field's type."""
        self._make, self._examples = make, examples
        self._compiled: tuple[str, list[int]] | None = None

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """As the database has them: columns must be plain text or numbers. For use in a transaction."""
        if self._compiled is None:
            sql, parameters = self._make(*self._examples).query.sql_with_params()
            self._compiled = sql, [self._examples.index(parameter) for parameter in parameters]
        sql, order = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[place] for place in order])
            return cursor.fetchall()
