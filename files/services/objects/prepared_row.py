"""Writes a whole row of a model by statements that are put together once: the ORM takes longer than the catalog."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, Model

M = TypeVar("M", bound=Model)


class PreparedRow(Generic[M]):
    """For models whose fields hold plain values: no expressions, no signals."""

    def __init__(self, model: type[M]) -> None:
        self._model = model

    def insert(self, row: M) -> None:
        """Raises IntegrityError. A number that the catalog gives becomes the row's key."""
        with connection.cursor() as cursor:
            cursor.execute(self._insert, self._values(row, adds=True))
            if self._has_number:
                row.pk = cursor.fetchone()[0]
        row._state.adding, row._state.db = False, connection.alias

    def update(self, row: M) -> None:
        """Raises the model's DoesNotExist if the row is not there."""
        with connection.cursor() as cursor:
            cursor.execute(self._update, [*self._values(row, adds=False), row.pk])
            if not cursor.rowcount:
                raise self._model.DoesNotExist  # type: ignore[attr-defined]

    def _values(self, row: M, *, adds: bool) -> list[Any]:
        fields = self._fields if adds else self._changed
        return [field.get_db_prep_save(field.pre_save(row, adds), connection) for field in fields]

    @cached_property
    def _has_number(self) -> bool:
        return isinstance(self._model._meta.pk, AutoField)

    @cached_property
    def _fields(self) -> list[Field[Any, Any]]:
        return [field for field in self._model._meta.concrete_fields if not (field.primary_key and self._has_number)]

    @cached_property
    def _changed(self) -> list[Field[Any, Any]]:
        return [field for field in self._fields if not field.primary_key]

    @cached_property
    def _insert(self) -> str:
        names = ", ".join(_quoted(field.column) for field in self._fields)
        places = ", ".join("%s" for _ in self._fields)
        returned = f" RETURNING {_quoted(self._key)}" if self._has_number else ""
        return f"INSERT INTO {_quoted(self._model._meta.db_table)} ({names}) VALUES ({places}){returned}"  # noqa: S608

    @cached_property
    def _update(self) -> str:
        changes = ", ".join(f"{_quoted(field.column)} = %s" for field in self._changed)
        return f"UPDATE {_quoted(self._model._meta.db_table)} SET {changes} WHERE {_quoted(self._key)} = %s"  # noqa: S608

    @property
    def _key(self) -> str:
        return self._model._meta.pk.column  # type: ignore[union-attr]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
