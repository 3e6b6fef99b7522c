"""ObjectInfo: what a project, a bucket or a table holds, from the catalog alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kbstore.access import Need
from storage.driver.branches import branch_named
from storage.driver.call import Call
from storage.driver.errors import SCHEMA_NOT_FOUND, UNKNOWN_OBJECT, VIEW_NOT_FOUND, InvalidParameter, ObjectNotFound
from storage.driver.generated.info_pb2 import (
    DatabaseInfo,
    ObjectInfo,
    ObjectInfoCommand,
    ObjectInfoResponse,
    ObjectType,
    SchemaInfo,
)
from storage.driver.paths import Place, check_reach, place_of
from storage.driver.registry import Access, handles
from storage.driver.table_info import object_info_of_workspace, table_response, view_response
from storage.driver.tables import told_by_path
from storage.driver.workspaces import workspace_of
from storage.errors import (
    BranchNotFound,
    BucketNotFound,
    ProjectDatabaseNotFound,
    ProjectNotFound,
    ViewNotFound,
)
from storage.names import DEFAULT_BRANCH
from storage.services.get_bucket import list_bucket_names
from storage.services.get_table import get_table
from storage.services.get_view import count_rows_of, get_view, list_relations
from workspaces.models import Workspace
from workspaces.services.describe_objects import described_object, list_object_kinds


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
    place, name = _place_and_name(call, path, "TABLE")
    try:
        with told_by_path(place, name):
            table = get_table(actor=call.actor, **place.of_table(name))
    except ObjectNotFound as error:
        found = _of_workspace(call, place, path, ObjectType.TABLE) if error.reason is SCHEMA_NOT_FOUND else None
        if found is None:
            raise
        return found
    return table_response(table, path=path[:-1])


def _view(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    place, name = _place_and_name(call, path, "VIEW")
    try:
        view = get_view(actor=call.actor, **place.arguments, view_name=name)
        return view_response(view, path=path[:-1], row_count=count_rows_of(view))
    except (ProjectNotFound, BranchNotFound, BucketNotFound, ProjectDatabaseNotFound, ViewNotFound) as error:
        found = _of_workspace(call, place, path, ObjectType.VIEW) if isinstance(error, BucketNotFound) else None
        if found is None:
            text = f"View not found: {place.project_id}/{place.bucket_name}/{name}"
            raise ObjectNotFound(text, reason=VIEW_NOT_FOUND) from error
        return found


def _place_and_name(call: Call, path: Sequence[str], kind: str) -> tuple[Place, str]:
    if len(path) < 2 or (len(path) == 2 and call.project_id is None):
        raise InvalidParameter(f"Path for {kind} must contain [project_id, bucket_name, table_name]")
    *container, name = path
    return place_of(call, container), name


def _of_workspace(call: Call, place: Place, path: Sequence[str], kind: int) -> ObjectInfoResponse | None:
    """The table or view, where the container is a workspace that has one."""
    workspace = _workspace(call, place)
    found = None if workspace is None else described_object(workspace, path[-1])
    response = None if found is None else object_info_of_workspace(found, path=path[:-1])
    return response if response is not None and response.objectType == kind else None


def _workspace(call: Call, place: Place) -> Workspace | None:
    try:
        return workspace_of(call, place.bucket_name, need=Need.READ, project_id=place.project_id)
    except ObjectNotFound:
        return None


def _schema(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    place = place_of(call, path, without_project="Path for SCHEMA must contain [project_id, bucket_name]")
    try:
        found = list_relations(actor=call.actor, **place.arguments)
    except (BucketNotFound, ProjectNotFound, ProjectDatabaseNotFound) as error:
        workspace = _workspace(call, place) if isinstance(error, BucketNotFound) else None
        if workspace is None:
            text = f"Bucket not found: {place.project_id}/{place.bucket_name}"
            raise ObjectNotFound(text, reason=SCHEMA_NOT_FOUND) from error
        found = list_object_kinds(workspace)
    objects = [ObjectInfo(objectName=name, objectType=_KINDS[kind]) for name, kind in found]
    return ObjectInfoResponse(objectType=ObjectType.SCHEMA, schemaInfo=SchemaInfo(objects=objects))


def _database(call: Call, path: Sequence[str]) -> ObjectInfoResponse:
    project_id = check_reach(call, path[0])
    branch_id = branch_named(project_id, path[1]) if len(path) > 1 else DEFAULT_BRANCH
    names = list_bucket_names(actor=call.actor, project_id=project_id, branch_id=branch_id)
    return ObjectInfoResponse(
        objectType=ObjectType.DATABASE, databaseInfo=DatabaseInfo(objects=_objects(names, ObjectType.SCHEMA))
    )


def _objects(names: Sequence[str], kind: int) -> list[ObjectInfo]:
    return [ObjectInfo(objectName=name, objectType=kind) for name in names]


_KINDS = {"table": ObjectType.TABLE, "view": ObjectType.VIEW}
_DESCRIBE: dict[int, Callable[[Call, Sequence[str]], ObjectInfoResponse]] = {
    ObjectType.DATABASE: _database,
    ObjectType.SCHEMA: _schema,
    ObjectType.TABLE: _table,
    ObjectType.VIEW: _view,
}
