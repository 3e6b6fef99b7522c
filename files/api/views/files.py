"""Records of files: prepare, register, list, look at, change, delete."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from files.api.schemas import (
    FileChanges,
    FileInfo,
    FileList,
    FileListQuery,
    PrepareRequest,
    RegisterRequest,
    UploadTicket,
    file_info,
)
from files.services.delete_file import delete_file
from files.services.get_file import get_file
from files.services.list_files import list_files
from files.services.prepare_upload import prepare_upload
from files.services.register_file import register_file
from files.services.update_file import Keep, update_file
from kbstore.access import Need
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply

_TAGS = ["files"]


class PrepareView(ApiView):
    """The first of three steps: a session to upload into."""

    needs = {"POST": Need.FILES}

    @extend_schema(operation_id="prepare_file", tags=_TAGS, request=PrepareRequest, responses={200: UploadTicket})
    def post(self, request: Request, project_id: str) -> Response:
        wanted = parse_body(request, PrepareRequest)
        session = prepare_upload(actor=self.actor, project_id=project_id, **dict(wanted))
        url = f"/projects/{project_id}/files/upload/{session.upload_key}"
        return reply(UploadTicket(upload_key=session.upload_key, upload_url=url, expires_at=session.expires_at))


class FilesView(ApiView):
    """The files of a project."""

    needs = {"GET": Need.FILES, "POST": Need.FILES}

    @extend_schema(
        operation_id="list_files",
        tags=_TAGS,
        responses={200: FileList},
        parameters=[
            OpenApiParameter("include_staged", bool, description="Also those that wait for registration"),
            OpenApiParameter("limit", int, description="1 to 1000, default 100"),
            OpenApiParameter("offset", int),
            OpenApiParameter("tag", str, description="`key:value`, exact"),
            OpenApiParameter("name_contains", str),
            OpenApiParameter("since", OpenApiTypes.DATETIME, description="Created at this moment or later"),
        ],
    )
    def get(self, request: Request, project_id: str) -> Response:
        query = parse_query(request, FileListQuery)
        files, total = list_files(
            actor=self.actor, project_id=project_id, limit=query.limit, offset=query.offset, wanted=query.wanted()
        )
        return reply(FileList(files=[file_info(file) for file in files], total=total))

    @extend_schema(operation_id="register_file", tags=_TAGS, request=RegisterRequest, responses={201: FileInfo})
    def post(self, request: Request, project_id: str) -> Response:
        wanted = parse_body(request, RegisterRequest)
        file = register_file(actor=self.actor, project_id=project_id, **dict(wanted))
        return reply(file_info(file), status=201)


class FileView(ApiView):
    """One registered file."""

    needs = {"GET": Need.FILES, "PATCH": Need.FILES, "DELETE": Need.FILES}

    @extend_schema(operation_id="get_file", tags=_TAGS, responses={200: FileInfo})
    def get(self, request: Request, project_id: str, file_id: str) -> Response:
        return reply(file_info(get_file(actor=self.actor, project_id=project_id, file_id=file_id)))

    @extend_schema(operation_id="update_file", tags=_TAGS, request=FileChanges, responses={200: FileInfo})
    def patch(self, request: Request, project_id: str, file_id: str) -> Response:
        changes = parse_body(request, FileChanges)
        tags = changes.tags if "tags" in changes.model_fields_set else Keep.KEEP
        file = update_file(actor=self.actor, project_id=project_id, file_id=file_id, name=changes.name, tags=tags)
        return reply(file_info(file))

    @extend_schema(operation_id="delete_file", tags=_TAGS, responses={204: None})
    def delete(self, request: Request, project_id: str, file_id: str) -> Response:
        delete_file(actor=self.actor, project_id=project_id, file_id=file_id)
        return no_content()
