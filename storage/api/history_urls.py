"""REST paths of the versions of a table."""

from __future__ import annotations

from django.urls import URLPattern, path

from storage.api.views.versions import TableVersionRestoreView, TableVersionsView

_TABLE = "projects/<str:project_id>/branches/<str:branch_id>/buckets/<str:bucket_name>/tables/<str:table_name>"

urlpatterns: list[URLPattern] = [
    path(f"{_TABLE}/versions", TableVersionsView.as_view()),
    path(f"{_TABLE}/versions/<str:version>/restore", TableVersionRestoreView.as_view()),
]
