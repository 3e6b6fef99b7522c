"""REST paths of the columns, keys and rows of a table."""

from __future__ import annotations

from django.urls import path

from storage.api.views import columns, rows

_TABLE = "projects/<str:project_id>/branches/<str:branch_id>/buckets/<str:bucket_name>/tables/<str:table_name>"

urlpatterns = [
    path(f"{_TABLE}/columns", columns.ColumnsView.as_view()),
    path(f"{_TABLE}/columns/<str:column_name>", columns.ColumnView.as_view()),
    path(f"{_TABLE}/primary-key", columns.PrimaryKeyView.as_view()),
    path(f"{_TABLE}/rows", rows.RowsView.as_view()),
]
