"""Import and export of tables."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.schema import parse_body
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.data import ExportReply, ExportRequest, ImportReply, ImportRequest
from storage.api.schemas.jobs import JobReply
from storage.api.views.jobs import accepted, prefers_async
from storage.models import Job
from storage.services.export_table import request_export
from storage.services.import_table import request_import


class TableImportView(ApiView):
    """Load a file of the project, or objects, into a table."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="import_table",
        request=ImportRequest,
        responses={200: ImportReply, 202: JobReply},
        tags=["data"],
    )
    def post(self, request: Request, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Response:
        job = request_import(
            actor=self.actor,
            project_id=project_id,
            branch_id=branch_id,
            bucket_name=bucket_name,
            table_name=table_name,
            order=parse_body(request, ImportRequest).order(project_id),
            respond_async=prefers_async(request),
        )
        return answer(job, ImportReply)


class TableExportView(ApiView):
    """Write a table into a file of the project, or into objects."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="export_table",
        request=ExportRequest,
        responses={200: ExportReply, 202: JobReply},
        tags=["data"],
    )
    def post(self, request: Request, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Response:
        body = parse_body(request, ExportRequest)
        job = request_export(
            actor=self.actor,
            project_id=project_id,
            branch_id=branch_id,
            bucket_name=bucket_name,
            table_name=table_name,
            order=body.order(),
            target=body.target(),
            respond_async=prefers_async(request),
        )
        return answer(job, ExportReply)


def answer(job: Job, model: type[ImportReply] | type[ExportReply]) -> Response:
    """200 and the result of a finished job, 202 and the job itself otherwise."""
    return reply(model.model_validate(job.result)) if job.is_finished else accepted(job)
