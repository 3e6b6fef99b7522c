"""What can be done with a workspace in the console, after a page that says what it will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from kbstore.console import formatting, markup
from kbstore.console.one_time_secret import keep_secret
from kbstore.console.pages import Command
from kbstore.console.rights import actor_of
from workspaces.models import Workspace
from workspaces.services.clear_workspace import clear_workspace
from workspaces.services.delete_workspace import delete_workspace
from workspaces.services.disconnect import disconnect_all
from workspaces.services.reset_credentials import reset_credentials


def secret_subject(workspace: Workspace) -> str:
    return f"workspace:{workspace.pk}"


def _place(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    project_id = workspace.project_id
    return {
        "actor": actor_of(request, project_id),
        "project_id": project_id,
        "workspace_id": workspace.pk,
    }


def reset_warning(_workspace: Workspace) -> Sequence[str]:
    return (
        "A new password is made and shown once on the next page.",
        "Nobody can log in with the old one any more. The user name stays, and so do open connections.",
    )


def reset(request: HttpRequest, workspace: Workspace) -> None:
    _, password = reset_credentials(**_place(request, workspace))
    keep_secret(request, subject=secret_subject(workspace), secret=password)


def disconnect_warning(workspace: Any) -> Sequence[str]:
    connections = formatting.amount(workspace.open_sessions, "connection")
    return (
        f"Ends {connections}, and stops what they run.",
        "What they had not committed is undone. They may connect again.",
    )


def disconnect(request: HttpRequest, workspace: Workspace) -> None:
    disconnect_all(**_place(request, workspace))


def clear_warning(_workspace: Workspace) -> Sequence[str]:
    return (
        "Drops every table, view and schema that was made in the workspace. This cannot be undone.",
        "The tables of the project stay as they are, and so do the credentials.",
    )


def clear(request: HttpRequest, workspace: Workspace) -> None:
    clear_workspace(**_place(request, workspace))


def delete_warning(workspace: Any) -> Sequence[str]:
    connections = formatting.amount(workspace.open_sessions, "open connection")
    return (
        "Removes the workspace with all that was made in it. This cannot be undone.",
        f"Its credentials are no good any more, and {connections} will end.",
        "The tables of the project stay as they are.",
    )


def delete(request: HttpRequest, workspace: Workspace) -> str:
    delete_workspace(**_place(request, workspace))
    return markup.list_url(Workspace)


COMMANDS = (
    Command(
        name="reset",
        title="Reset password",
        icon="autorenew",
        permission="change",
        warning=reset_warning,
        run=reset,
        done="The password was reset; this is the new one.",
        applies=lambda workspace: not workspace.is_expired() and hasattr(workspace, "credential"),
    ),
    Command(
        name="disconnect",
        title="Disconnect all",
        icon="link_off",
        permission="change",
        warning=disconnect_warning,
        run=disconnect,
        done="All sessions were disconnected.",
        applies=lambda workspace: workspace.open_sessions > 0,
    ),
    Command(
        name="clear",
        title="Empty",
        icon="delete_sweep",
        permission="change",
        warning=clear_warning,
        run=clear,
        done="The workspace is empty.",
        applies=lambda workspace: not workspace.is_expired(),
        type_to_confirm=lambda workspace: workspace.pk,
    ),
    Command(
        name="delete",
        title="Delete workspace",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The workspace was deleted.",
        type_to_confirm=lambda workspace: workspace.pk,
    ),
)
