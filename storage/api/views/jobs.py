"""Jobs: look at them, cancel them."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.jobs import accepted, job_reply, prefers_async
from kbstore.rest.schema import parse_query
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.jobs import JobListReply, JobQuery, JobReply
from storage.services.cancel_job import cancel_job
from storage.services.get_job import get_job
from storage.services.list_jobs import list_jobs

__all__ = ["JobCancelView", "JobView", "ProjectJobsView", "accepted", "prefers_async"]

_STATES = ["waiting", "processing", "success", "error", "cancelled"]
_FILTERS = [
    OpenApiParameter("state", str, enum=_STATES, description="Only jobs in this state."),
    OpenApiParameter("type", str, description="Only jobs of this type."),
    OpenApiParameter("limit", int, default=100, description="1 to 1000."),
    OpenApiParameter("offset", int, default=0),
]


class ProjectJobsView(ApiView):
    """The jobs of a project, newest first."""

    needs = {"GET": Need.PROJECT_READ}

    @extend_schema(operation_id="list_jobs", parameters=_FILTERS, responses={200: JobListReply}, tags=["jobs"])
    def get(self, request: Request, project_id: str) -> Response:
        query = parse_query(request, JobQuery)
        jobs, total = list_jobs(
            actor=self.actor,
            project_id=project_id,
            state=query.state,
            job_type=query.type,
            limit=query.limit,
            offset=query.offset,
        )
        return reply(JobListReply(jobs=[job_reply(job) for job in jobs], total=total))


class JobView(ApiView):
    """One job."""

    needs = {"GET": Need.READ}

    @extend_schema(operation_id="get_job", responses={200: JobReply}, tags=["jobs"])
    def get(self, request: Request, job_id: str) -> Response:
        return reply(job_reply(get_job(job_id=job_id, actor=self.actor)))


class JobCancelView(ApiView):
    """Stop a job that has not finished."""

    needs = {"POST": Need.WRITE}

    @extend_schema(operation_id="cancel_job", request=None, responses={200: JobReply}, tags=["jobs"])
    def post(self, request: Request, job_id: str) -> Response:
        return reply(job_reply(cancel_job(job_id=job_id, actor=self.actor)))
