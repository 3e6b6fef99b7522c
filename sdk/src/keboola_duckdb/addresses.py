"""Values of the `{names}` in paths, from the arguments that methods take."""

from __future__ import annotations


def branch_path(project: str, branch: str) -> dict[str, str]:
    return {"project_id": project, "branch_id": branch}


def bucket_path(project: str, bucket: str, branch: str) -> dict[str, str]:
    return branch_path(project, branch) | {"bucket_name": bucket}


def table_path(project: str, bucket: str, table: str, branch: str) -> dict[str, str]:
    return bucket_path(project, bucket, branch) | {"table_name": table}


def workspace_path(project: str, workspace: str) -> dict[str, str]:
    return {"project_id": project, "workspace_id": workspace}
