"""The groups that every installation begins with."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

OPERATORS = "Operators"
PROJECT_MEMBERS = "Project members"
VIEWERS = "Viewers"
_APPS = ("storage", "files", "workspaces")
#: What only operators make and remove.
_OF_THE_INSTALLATION = ("add_project", "delete_project", "see_every_project")
#: People see who else works in their projects; who joins is said by operators.
_MEMBERSHIP = ("add_projectmember", "change_projectmember", "delete_projectmember")


def make_groups(**_: Any) -> None:
    """Make those that are missing, after each migration. What operators have changed of a group stays."""
    for label in (*_APPS, "auth"):
        # Django makes them after each migration too, in an order that is its own.
        create_permissions(apps.get_app_config(label), verbosity=0)
    ours = Permission.objects.filter(content_type__app_label__in=_APPS)
    wanted: dict[str, QuerySet[Permission]] = {
        OPERATORS: Permission.objects.filter(Q(content_type__app_label__in=_APPS) | Q(content_type__app_label="auth")),
        PROJECT_MEMBERS: ours.exclude(codename__in=_OF_THE_INSTALLATION + _MEMBERSHIP),
        VIEWERS: ours.filter(Q(codename__startswith="view_") | Q(codename="see_every_project")),
    }
    for name, permissions in wanted.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set(permissions)
