"""What imports of tables and loads into workspaces have in common: the source, what is taken of it, what it gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from storage.driver.call import Call
from storage.driver.containers import Container, source_container
from storage.driver.errors import TABLE_NOT_FOUND, InvalidParameter, ObjectExists, ObjectNotFound
from storage.driver.filters import where_filters
from storage.driver.generated.table_pb2 import ImportExportShared, TableImportResponse
from storage.driver.imports import import_response, refusals_told
from storage.driver.names import required
from storage.driver.paths import Place
from storage.driver.tables import told_by_path
from storage.errors import TableExists, ViewExists
from storage.services.row_source import RowChoice, TableSource
from workspaces import errors
from workspaces.models import Workspace
from workspaces.services.fill_table import DestinationExists
from workspaces.services.object_source import ObjectSource

Options = ImportExportShared.ImportOptions
FAILED = "Failed to import table"


class _Mapping(Protocol):
    sourceColumnName: str  # noqa: N815 - names of the protocol
    destinationColumnName: str  # noqa: N815


@dataclass(frozen=True)
class Source:
    """A table of a bucket, or a table or view of a workspace."""

    container: Container
    name: str

    def rows(self) -> TableSource | ObjectSource:
        if isinstance(self.container, Workspace):
            return ObjectSource(self.container.pk, self.name)
        return TableSource(**self.container.of_table(self.name))


def source_of(call: Call, path: Sequence[str], table_name: str, *, without_project: str) -> Source:
    """Raises InvalidParameter, WrongProject, Forbidden; whether the table is there shows when it is read."""
    name = required(table_name, "source.tableName")
    return Source(source_container(call, path, without_project=without_project), name)


def choice_of(
    mappings: Iterable[_Mapping],
    filters: Iterable[ImportExportShared.TableWhereFilter],
    *,
    limit: int,
    seconds: int = 0,
    with_timestamp: bool = False,
) -> RowChoice:
    """Raises InvalidParameter for numbers below none and for mappings without a name."""
    if limit < 0 or seconds < 0:
        raise InvalidParameter(f"source.{'limit' if limit < 0 else 'seconds'} must not be negative")
    pairs = tuple((one.sourceColumnName, one.destinationColumnName or one.sourceColumnName) for one in mappings)
    if not all(source for source, _ in pairs):
        raise InvalidParameter("source.columnMappings needs the names of columns")
    return RowChoice(pairs, where_filters(filters), seconds=seconds, limit=limit, with_timestamp=with_timestamp)


@contextmanager
def source_told(source: Source) -> Iterator[None]:
    """Tell of a source that is not there, or whose columns do not fit, in the words of the protocol."""
    with refusals_told(FAILED), _exists_told():
        if isinstance(source.container, Place):
            with told_by_path(source.container, source.name):
                yield
        else:
            with object_told():
                yield


def done(call: Call, result: dict[str, Any]) -> TableImportResponse:
    """The response of what a job did, and its warnings in the log."""
    for text in result["warnings"]:
        call.log.warn(text)
    return import_response(call, result)


@contextmanager
def object_told() -> Iterator[None]:
    """Tell of a table or view that a workspace does not have, in the words of the protocol."""
    try:
        yield
    except errors.ObjectNotFound as error:
        raise ObjectNotFound(f"Table not found: {error.message}", reason=TABLE_NOT_FOUND) from error
    except errors.WorkspaceNotFound as error:
        raise ObjectNotFound(error.message) from error


@contextmanager
def _exists_told() -> Iterator[None]:
    try:
        yield
    except (TableExists, ViewExists, DestinationExists) as error:
        raise ObjectExists("Object already exists.") from error
