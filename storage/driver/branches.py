"""The ids of dev branches at the driver: hosts choose them, each project for itself, and kbstore has its own."""

from __future__ import annotations

from django.db.models import Q

from storage import catalog
from storage.models import Branch
from storage.names import DEFAULT_BRANCH


def branch_named(project_id: str, name: str) -> str:
    """The id of the branch that a host means by this name, which may also be our id; unchanged if there is none.

    No name is the default branch. The services say what is not found, so this raises nothing.
    """
    if not name or catalog.is_default(name):
        return DEFAULT_BRANCH
    return find_branch_named(project_id, name) or name


def find_branch_named(project_id: str, name: str) -> str | None:
    """The id of that dev branch; None if there is none."""
    branches = Branch.objects.filter(Q(host_id=name) | Q(pk=name), project=project_id)
    found = dict(branches.values_list("host_id", "pk"))
    return found.get(name) or next(iter(found.values()), None)


def host_branch_id(branch_id: str) -> str:
    """What the host calls a branch: what it said itself, else our id."""
    host_id = Branch.objects.filter(pk=branch_id).values_list("host_id", flat=True).first()
    return host_id or branch_id
