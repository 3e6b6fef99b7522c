"""ObjectInfo: what a project, a bucket or a table holds, from the catalog alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from storage.driver.branches import branch_named
from storage.driver.call import Call
from storage.driver.errors import SCHEMA_NOT_FOUND, UNKNOWN_OBJECT, InvalidParameter, ObjectNotFound
from storage.driver.generated.info_pb2 import (
    DatabaseInfo,
    ObjectInfo,
    ObjectInfoCommand,
    ObjectInfoResponse,
    ObjectType,
    SchemaInfo,
)
from storage.driver.paths import check_reach, place_of
from storage.driver.registry import Access, handles
from storage.driver.table_info import table_response
from storage.driver.tables import told_by_path
from storage.errors import BucketNotFound, ProjectDatabaseNotFound, ProjectNotFound
from storage.names import DEFAULT_BRANCH
from storage.services.get_bucket import list_bucket_names
from storage.services.get_table import get_table, list_table_names


@handles(ObjectInfoCommand, access=Access.READ)
def object_info(call: Call, command: ObjectInfoCommand) -> ObjectInfoResponse:
    """The object that the path names, of the expected type."""
    if not command.path:
        raise InvalidParameter("Path is required")
    describe = _DESCRIBE.get(command.expectedObjectType)
    if describe is None:
        name = ObjectType.Name(command.expectedObjectType)
        raise InvalidParameter(f"{name} object type not supported", reason=UNKNOWN_OBJECT)
    response = describe(call, list(command.path))
    response.path[:] = command.path
    call.log.inform(f"{ObjectType.Name(response.objectType)} {command.path[-1]} described")
    return response


def _table(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    if len(path) < 2 or (len(path) == 2 and call.project_id is None):
        raise InvalidParameter("Path for TABLE must contain [project_id, bucket_name, table_name]")
    *container, table_name = path
    place = place_of(call, container)
    with told_by_path(place, table_name):
        table = get_table(actor=call.actor, **place.of_table(table_name))
    return table_response(table, path=container)


def _schema(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    place = place_of(call, path, without_project="Path for SCHEMA must contain [project_id, bucket_name]")
    try:
        names = list_table_names(actor=call.actor, **place.arguments)
    except (BucketNotFound, ProjectNotFound, ProjectDatabaseNotFound) as error:
        text = f"Bucket not found: {place.project_id}/{place.bucket_name}"
        raise ObjectNotFound(text, reason=SCHEMA_NOT_FOUND) from error
    return ObjectInfoResponse(
        objectType=ObjectType.SCHEMA, schemaInfo=SchemaInfo(objects=_objects(names, ObjectType.TABLE))
    )


def _database(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    project_id = check_reach(call, path[0])
    branch_id = branch_named(project_id, path[1]) if len(path) > 1 else DEFAULT_BRANCH
    names = list_bucket_names(actor=call.actor, project_id=project_id, branch_id=branch_id)
    return ObjectInfoResponse(
        objectType=ObjectType.DATABASE, databaseInfo=DatabaseInfo(objects=_objects(names, ObjectType.SCHEMA))
    )


def _objects(names: Sequence[str], kind: int) -> list[ObjectInfo]:
    return [ObjectInfo(objectName=name, objectType=kind) for name in names]


_DESCRIBE: dict[int, Callable[[Call, Sequence[str]], ObjectInfoResponse]] = {
    ObjectType.DATABASE: _database,
    ObjectType.SCHEMA: _schema,
    ObjectType.TABLE: _table,
}
