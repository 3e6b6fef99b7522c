"""kbstore's URLs plus `POST /projects/{p}/test-jobs`."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.schema import read_json
from kbstore.rest.views import ApiView, reply
from kbstore.urls import handler400, handler404, handler500
from kbstore.urls import urlpatterns as product_urls
from storage.api.views.jobs import accepted, job_reply, prefers_async
from storage.jobs.submit import submit
from storage.models import Job

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


class StartView(ApiView):
    needs = {"POST": Need.MANAGE}

    def post(self, request: Request, project_id: str) -> Response:
        body: dict[str, Any] = read_json(request)
        job = Job(project_id=project_id, type=body["type"], params=body.get("params", {}))
        job = submit(job, respond_async=prefers_async(request))
        return reply(job_reply(job)) if job.is_finished else accepted(job)


urlpatterns = [path("projects/<str:project_id>/test-jobs", StartView.as_view()), *product_urls]
