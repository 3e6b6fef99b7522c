"""REST paths of the sessions of a workspace."""

from __future__ import annotations

from django.urls import path

from workspaces.api.views import sessions

_WORKSPACE = "projects/<str:project_id>/workspaces/<str:workspace_id>"

urlpatterns = [
    path(f"{_WORKSPACE}/sessions", sessions.WorkspaceSessionsView.as_view()),
    path(f"{_WORKSPACE}/sessions/<str:session_id>", sessions.WorkspaceSessionView.as_view()),
    path(f"{_WORKSPACE}/disconnect-all", sessions.WorkspaceDisconnectView.as_view()),
]
