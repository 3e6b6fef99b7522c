"""Snapshots of tables."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.file_body import FileBody, FileResponse
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_body, parse_query, parse_query_and_body
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.jobs import JobReply
from storage.api.schemas.snapshots import (
    RestoreReply,
    RestoreRequest,
    SnapshotCreateRequest,
    SnapshotDetailReply,
    SnapshotDownloadQuery,
    SnapshotListReply,
    SnapshotQuery,
    SnapshotReply,
)
from storage.api.schemas.tables import ForceQuery
from storage.api.views.jobs import accepted, prefers_async
from storage.models import Snapshot
from storage.services.create_snapshot import request_snapshot
from storage.services.delete_snapshot import delete_snapshot
from storage.services.describe_snapshot import describe_snapshot
from storage.services.get_snapshot import get_snapshot, list_snapshots
from storage.services.open_snapshot import SnapshotFile, open_snapshot
from storage.services.restore_snapshot import request_restore


def snapshot_detail(snapshot: Snapshot) -> SnapshotDetailReply:
    version = snapshot.version
    shape = {"schema_columns": version.columns, "primary_key": version.primary_key}
    return SnapshotDetailReply.model_validate(describe_snapshot(snapshot) | shape)


class SnapshotsView(ApiView):
    """The snapshots that a branch has, newest first."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}

    @extend_schema(
        operation_id="create_snapshot",
        request=SnapshotCreateRequest,
        responses={201: SnapshotReply, 202: JobReply},
        tags=["snapshots"],
    )
    def post(self, request: Request, **place: str) -> Response:
        body = parse_body(request, SnapshotCreateRequest)
        job = request_snapshot(
            actor=self.actor,
            **place,
            bucket_name=body.bucket,
            table_name=body.table,
            description=body.description,
            respond_async=prefers_async(request),
        )
        return reply(SnapshotReply.model_validate(job.result), status=201) if job.is_finished else accepted(job)

    @extend_schema(
        operation_id="list_snapshots",
        parameters=query_parameters(SnapshotQuery),
        responses={200: SnapshotListReply},
        tags=["snapshots"],
    )
    def get(self, request: Request, **place: str) -> Response:
        query = parse_query(request, SnapshotQuery)
        snapshots, total = list_snapshots(
            actor=self.actor, **place, wanted=query.wanted(), limit=query.limit, offset=query.offset
        )
        described = [SnapshotReply.model_validate(describe_snapshot(snapshot)) for snapshot in snapshots]
        return reply(SnapshotListReply(snapshots=described, total=total))


class SnapshotView(ApiView):
    """One snapshot."""

    needs = {"GET": Need.READ, "DELETE": Need.WRITE}

    @extend_schema(operation_id="get_snapshot", responses={200: SnapshotDetailReply}, tags=["snapshots"])
    def get(self, request: Request, **place: str) -> Response:
        return reply(snapshot_detail(get_snapshot(actor=self.actor, **place)))

    @extend_schema(operation_id="delete_snapshot", responses={204: None}, tags=["snapshots"])
    def delete(self, request: Request, **place: str) -> Response:
        delete_snapshot(actor=self.actor, **place)
        return no_content()


class SnapshotRestoreView(ApiView):
    """Bring a snapshot back."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="restore_snapshot",
        parameters=query_parameters(ForceQuery),
        request=RestoreRequest,
        responses={200: RestoreReply, 202: JobReply},
        tags=["snapshots"],
    )
    def post(self, request: Request, **place: str) -> Response:
        query, body = parse_query_and_body(request, ForceQuery, RestoreRequest)
        job = request_restore(
            actor=self.actor,
            **place,
            target_bucket=body.target_bucket,
            target_table=body.target_table,
            force=query.force,
            respond_async=prefers_async(request),
        )
        return reply(RestoreReply.model_validate(job.result)) if job.is_finished else accepted(job)


class SnapshotDownloadView(ApiView):
    """The rows of a snapshot as a Parquet or CSV file, in constant memory."""

    needs = {"GET": Need.READ}

    @extend_schema(
        operation_id="download_snapshot",
        parameters=query_parameters(SnapshotDownloadQuery),
        responses={(200, "application/x-parquet"): OpenApiTypes.BINARY},
        tags=["snapshots"],
    )
    def get(self, request: Request, **place: str) -> HttpResponseBase:
        file_format = parse_query(request, SnapshotDownloadQuery).format
        file = open_snapshot(actor=self.actor, **place, file_format=file_format)
        return download(file)

    def head(self, request: Request, **place: str) -> HttpResponseBase:
        """Whether there is something to download: how long it is would be known only once it is written."""
        parse_query(request, SnapshotDownloadQuery)
        get_snapshot(actor=self.actor, **place)
        return HttpResponse()


def download(file: SnapshotFile) -> FileResponse:
    body = FileBody(file.stream, start=0, length=file.size_bytes)
    response = FileResponse(body, content_type=file.content_type)
    response["Content-Length"] = str(file.size_bytes)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    # A shared cache must not answer somebody who has no key.
    response["Cache-Control"] = "private, no-cache"
    return response
