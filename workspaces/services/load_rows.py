"""Rows that a client sends, into a table of its workspace, in the transaction of its session."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from storage.engine.native import Appender, NativeConnection, NativeError
from workspaces.pgwire.sqlstate import fault_of


class RowLoader:
    """Rows for one INSERT whose source is called `SOURCE`. All raise SqlFault; close it, `finish` first."""

    SOURCE = "kb_copy_rows"

    def __init__(self, connection: NativeConnection, sql: str, *, columns: Mapping[str, str]) -> None:
        """`columns` are names and DuckDB types of the source."""
        try:
            self._appender = Appender(connection, sql, source=self.SOURCE, columns=columns)
        except NativeError as error:
            raise fault_of(error).moved(None) from error

    def append(self, batch: pa.RecordBatch) -> None:
        """Also raises what is wrong with rows before these."""
        try:
            self._appender.append(batch)
        except NativeError as error:
            raise fault_of(error).moved(None) from error

    def finish(self) -> None:
        """All rows are in the table then."""
        try:
            self._appender.flush()
        except NativeError as error:
            raise fault_of(error).moved(None) from error

    def close(self) -> None:
        self._appender.close()
