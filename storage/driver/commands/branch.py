"""CreateDevBranch and DropDevBranch."""

from __future__ import annotations

from kbstore.access import Need, Role
from storage.driver.branches import find_branch_named
from storage.driver.call import Call
from storage.driver.errors import WrongProject
from storage.driver.generated.project_pb2 import CreateDevBranchCommand, CreateDevBranchResponse, DropDevBranchCommand
from storage.driver.names import branch_role, required, split_branch_role
from storage.driver.registry import Access, handles
from storage.errors import BranchNameExists, BranchNotFound
from storage.services.create_branch import create_branch
from storage.services.delete_branch import delete_branch


@handles(CreateDevBranchCommand, access=Access.WRITE)
def create(call: Call, command: CreateDevBranchCommand) -> CreateDevBranchResponse:
    """The branch exists afterwards under the host's id; it reads main until it is written to."""
    project_id = required(command.projectId, "projectId")
    call.actor.require(Need.MANAGE, project_id=project_id)
    branch_id = _existing(project_id, command.branchId)
    if branch_id is None:
        branch_id = _created(call, project_id, command.branchId)
        call.log.inform(f"Created branch {branch_id}", branch=branch_id)
    else:
        call.log.warn(f"Branch {branch_id} exists already", branch=branch_id)
    return CreateDevBranchResponse(devBranchReadOnlyRoleName=branch_role(project_id, branch_id))


def _existing(project_id: str, name: str) -> str | None:
    """What the host calls a branch that is there."""
    found = find_branch_named(project_id, name) if name else None
    return None if found is None else name


def _created(call: Call, project_id: str, name: str) -> str:
    try:
        branch = create_branch(actor=call.actor, project_id=project_id, name=None, host_id=name or None)
    except BranchNameExists:
        if _existing(project_id, name) is None:
            raise
        return name  # somebody else made it meanwhile
    return branch.host_id or branch.pk


@handles(DropDevBranchCommand, access=Access.WRITE, is_long=True)
def drop(call: Call, command: DropDevBranchCommand) -> None:
    """The branch is gone afterwards with all that it holds, whether it was there or not; main stays."""
    role = required(command.devBranchReadOnlyRoleName, "devBranchReadOnlyRoleName")
    for project_id, name in _meant(call, role):
        branch_id = find_branch_named(project_id, name)
        if branch_id is None:
            continue
        try:
            delete_branch(actor=call.actor, project_id=project_id, branch_id=branch_id)
        except BranchNotFound:
            continue
        call.log.inform(f"Dropped branch {name}", branch=name)
        return
    call.log.warn("The branch does not exist: nothing was dropped")
    call.log.inform("The branch is gone")


def _meant(call: Call, role: str) -> list[tuple[str, str]]:
    """Projects and branches that the role may be of. Raises InvalidParameter, WrongProject."""
    candidates = split_branch_role(role)
    if call.actor.role is Role.ADMIN:
        return candidates
    own = [candidate for candidate in candidates if candidate[0] == call.actor.project_id]
    if not own:
        raise WrongProject(f"API key is for project {call.actor.project_id}, but the role is of another one")
    return own
