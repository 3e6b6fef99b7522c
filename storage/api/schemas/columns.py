"""Shapes of changes of columns, keys and rows. Their jobs store what is asked for, hence `Text`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from kbstore.rest.schema import Reply, RequestModel, Text
from storage.api.schemas.tables import ColumnRequest


class ColumnAddRequest(ColumnRequest):
    """A column definition, as on creation of a table."""

    name: Text
    type: Text
    default: Text | None = None

    def order(self) -> dict[str, Any]:
        return {"column": self.name, "type": self.type, "nullable": self.nullable, "default": self.default}


class ColumnAlterRequest(RequestModel):
    """Null or absent leaves as it is; an empty `set_default` drops the default."""

    new_name: Text | None = None
    new_type: Text | None = None
    set_not_null: bool | None = None
    set_default: Text | None = None


class PrimaryKeyRequest(RequestModel):
    columns: Annotated[list[Text], Field(min_length=1)]


class RowDeletionRequest(RequestModel):
    where_clause: Text


class RowDeletionReply(Reply):
    deleted_rows: int
    table_rows_after: int
