"""REST paths of snapshots and their settings."""

from __future__ import annotations

from django.urls import URLPattern, path

from storage.api.views import snapshot_settings, snapshots

_PROJECT = "projects/<str:project_id>"
_BRANCH = f"{_PROJECT}/branches/<str:branch_id>"
_SNAPSHOTS = f"{_BRANCH}/snapshots"
_BUCKET = f"{_BRANCH}/buckets/<str:bucket_name>"

urlpatterns: list[URLPattern] = [
    path(_SNAPSHOTS, snapshots.SnapshotsView.as_view()),
    path(f"{_SNAPSHOTS}/<str:snapshot_id>", snapshots.SnapshotView.as_view()),
    path(f"{_SNAPSHOTS}/<str:snapshot_id>/restore", snapshots.SnapshotRestoreView.as_view()),
    path(f"{_SNAPSHOTS}/<str:snapshot_id>/download", snapshots.SnapshotDownloadView.as_view()),
    path(f"{_PROJECT}/settings/snapshots", snapshot_settings.ProjectSnapshotSettingsView.as_view()),
    path(f"{_BUCKET}/settings/snapshots", snapshot_settings.BucketSnapshotSettingsView.as_view()),
    path(
        f"{_BUCKET}/tables/<str:table_name>/settings/snapshots", snapshot_settings.TableSnapshotSettingsView.as_view()
    ),
]
