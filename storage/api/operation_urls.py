"""REST paths of the history of operations."""

from __future__ import annotations

from django.urls import URLPattern, path

from storage.api.views.operations import OperationStatsView, OperationsView, OperationView

_OPERATIONS = "projects/<str:project_id>/operations"

urlpatterns: list[URLPattern] = [
    path(_OPERATIONS, OperationsView.as_view()),
    path(f"{_OPERATIONS}/stats", OperationStatsView.as_view()),
    path(f"{_OPERATIONS}/<str:operation_id>", OperationView.as_view()),
]
