"""Names and handles of the protocol: how buckets are called, and the roles and users that hosts store and send back."""

from __future__ import annotations

from storage.driver.errors import InvalidParameter

_SEPARATORS = str.maketrans(".-", "__")


def object_name(bucket_id: str) -> str:
    """The stored name of a bucket: `in.c-sales` is `in_c_sales`."""
    return bucket_id.translate(_SEPARATORS)


def project_user(project_id: str) -> str:
    return f"project_{project_id}"


def share_role(project_id: str, bucket_name: str) -> str:
    return f"share_{project_id}_{bucket_name}"


def branch_role(project_id: str, branch_id: str) -> str:
    return f"branch_{project_id}_{branch_id}_readonly"


def workspace_role(workspace_id: str) -> str:
    return f"role_{workspace_id}"


def required(value: str, field: str) -> str:
    """The value. Raises InvalidParameter where a required field is empty."""
    if not value:
        raise InvalidParameter(f"{field} is required")
    return value


def split_share_role(role: str) -> list[tuple[str, str]]:
    """Project and bucket that a share's handle may mean, the likeliest first: either may hold underscores.

    Raises InvalidParameter for what is no such handle.
    """
    parts = role.split("_")
    if len(parts) < 3 or parts[0] != "share" or not parts[1] or not "_".join(parts[2:]):
        raise InvalidParameter(f"Invalid sourceShareRoleName format: {role[:200]}")
    return [("_".join(parts[1:at]), "_".join(parts[at:])) for at in range(2, len(parts))]


def split_branch_role(role: str) -> list[tuple[str, str]]:
    """Project and branch that a branch's handle may mean, the likeliest first. Raises InvalidParameter."""
    parts = role.split("_")
    if len(parts) < 4 or parts[0] != "branch" or parts[-1] != "readonly" or not all((parts[1], parts[-2])):
        raise InvalidParameter(f"Invalid devBranchReadOnlyRoleName format: {role[:200]}")
    inner = parts[1:-1]
    return [("_".join(inner[:at]), "_".join(inner[at:])) for at in range(len(inner) - 1, 0, -1)]
