"""Websocket paths."""

from django.urls import path, re_path

from storage.live.consumers import JobConsumer, NoSuchSocket, ProjectJobsConsumer

websocket_urlpatterns = [
    path("ws/jobs/<str:job_id>/", JobConsumer.as_asgi()),
    path("ws/projects/<str:project_id>/jobs/", ProjectJobsConsumer.as_asgi()),
    re_path(r"", NoSuchSocket.as_asgi()),
]
