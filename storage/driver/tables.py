"""Tables that a command names and that are not there, in the two wordings that clients of the driver look for.

AddColumn and its like, the keys and DeleteTableRows tell the first thing of the path that is missing, as the services
do: `Table <t> not found in bucket <b>`. ObjectInfo, PreviewTable, imports and exports tell the whole path, as here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storage.driver.errors import DATABASE_NOT_FOUND, SCHEMA_NOT_FOUND, TABLE_NOT_FOUND, ObjectNotFound, Reason
from storage.driver.names import required
from storage.driver.paths import Place
from storage.errors import BranchNotFound, BucketNotFound, ProjectDatabaseNotFound, ProjectNotFound, TableNotFound

#: What the commands that change tables say of a path without project.
NO_PROJECT = "Invalid path: must include at least [project_id, bucket_name], or the credentials must name the project"

_REASONS: dict[type[Exception], Reason] = {
    ProjectNotFound: DATABASE_NOT_FOUND,
    ProjectDatabaseNotFound: DATABASE_NOT_FOUND,
    BranchNotFound: SCHEMA_NOT_FOUND,
    BucketNotFound: SCHEMA_NOT_FOUND,
    TableNotFound: TABLE_NOT_FOUND,
}


@contextmanager
def told_by_path(place: Place, table_name: str) -> Iterator[None]:
    """Say `Table not found: <project>/<bucket>/<table>` for whatever of its path is missing in the block."""
    try:
        yield
    except tuple(_REASONS) as error:
        text = f"Table not found: {place.project_id}/{place.bucket_name}/{table_name}"
        raise ObjectNotFound(text, reason=_REASONS[type(error)]) from error


def table_name_of(name: str) -> str:
    """The name. Raises InvalidParameter where it is empty."""
    return required(name, "tableName")
