"""REST paths of workspaces."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("workspaces.api.workspace_urls")),
    path("", include("workspaces.api.internal_urls")),
    path("", include("workspaces.api.session_urls")),
    path("", include("workspaces.api.query_urls")),
]
