"""REST paths of sharing and linking buckets."""

from __future__ import annotations

from django.urls import path

from storage.api.views import sharing

_BUCKET = "projects/<str:project_id>/branches/<str:branch_id>/buckets/<str:bucket_name>"

urlpatterns = [
    path(f"{_BUCKET}/share", sharing.BucketShareView.as_view()),
    path(f"{_BUCKET}/link", sharing.BucketLinkView.as_view()),
    path(f"{_BUCKET}/grant-readonly", sharing.BucketGrantView.as_view()),
]
