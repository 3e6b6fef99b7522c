"""REST paths of profiles of tables."""

from __future__ import annotations

from django.urls import path

from storage.api.views.profile import TableProfileView

_TABLE = "projects/<str:project_id>/branches/<str:branch_id>/buckets/<str:bucket_name>/tables/<str:table_name>"

urlpatterns = [path(f"{_TABLE}/profile", TableProfileView.as_view())]
