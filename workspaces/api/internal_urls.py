"""REST paths for external wire servers."""

from __future__ import annotations

from django.urls import path

from workspaces.api.views import internal

_SESSIONS = "internal/pgwire/sessions"

urlpatterns = [
    path("internal/pgwire/auth", internal.PgwireAuthView.as_view()),
    path(_SESSIONS, internal.PgwireSessionsView.as_view()),
    path(f"{_SESSIONS}/cleanup", internal.PgwireSessionCleanupView.as_view()),
    path(f"{_SESSIONS}/<str:session_id>", internal.PgwireSessionView.as_view()),
    path(f"{_SESSIONS}/<str:session_id>/activity", internal.PgwireSessionActivityView.as_view()),
]
