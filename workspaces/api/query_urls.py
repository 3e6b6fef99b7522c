"""REST paths of SQL in workspaces."""

from __future__ import annotations

from django.urls import path

from workspaces.api.views import queries

_OF_PROJECT = "projects/<str:project_id>/workspaces/<str:workspace_id>"
_OF_BRANCH = "projects/<str:project_id>/branches/<str:branch_id>/workspaces/<str:workspace_id>"

urlpatterns = [
    path(f"{_OF_PROJECT}/queries", queries.WorkspaceQueriesView.as_view()),
    path(f"{_OF_BRANCH}/queries", queries.BranchWorkspaceQueriesView.as_view()),
]
