"""Sessions of workspaces in the console: who is connected, and ending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, FieldTextFilter

from kbstore.console import markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from workspaces.models import WorkspaceSession
from workspaces.models.session import ACTIVE
from workspaces.services.disconnect import disconnect_session


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "open"), ("ended", "ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WorkspaceSession]) -> QuerySet[WorkspaceSession]:
        match self.value():
            case "open":
                return queryset.filter(status=ACTIVE)
            case "ended":
                return queryset.exclude(status=ACTIVE)
        return queryset


def disconnect_warning(_session: WorkspaceSession) -> Sequence[str]:
    return (
        "Its client is disconnected, and what it runs is stopped.",
        "What it had not committed is undone. It may connect again.",
    )


def disconnect(request: HttpRequest, session: WorkspaceSession) -> None:
    disconnect_session(
        actor=actor_of(request, session.workspace.project_id),
        project_id=session.workspace.project_id,
        workspace_id=session.workspace_id,
        session_id=session.pk,
    )


COMMANDS = (
    Command(
        name="disconnect",
        title="Disconnect",
        icon="link_off",
        permission="change",
        warning=disconnect_warning,
        run=disconnect,
        done="The session was disconnected.",
        applies=lambda session: session.status == ACTIVE,
    ),
)


@admin.register(WorkspaceSession)
class WorkspaceSessionAdmin(ConsoleAdmin):
    page_template = "console/session.html"
    list_display = ("session", "state", "workspace_name", "client", "queries", "connected", "active")
    list_filter = (StateFilter, ("workspace_id", FieldTextFilter))
    list_select_related = ("workspace",)
    search_fields = ("id", "client_ip", "workspace__id", "workspace__project__id")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Session", ordering="id")
    def session(self, session: WorkspaceSession) -> str:
        return markup.code(session.pk)

    @admin.display(description="State", ordering="status")
    def state(self, session: WorkspaceSession) -> str:
        return _badge(session)

    @admin.display(description="Workspace", ordering="workspace")
    def workspace_name(self, session: WorkspaceSession) -> str:
        return markup.page_link(session.workspace, f"{session.workspace.project_id} / {session.workspace_id}")

    @admin.display(description="From", ordering="client_ip")
    def client(self, session: WorkspaceSession) -> str:
        return session.client_ip or markup.EMPTY

    @admin.display(description="Statements", ordering="query_count")
    def queries(self, session: WorkspaceSession) -> str:
        return markup.number(session.query_count)

    @admin.display(description="Connected", ordering="connected_at")
    def connected(self, session: WorkspaceSession) -> str:
        return markup.time(session.connected_at)

    @admin.display(description="Last active", ordering="last_activity_at")
    def active(self, session: WorkspaceSession) -> str:
        return markup.time(session.last_activity_at)

    def page(self, request: HttpRequest, instance: WorkspaceSession) -> dict[str, Any]:
        return {
            "facts": [
                ("ID", markup.code(instance.pk)),
                ("State", _badge(instance)),
                ("Project", markup.page_link(instance.workspace.project, instance.workspace.project_id)),
                ("Workspace", markup.page_link(instance.workspace)),
                ("From", instance.client_ip or markup.EMPTY),
                ("Connected", markup.time(instance.connected_at)),
                ("Last active", markup.time(instance.last_activity_at)),
                ("Statements", markup.number(instance.query_count)),
                ("Worker", instance.worker or markup.EMPTY),
            ]
        }


def _badge(session: WorkspaceSession) -> str:
    return markup.badge("active" if session.status == ACTIVE else "revoked", session.status)
