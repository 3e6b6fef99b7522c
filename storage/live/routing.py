"""Websocket paths."""

from django.urls import re_path

from storage.live.consumers import JobConsumer, NoSuchSocket, ProjectJobsConsumer
from storage.live.runs import RunConsumer

# Without NUL, which no id holds and PostgreSQL refuses to compare text with.
websocket_urlpatterns = [
    re_path(r"^ws/jobs/(?P<job_id>[^/\0]+)/$", JobConsumer.as_asgi()),
    re_path(r"^ws/projects/(?P<project_id>[^/\0]+)/jobs/$", ProjectJobsConsumer.as_asgi()),
    # A run has no project, as a job whose id nobody knows: the same name, so that the same is asked for it.
    re_path(r"^ws/runs/(?P<job_id>[a-z0-9-]+)/$", RunConsumer.as_asgi()),
    re_path(r"", NoSuchSocket.as_asgi()),
]
