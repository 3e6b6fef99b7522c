"""Queries of the ORM that are put into SQL once: for a row by its key, that takes ten times as long as to run it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from files.services.objects.quick_look import current_look

M = TypeVar("M", bound=Model)


class PreparedQuery(Generic[M]):
    """A query for one row by values that are texts; what it selects and follows is as its queryset says."""

    def __init__(self, make: Callable[..., QuerySet[M]], *, values: int) -> None:
        """`make` builds the queryset from so many values, and uses each of them as it is."""
        self._make = make
        self._samples = tuple(f"value {number} of a prepared query" for number in range(values))
        #: Connections belong to threads, and so does what was made with them.
        self._local = threading.local()

    def first(self, *values: str) -> M | None:
        """Any row that fits, with the related ones; None without one. Within `QuickLook.run` it may raise WouldWait."""
        look = current_look()
        if look is not None:
            statement = self._statement("quick", look.wrapper)
            return statement.made(look.fetch_one(statement.quick_sql, statement.ordered(values)))
        statement = self._statement("usual", connections[DEFAULT_DB_ALIAS])
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.ordered(values))
            found = cursor.fetchone()
        return statement.made(found)

    def _statement(self, name: str, wrapper: BaseDatabaseWrapper) -> _Statement[M]:
        """This thread's for its connection of that name."""
        kept: _Statement[M] | None = getattr(self._local, name, None)
        if kept is None or kept.vendor != wrapper.vendor:
            kept = _Statement(self._make(*self._samples), self._samples, wrapper)
            setattr(self._local, name, kept)
        return kept


class _Statement(Generic[M]):
    """Does what Django's ModelIterable does, from the second half on."""

    def __init__(self, queryset: QuerySet[M], samples: Sequence[str], connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self.vendor = connection.vendor
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        self._order = [samples.index(parameter) for parameter in parameters]
        #: As SQLite itself spells it.
        self.quick_sql = self.sql.replace("%s", "?")
        selected = compiler.select
        of_model = compiler.klass_info["select_fields"]
        self._model: type[M] = queryset.model
        self._own = slice(of_model[0], of_model[-1] + 1)
        self._names = [column[0].target.attname for column in selected[self._own]]
        self._related = get_related_populators(compiler.klass_info, selected, connection.alias)
        self._converters = compiler.get_converters([column[0] for column in selected])

    def ordered(self, values: Sequence[str]) -> list[str]:
        """As the statement wants them."""
        return [values[position] for position in self._order]

    def made(self, found: tuple[Any, ...] | None) -> M | None:
        """The object of a row."""
        if found is None:
            return None
        row: list[Any] = list(found)
        for position, (converters, expression) in self._converters.items():
            for convert in converters:
                row[position] = convert(row[position], expression, self._connection)
        made = self._model.from_db(self._connection.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, made)
        return made


class PreparedRows:
    """A query for rows as the database has them: their columns must be plain text or numbers."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *examples: Any) -> None:
        """`make` gets the examples, each different from any constant of the query and of its field's type."""
        self._make, self._examples = make, examples
        self._compiled: tuple[str, list[int]] | None = None

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """All rows for these values. For use in a transaction."""
        if self._compiled is None:
            sql, parameters = self._make(*self._examples).query.sql_with_params()
            self._compiled = sql, [self._examples.index(parameter) for parameter in parameters]
        sql, order = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[place] for place in order])
            return cursor.fetchall()
