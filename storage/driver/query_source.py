"""What a query of a host reads: which project and branch, in whose name, and where bare names are looked for first."""

from __future__ import annotations

from dataclasses import dataclass

from kbstore.access import Need, Role
from storage.driver.branches import branch_named
from storage.driver.call import Call
from storage.driver.errors import SCHEMA_NOT_FOUND, InvalidParameter, ObjectNotFound
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand
from storage.driver.names import split_branch_role
from storage.driver.paths import check_reach, place_of
from storage.driver.workspaces import workspace_of
from storage.models import Bucket, Project
from storage.names import DEFAULT_BRANCH
from workspaces.models import Workspace
from workspaces.services.execute_query import project_source
from workspaces.services.project_tables import schemas_of

_ROLE_OF_WORKSPACE = "role_"
_ROLE_OF_BRANCH = "branch_"
_ROLE_OF_PROJECT = "project_"


@dataclass(frozen=True)
class QuerySource:
    """`place` is a workspace or stands for the project; `schemas` come first for bare names."""

    place: Workspace
    schemas: tuple[str, ...]


def source_of(call: Call, command: ExecuteQueryCommand) -> QuerySource:
    """Raises InvalidParameter, ObjectNotFound, ProjectNotFound, WrongProject, Forbidden."""
    path = [part for part in command.pathRestriction if part]
    project_id, rest = _project_and_rest(call, path)
    role = command.snowflakeRole.roleName if command.WhichOneof("restriction") == "snowflakeRole" else ""
    owner = _workspace_of_role(call, project_id, role)
    branch_id = _branch_of(call, project_id, rest, role)
    if not rest:
        return QuerySource(owner or _project(call, project_id, branch_id), ())
    found = _schema_of(call, project_id, rest, branch_id)
    if isinstance(found, Workspace):
        if owner is not None and owner.pk != found.pk:
            raise ObjectNotFound(f"Workspace {rest[-1]} not found: role {role} sees its own workspace only")
        return QuerySource(found, ())
    schema, branch_id = found
    return QuerySource(owner or _project(call, project_id, branch_id), (schema,))


def _project_and_rest(call: Call, path: list[str]) -> tuple[str, list[str]]:
    """The project, and what the path names in it: nothing, or a branch or not, and a bucket or workspace."""
    if not path:
        if call.project_id is None:
            raise InvalidParameter("project_id must be provided via credentials or pathRestriction")
        return call.project_id, []
    if len(path) > 1 or call.project_id is None or path[0] == call.project_id:
        return check_reach(call, path[0]), path[1:]
    if call.actor.role is Role.ADMIN and not Project.objects.filter(pk=call.project_id).exists():
        # With the admin key the credentials may name the server.
        return path[0], []
    return call.project_id, path


def _branch_of(call: Call, project_id: str, rest: list[str], role: str) -> str:
    """As named, else that of the role, else that of the key."""
    if len(rest) > 1:
        return branch_named(project_id, rest[0])
    if role.startswith(_ROLE_OF_BRANCH):
        names = [branch for project, branch in split_branch_role(role) if project == project_id]
        if not names:
            raise ObjectNotFound(f"Role {role[:200]} not found")
        return branch_named(project_id, names[0])
    return call.actor.branch_id or DEFAULT_BRANCH


def _workspace_of_role(call: Call, project_id: str, role: str) -> Workspace | None:
    if not role or role.startswith(_ROLE_OF_BRANCH) or role == f"{_ROLE_OF_PROJECT}{project_id}":
        return None
    if not role.startswith(_ROLE_OF_WORKSPACE):
        raise ObjectNotFound(f"Role {role[:200]} not found")
    return _workspace(call, project_id, role.removeprefix(_ROLE_OF_WORKSPACE))


def _schema_of(call: Call, project_id: str, rest: list[str], branch_id: str) -> Workspace | tuple[str, str]:
    """The workspace, or the schema and the branch of the bucket."""
    place = place_of(call, [project_id, *rest]) if len(rest) == 1 else place_of(call, [project_id, branch_id, rest[-1]])
    if Bucket.objects.filter(project=project_id, name=place.bucket_name).exists():
        is_in_branch = len(rest) == 1 and place.branch_id == DEFAULT_BRANCH
        return schemas_of(project_id)[place.bucket_name], branch_id if is_in_branch else place.branch_id
    try:
        return _workspace(call, project_id, rest[-1])
    except ObjectNotFound as error:
        _project(call, project_id, branch_id)  # says what else there is not
        text = f"Bucket or workspace {rest[-1][:200]} not found in project {project_id}"
        raise ObjectNotFound(text, reason=SCHEMA_NOT_FOUND) from error


def _workspace(call: Call, project_id: str, name: str) -> Workspace:
    return workspace_of(call, name, need=Need.READ, project_id=project_id)


def _project(call: Call, project_id: str, branch_id: str) -> Workspace:
    return project_source(actor=call.actor, project_id=project_id, branch_id=branch_id)
