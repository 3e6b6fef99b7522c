"""Look at dev branches, with their numbers."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import BranchNotFound
from storage.models import Branch, Table


def get_branch(*, actor: Actor, project_id: str, branch_id: str) -> tuple[Branch, list[Table]]:
    """The branch with `table_count` and `size_bytes`, and the tables it holds, with their buckets.

    Raises ProjectNotFound, BranchNotFound, that also for the default branch, which has no row.
    """
    actor.require(Need.READ, project_id=project_id, branch_id=branch_id)
    catalog.find_project(project_id)
    branch = catalog.branches_with_numbers(project_id).filter(pk=branch_id).first()
    if branch is None:
        raise BranchNotFound(project_id, branch_id)
    return branch, list(catalog.tables_held_by(branch))


def list_branches(*, actor: Actor, project_id: str, limit: int, offset: int) -> tuple[list[Branch], int]:
    """One page of the dev branches, newest first, and how many there are in all. Raises ProjectNotFound."""
    actor.require(Need.MANAGE, project_id=project_id)
    catalog.find_project(project_id)
    page = list(catalog.branches_with_numbers(project_id)[offset : offset + limit])
    return page, Branch.objects.filter(project=project_id).count()
