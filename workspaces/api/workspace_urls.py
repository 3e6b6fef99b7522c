"""REST paths of workspaces themselves."""

from __future__ import annotations

from django.urls import URLPattern, path

from workspaces.api.views import workspaces

_WORKSPACES = "projects/<str:project_id>/workspaces"
_WORKSPACE = f"{_WORKSPACES}/<str:workspace_id>"
_OF_BRANCH = "projects/<str:project_id>/branches/<str:branch_id>/workspaces"

urlpatterns: list[URLPattern] = [
    path(_WORKSPACES, workspaces.WorkspacesView.as_view()),
    path(_WORKSPACE, workspaces.WorkspaceView.as_view()),
    path(f"{_WORKSPACE}/clear", workspaces.WorkspaceClearView.as_view()),
    path(f"{_WORKSPACE}/objects/<path:object_name>", workspaces.WorkspaceObjectView.as_view()),
    path(f"{_WORKSPACE}/load", workspaces.WorkspaceLoadView.as_view()),
    path(f"{_WORKSPACE}/credentials/reset", workspaces.WorkspaceCredentialsView.as_view()),
    path(_OF_BRANCH, workspaces.BranchWorkspacesView.as_view()),
    path(f"{_OF_BRANCH}/<str:workspace_id>", workspaces.BranchWorkspaceView.as_view()),
]
