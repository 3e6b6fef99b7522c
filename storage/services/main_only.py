"""What is allowed in the default branch only."""

from __future__ import annotations

from storage import catalog
from storage.errors import OperationNotAllowedOnBranch
from storage.models import Project


def find_project_for(operation: str, *, project_id: str, branch_id: str) -> Project:
    """C1 to C3. Raises ProjectNotFound, BranchNotFound, OperationNotAllowedOnBranch that names the `operation`."""
    project = catalog.find_project(project_id)
    if catalog.find_branch(project_id, branch_id) is not None:
        raise OperationNotAllowedOnBranch(operation, branch_id)
    return project
