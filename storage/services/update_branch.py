"""Change the name or the description of a dev branch."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BranchNameExists
from storage.models import Branch
from storage.services.create_branch import checked_name


@operation("update_branch", resource_type="branch", need=Need.MANAGE)
def update_branch(*, actor: Actor, project_id: str, branch_id: str, changes: dict[str, str | None]) -> Branch:
    """The branch, with its numbers, after `changes` of `name` and `description`; a description may become None.

    Raises ProjectNotFound, BranchNotFound, InvalidBranchName, BranchNameExists.
    """
    if "name" in changes:
        changes = changes | {"name": checked_name(changes["name"] or "")}
    try:
        with transaction.atomic():
            branch = catalog.find_dev_branch(project_id, branch_id)
            if changes:
                Branch.objects.filter(pk=branch.pk).update(**changes)
                record_success(branch_id, **changes)
            return catalog.branches_with_numbers(project_id).get(pk=branch_id)
    except IntegrityError as error:
        raise BranchNameExists(project_id, changes["name"] or "") from error
