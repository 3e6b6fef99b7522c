"""Errors of the installation, projects, branches and API keys, as the contract spells them."""

from __future__ import annotations

from collections.abc import Iterable

from kbstore.errors import Conflict, InvalidRequest, KbstoreError, NotFound, ServiceUnavailable


class StorageUnavailable(ServiceUnavailable):
    code = "storage_unavailable"

    def __init__(self, paths: dict[str, bool]) -> None:
        super().__init__("One or more storage paths are not accessible", details=dict(paths))


class InitFailed(KbstoreError):
    code = "init_failed"

    def __init__(self, errors: Iterable[str]) -> None:
        super().__init__("Backend initialization failed", details={"errors": list(errors)})


class ProjectExists(Conflict):
    code = "project_exists"

    def __init__(self, project_id: str, status: str) -> None:
        super().__init__(f"Project {project_id} already exists", details={"project_id": project_id, "status": status})


class ProjectNotFound(NotFound):
    """`role` is "Target" or "Source" where a second project is meant; `code` is `not_found` on /projects/{p} itself."""

    code = "project_not_found"

    def __init__(self, project_id: str, *, role: str | None = None, code: str | None = None) -> None:
        subject = f"{role} project" if role else "Project"
        super().__init__(f"{subject} {project_id} not found", details={"project_id": project_id}, code=code)


class ProjectDatabaseNotFound(NotFound):
    """The project's directory is missing; `code` is `db_not_found` where the contract says so."""

    code = "project_db_not_found"

    def __init__(self, project_id: str, *, code: str | None = None) -> None:
        super().__init__(
            f"Database file for project {project_id} not found", details={"project_id": project_id}, code=code
        )


class BranchNotFound(NotFound):
    code = "branch_not_found"

    def __init__(self, project_id: str, branch_id: str) -> None:
        super().__init__(
            f"Branch {branch_id} not found in project {project_id}",
            details={"project_id": project_id, "branch_id": branch_id},
        )


class BranchNameExists(Conflict):
    code = "branch_name_exists"

    def __init__(self, project_id: str, name: str) -> None:
        super().__init__(f"Branch with name '{name}' already exists", details={"project_id": project_id, "name": name})


class InvalidBranchName(InvalidRequest):
    """Too long, or not what strict names are; `reason` completes the sentence."""

    code = "invalid_branch_name"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Invalid branch name: {reason}", details={"name": name})


class InvalidTimeZone(InvalidRequest):
    code = "invalid_time_zone"

    def __init__(self, name: str) -> None:
        super().__init__(f"Unknown time zone '{name[:100]}'. Use a name such as Europe/Prague or UTC.")


class OperationNotAllowedOnBranch(InvalidRequest):
    """`operation` is the phrase that the endpoint's section of the contract gives, such as `delete buckets`."""

    code = "operation_not_allowed"

    def __init__(self, operation: str, branch_id: str) -> None:
        super().__init__(f"Cannot {operation} from dev branches. Use default branch.", details={"branch_id": branch_id})


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"

    def __init__(self, project_id: str, key_id: str) -> None:
        super().__init__(
            f"API key {key_id} not found in project {project_id}",
            details={"project_id": project_id, "key_id": key_id},
        )


class CannotRevokeLastAdminKey(InvalidRequest):
    code = "cannot_revoke_last_admin_key"

    def __init__(self, project_id: str, key_id: str, active_project_admin_keys: int = 1) -> None:
        super().__init__(
            "Cannot revoke the last active project_admin key. Create a new one first.",
            details={
                "project_id": project_id,
                "key_id": key_id,
                "active_project_admin_keys": active_project_admin_keys,
            },
        )


class CannotRotateRevokedKey(InvalidRequest):
    code = "cannot_rotate_revoked_key"

    def __init__(self, key_id: str) -> None:
        super().__init__("Cannot rotate a revoked key. Create a new key instead.", details={"key_id": key_id})


class InvalidKeyRequest(InvalidRequest):
    """The scope of a new key and its branch do not go together."""

    def __init__(self, scope: str) -> None:
        branch_rule = "must be null" if scope == "project_admin" else "is required"
        super().__init__(f"branch_id {branch_rule} for scope '{scope}'", details={"scope": scope})


class UserNotFound(NotFound):
    """No such account of the console."""

    code = "user_not_found"

    def __init__(self, username: str) -> None:
        super().__init__(f"User {username} not found", details={"username": username})


class ProjectMemberExists(Conflict):
    code = "project_member_exists"

    def __init__(self, project_id: str, username: str) -> None:
        super().__init__(
            f"{username} already works in project {project_id}",
            details={"project_id": project_id, "username": username},
        )


class ProjectMemberNotFound(NotFound):
    code = "project_member_not_found"

    def __init__(self, project_id: str, username: str) -> None:
        super().__init__(
            f"{username} does not work in project {project_id}",
            details={"project_id": project_id, "username": username},
        )
