"""REST paths of storage."""

from __future__ import annotations

from django.urls import include, path

from storage.api.views import api_keys, buckets, data, projects, service, tables

_PROJECT = "projects/<str:project_id>"
_BUCKETS = f"{_PROJECT}/branches/<str:branch_id>/buckets"
_TABLES = f"{_BUCKETS}/<str:bucket_name>/tables"

urlpatterns = [
    path("", service.ServiceView.as_view()),
    path("health", service.HealthView.as_view()),
    path("health/live", service.LivenessView.as_view()),
    path("health/ready", service.ReadinessView.as_view()),
    path("backend/init", service.BackendInitView.as_view()),
    path("backend/remove", service.BackendRemoveView.as_view()),
    path("projects", projects.ProjectsView.as_view()),
    path(f"{_PROJECT}", projects.ProjectView.as_view()),
    path(f"{_PROJECT}/stats", projects.ProjectStatsView.as_view()),
    path(f"{_PROJECT}/api-keys", api_keys.ApiKeysView.as_view()),
    path(f"{_PROJECT}/api-keys/<str:key_id>", api_keys.ApiKeyView.as_view()),
    path(f"{_PROJECT}/api-keys/<str:key_id>/rotate", api_keys.ApiKeyRotateView.as_view()),
    path(_BUCKETS, buckets.BucketsView.as_view()),
    path(f"{_BUCKETS}/<str:bucket_name>", buckets.BucketView.as_view()),
    path(_TABLES, tables.TablesView.as_view()),
    path(f"{_TABLES}/<str:table_name>", tables.TableView.as_view()),
    path(f"{_TABLES}/<str:table_name>/preview", tables.TablePreviewView.as_view()),
    path(f"{_TABLES}/<str:table_name>/import/file", data.TableImportView.as_view()),
    path(f"{_TABLES}/<str:table_name>/export", data.TableExportView.as_view()),
    path("", include("storage.api.job_urls")),
    path("", include("storage.api.schema_urls")),
    path("", include("storage.api.sharing_urls")),
    path("", include("storage.api.snapshot_urls")),
    path("", include("storage.api.history_urls")),
    path("", include("storage.api.branch_urls")),
    path("", include("storage.api.profile_urls")),
    path("", include("storage.api.operation_urls")),
]
