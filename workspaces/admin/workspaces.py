"""Workspaces in the console: created with credentials that are shown once, watched, emptied, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import markup
from kbstore.console.one_time_secret import keep_secret, take_secret
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.models import Branch, Project
from workspaces.admin.connection import connection_rows
from workspaces.admin.workspace_commands import COMMANDS, secret_subject
from workspaces.models import LoggedQuery, Workspace
from workspaces.models.session import ACTIVE
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.describe_workspace import describe_workspace


class WorkspaceForm(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    branch = forms.ModelChoiceField(
        Branch.objects.order_by("project", "name"),
        required=False,
        empty_label="main",
        widget=UnfoldAdminSelectWidget,
        help_text="Whose tables it reads.",
    )
    name = forms.CharField(
        max_length=255, widget=UnfoldAdminTextInputWidget, help_text="For people, such as whose it is or what for."
    )
    ttl_hours = forms.IntegerField(
        label="Expires after hours",
        required=False,
        min_value=1,
        max_value=168,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="1 to 168; empty for a workspace that stays.",
    )
    size_limit_gb = forms.IntegerField(
        label="Size limit in GB", initial=10, min_value=1, max_value=100, widget=UnfoldAdminIntegerFieldWidget
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        branch, project = values.get("branch"), values.get("project")
        if branch is not None and project is not None and branch.project_id != project.pk:
            self.add_error("branch", f"This branch is not one of project {project.pk}.")
        return values


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("usable", "usable"), ("expired", "expired"), ("error", "with an error")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> QuerySet[Workspace]:
        expired = Q(expires_at__lte=timezone.now())
        match self.value():
            case "usable":
                return queryset.filter(status="active").exclude(expired)
            case "expired":
                return queryset.filter(expired)
            case "error":
                return queryset.filter(status="error")
        return queryset


@admin.register(Workspace)
class WorkspaceAdmin(ConsoleAdmin):
    page_template = "console/workspace.html"
    add_form_class = WorkspaceForm
    add_title = "New workspace"
    list_display = (
        "shown_id",
        "name",
        "project_link",
        "branch_name",
        "state",
        "sessions_open",
        "expires",
        "created",
        "creator",
    )
    list_filter = (StateFilter, ("project", AutocompleteSelectFilter))
    list_select_related = ("project", "branch")
    search_fields = ("id", "name", "project__id")

    class Media:
        css: ClassVar[dict[str, Sequence[str]]] = {"all": ("kbstore/workspaces.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        workspaces = super().get_queryset(request).select_related("project", "branch", "credential")
        return workspaces.annotate(open_sessions=Count("sessions", filter=Q(sessions__status=ACTIVE)))

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="ID", ordering="id")
    def shown_id(self, workspace: Workspace) -> str:
        return markup.code(workspace.pk)

    @admin.display(description="Project", ordering="project")
    def project_link(self, workspace: Workspace) -> str:
        return markup.page_link(workspace.project, workspace.project_id)

    @admin.display(description="Branch", ordering="branch")
    def branch_name(self, workspace: Workspace) -> str:
        return workspace.branch.name if workspace.branch else "main"

    @admin.display(description="State")
    def state(self, workspace: Workspace) -> str:
        return state_badge(workspace)

    @admin.display(description="Sessions", ordering="open_sessions")
    def sessions_open(self, workspace: Any) -> str:
        return markup.number(workspace.open_sessions)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, workspace: Workspace) -> str:
        return markup.time(workspace.expires_at)

    @admin.display(description="Created", ordering="created_at")
    def created(self, workspace: Workspace) -> str:
        return markup.time(workspace.created_at)

    @admin.display(description="By", ordering="created_by")
    def creator(self, workspace: Workspace) -> str:
        return markup.actor(workspace.created_by)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        branch = values["branch"]
        made = create_workspace(
            actor=actor_of(request, values["project"].pk),
            project_id=values["project"].pk,
            branch_id=branch.pk if branch else None,
            order=WorkspaceOrder(values["name"], values["ttl_hours"], values["size_limit_gb"]),
        )
        keep_secret(request, subject=secret_subject(made.workspace), secret=made.password)
        return markup.page_url(made.workspace)

    def page(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        described = describe_workspace(instance)
        password = take_secret(request, subject=secret_subject(instance))
        return {
            "facts": _facts(instance, described),
            "password": password,
            "connection": connection_rows(described["connection"], password),
            "sql_url": None if instance.is_expired() else reverse("admin:sql", query={"workspace": instance.pk}),
            "load_url": self._load_url(request, instance),
            "sessions_url": reverse("admin:workspace_sessions", args=[instance.pk]),
            "content_url": None if instance.is_expired() else reverse("admin:workspace_content", args=[instance.pk]),
            "log_url": markup.list_url(LoggedQuery, workspace_id__icontains=instance.pk),
        }

    def _load_url(self, request: HttpRequest, workspace: Workspace) -> str | None:
        may = self.has_change_permission(request, workspace) and not workspace.is_expired()
        return reverse("admin:workspace_load", args=[workspace.pk]) if may else None


def state_badge(workspace: Workspace) -> str:
    state = "expired" if workspace.is_expired() else str(workspace.status)
    return markup.badge(state, state)


def _facts(workspace: Workspace, described: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("ID", markup.code(workspace.pk)),
        ("Name", workspace.name or markup.EMPTY),
        ("State", state_badge(workspace)),
        ("Project", markup.page_link(workspace.project)),
        ("Branch", workspace.branch.name if workspace.branch else "main"),
        ("Size", markup.size(described["size_bytes"])),
        ("Size limit", f"{described['size_limit_gb']} GB"),
        ("Created", markup.time(workspace.created_at)),
        ("By", markup.actor(workspace.created_by)),
        ("Expires", markup.time(workspace.expires_at) if workspace.expires_at else "never"),
    ]
