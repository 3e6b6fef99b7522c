"""Workspaces of a project and of its dev branches."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Actor, Need
from kbstore.errors import Forbidden
from kbstore.rest.authentication import HasHeaders, authenticate_bearer
from kbstore.rest.jobs import JobReply, accepted, prefers_async
from kbstore.rest.openapi import query_parameters
from kbstore.rest.openapi_errors import ErrorBody
from kbstore.rest.schema import Page, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from workspaces.api.schemas.workspaces import (
    ConnectionReply,
    LoadReply,
    LoadRequest,
    NewWorkspaceReply,
    WorkspaceCreateRequest,
    WorkspaceDetailReply,
    WorkspaceListReply,
)
from workspaces.services.clear_workspace import clear_workspace
from workspaces.services.create_workspace import create_workspace
from workspaces.services.delete_workspace import delete_workspace
from workspaces.services.describe_workspace import describe_connection
from workspaces.services.drop_object import drop_workspace_object
from workspaces.services.find_workspace import require_somewhere
from workspaces.services.get_workspace import get_workspace, list_workspaces
from workspaces.services.load_tables import request_load
from workspaces.services.reset_credentials import reset_credentials

#: 409: another process has the file open.
_DETAIL: dict[int, Any] = {200: WorkspaceDetailReply, 409: ErrorBody}


class SomeWorkspaceView(ApiView):
    """One workspace, named without its branch: a branch key is let in, and the service looks whose workspace it is."""

    def caller_of(self, request: HasHeaders, *, method: str, **kwargs: Any) -> Actor | None:
        need, project_id = self.needs[method], kwargs["project_id"]
        actor = authenticate_bearer(request)
        if actor is None or need is None:
            raise Forbidden(f"Access denied to project {project_id}")
        require_somewhere(actor, need, project_id)
        return actor


class WorkspaceCollectionView(ApiView):
    """What the workspaces of a project and those of a dev branch have in common; `place` says which are meant."""

    def create(self, request: Request, place: dict[str, str]) -> Response:
        order = parse_body(request, WorkspaceCreateRequest).order()
        made = create_workspace(actor=self.actor, **place, order=order)
        return reply(NewWorkspaceReply.made(made), status=201)

    def page(self, request: Request, place: dict[str, str]) -> Response:
        page = parse_query(request, Page)
        shown = list_workspaces(actor=self.actor, **place, limit=page.limit, offset=page.offset)
        return reply(WorkspaceListReply.page(*shown))


class WorkspacesView(WorkspaceCollectionView):
    """The workspaces of a project: of main and of its dev branches."""

    needs = {"GET": Need.PROJECT_READ, "POST": Need.MANAGE}

    @extend_schema(
        operation_id="create_workspace",
        request=WorkspaceCreateRequest,
        responses={201: NewWorkspaceReply},
        tags=["workspaces"],
    )
    def post(self, request: Request, **place: str) -> Response:
        return self.create(request, place)

    @extend_schema(
        operation_id="list_workspaces",
        parameters=query_parameters(Page),
        responses={200: WorkspaceListReply},
        tags=["workspaces"],
    )
    def get(self, request: Request, **place: str) -> Response:
        return self.page(request, place)


class BranchWorkspacesView(WorkspaceCollectionView):
    """The workspaces of a dev branch."""

    needs = {"GET": Need.READ, "POST": Need.WRITE}

    @extend_schema(
        operation_id="create_branch_workspace",
        request=WorkspaceCreateRequest,
        responses={201: NewWorkspaceReply},
        tags=["workspaces"],
    )
    def post(self, request: Request, **place: str) -> Response:
        return self.create(request, place)

    @extend_schema(
        operation_id="list_branch_workspaces",
        parameters=query_parameters(Page),
        responses={200: WorkspaceListReply},
        tags=["workspaces"],
    )
    def get(self, request: Request, **place: str) -> Response:
        return self.page(request, place)


class WorkspaceView(SomeWorkspaceView):
    """One workspace."""

    needs = {"GET": Need.READ, "DELETE": Need.WRITE}

    @extend_schema(operation_id="get_workspace", responses=_DETAIL, tags=["workspaces"])
    def get(self, request: Request, **place: str) -> Response:
        return reply(WorkspaceDetailReply.of_content(get_workspace(actor=self.actor, **place)))

    @extend_schema(operation_id="delete_workspace", responses={204: None}, tags=["workspaces"])
    def delete(self, request: Request, **place: str) -> Response:
        delete_workspace(actor=self.actor, **place)
        return no_content()


class BranchWorkspaceView(ApiView):
    """One workspace of a dev branch."""

    needs = {"GET": Need.READ, "DELETE": Need.WRITE}

    @extend_schema(operation_id="get_branch_workspace", responses=_DETAIL, tags=["workspaces"])
    def get(self, request: Request, **place: str) -> Response:
        return reply(WorkspaceDetailReply.of_content(get_workspace(actor=self.actor, **place)))

    @extend_schema(operation_id="delete_branch_workspace", responses={204: None}, tags=["workspaces"])
    def delete(self, request: Request, **place: str) -> Response:
        delete_workspace(actor=self.actor, **place)
        return no_content()


class WorkspaceClearView(SomeWorkspaceView):
    """Empty a workspace."""

    needs = {"POST": Need.WRITE}

    @extend_schema(operation_id="clear_workspace", request=None, responses={204: None}, tags=["workspaces"])
    def post(self, request: Request, **place: str) -> Response:
        clear_workspace(actor=self.actor, **place)
        return no_content()


class WorkspaceObjectView(SomeWorkspaceView):
    """One table or view of a workspace."""

    needs = {"DELETE": Need.WRITE}

    @extend_schema(operation_id="drop_workspace_object", responses={204: None}, tags=["workspaces"])
    def delete(self, request: Request, **place: str) -> Response:
        drop_workspace_object(actor=self.actor, **place)
        return no_content()


class WorkspaceLoadView(SomeWorkspaceView):
    """Copy project tables into a workspace."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="load_workspace_tables",
        request=LoadRequest,
        responses={200: LoadReply, 202: JobReply},
        tags=["workspaces"],
    )
    def post(self, request: Request, **place: str) -> Response:
        tables = parse_body(request, LoadRequest).tables
        job = request_load(actor=self.actor, **place, tables=tables, respond_async=prefers_async(request))
        return reply(LoadReply.model_validate(job.result)) if job.is_finished else accepted(job)


class WorkspaceCredentialsView(SomeWorkspaceView):
    """A new password for a workspace."""

    needs = {"POST": Need.WRITE}

    @extend_schema(
        operation_id="reset_workspace_credentials",
        request=None,
        responses={200: ConnectionReply},
        tags=["workspaces"],
    )
    def post(self, request: Request, **place: str) -> Response:
        workspace, password = reset_credentials(actor=self.actor, **place)
        described = describe_connection(workspace, workspace.credential, password=password)
        return reply(ConnectionReply.model_validate(described))
