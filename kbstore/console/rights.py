"""What somebody at the console may see and do: Django's groups and permissions, and membership of projects.

A permission says what kind of thing somebody may look at or change; the membership says in which projects. Who has
`storage.see_every_project` needs none.
"""

from __future__ import annotations

from typing import TypeVar

from django import forms
from django.contrib.auth.models import AbstractUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from kbstore.access import Actor, Role
from storage.models import ProjectMember

M = TypeVar("M", bound=Model)
SEE_EVERY_PROJECT = "storage.see_every_project"
#: The path of lookups from a row to the id of its project.
_PROJECT_OF = {
    "storage.project": "pk",
    "storage.projectmember": "project_id",
    "storage.apikey": "project_id",
    "storage.branch": "project_id",
    "storage.bucket": "project_id",
    "storage.bucketshare": "bucket__project_id",
    "storage.table": "bucket__project_id",
    "storage.tableversion": "table__bucket__project_id",
    "storage.tableprofile": "version__table__bucket__project_id",
    "storage.snapshot": "project_id",
    "storage.job": "project_id",
    "storage.event": "project_id",
    "files.file": "project_id",
    "files.objectbucket": "project_id",
    "files.storedobject": "bucket__project_id",
    "files.s3credential": "project_id",
    "workspaces.workspace": "project_id",
    "workspaces.workspacesession": "workspace__project_id",
    "workspaces.loggedquery": "project_id",
}
#: Accounts belong to no project: who may look at them sees them all.
_ACCOUNTS = {"auth.user": "auth.view_user", "auth.group": "auth.view_group"}
#: What there are rights to.
KNOWN_MODELS = (*_PROJECT_OF, *_ACCOUNTS)
#: Of events: what was done to accounts is for those who may look at accounts.
_ABOUT_ACCOUNTS = ("user", "group")
#: As long as the audit log's column.
_MAX_LABEL = 64
#: Django's own models: who may change a group is no worker in projects yet.
_OURS = ("storage.", "files.", "workspaces.")


def sees_every_project(user: AbstractUser) -> bool:
    return user.has_perm(SEE_EVERY_PROJECT)


def may_change_something(user: AbstractUser) -> bool:
    """Whether any permission of theirs is one to change what is stored."""
    if user.is_superuser:
        return user.is_active
    permissions = (name for name in user.get_all_permissions() if name.startswith(_OURS))
    return any(name.split(".")[1].split("_")[0] in ("add", "change", "delete") for name in permissions)


def runs_installation(user: AbstractUser) -> bool:
    """Takes and deletes backups, has the doctor repair: as much as deleting projects, all of them."""
    return sees_every_project(user) and user.has_perm("storage.delete_project")


def visible(user: AbstractUser, rows: QuerySet[M]) -> QuerySet[M]:
    """Those rows whose project the user sees; raises KeyError for a model that this module does not know."""
    label = rows.model._meta.label_lower
    if label in _ACCOUNTS:
        return rows if user.has_perm(_ACCOUNTS[label]) else rows.none()
    if label == "storage.event" and not user.has_perm("auth.view_user"):
        rows = rows.exclude(resource_type__in=_ABOUT_ACCOUNTS)
    path = _PROJECT_OF[label]
    if sees_every_project(user):
        return rows
    return rows.filter(**{f"{path}__in": ProjectMember.objects.filter(user=user).values("project_id")})


def limit_choices(user: AbstractUser, form: forms.Form) -> None:
    """Let a form offer, and take, only what the user sees."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = visible(user, field.queryset)


def actor_of(request: HttpRequest, project_id: str | None = None) -> Actor:
    """Who asks, as the services and the audit log know them; `project_id` is where, None for the installation.

    The page has checked what kind of thing they may change; which projects they may change is checked here.
    """
    return actor_of_user(request.user, project_id)  # type: ignore[arg-type]


def actor_of_user(user: AbstractUser, project_id: str | None = None) -> Actor:
    """Somebody who may not see the project gets an actor that every service refuses."""
    changes, sees_all = may_change_something(user), sees_every_project(user)
    if changes and sees_all:
        return Actor(Role.ADMIN, f"operator:{user.get_username()}"[:_MAX_LABEL])
    is_inside = sees_all or ProjectMember.objects.filter(user=user.pk, project=project_id).exists()
    role = Role.PROJECT_ADMIN if changes else Role.PROJECT_READ
    return Actor(role, f"user:{user.get_username()}"[:_MAX_LABEL], project_id if is_inside else None)
