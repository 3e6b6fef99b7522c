"""Projects."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.projects import (
    ProjectCreatedReply,
    ProjectCreateRequest,
    ProjectReply,
    ProjectsQuery,
    ProjectsReply,
    ProjectStatsReply,
    ProjectUpdateRequest,
)
from storage.services.create_project import create_project
from storage.services.delete_project import delete_project
from storage.services.get_project import get_project, list_projects, project_stats
from storage.services.update_project import update_project


class ProjectsView(ApiView):
    """All projects of the installation."""

    needs = {"GET": Need.ADMIN, "POST": Need.ADMIN}

    @extend_schema(
        operation_id="create_project",
        request=ProjectCreateRequest,
        responses={201: ProjectCreatedReply},
        tags=["projects"],
    )
    def post(self, request: Request) -> Response:
        body = parse_body(request, ProjectCreateRequest)
        project, secret = create_project(
            actor=self.actor, project_id=body.id, name=body.name, project_settings=body.settings
        )
        return reply(ProjectCreatedReply(**ProjectReply.fields_of(project), api_key=secret), status=201)

    @extend_schema(
        operation_id="list_projects",
        parameters=query_parameters(ProjectsQuery),
        responses={200: ProjectsReply},
        tags=["projects"],
    )
    def get(self, request: Request) -> Response:
        query = parse_query(request, ProjectsQuery)
        projects, total = list_projects(actor=self.actor, status=query.status, limit=query.limit, offset=query.offset)
        return reply(ProjectsReply(projects=[ProjectReply.of(project) for project in projects], total=total))


class ProjectView(ApiView):
    """One project."""

    needs = {"GET": Need.PROJECT_READ, "PUT": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="get_project", responses={200: ProjectReply}, tags=["projects"])
    def get(self, request: Request, project_id: str) -> Response:
        return reply(ProjectReply.of(get_project(actor=self.actor, project_id=project_id)))

    @extend_schema(
        operation_id="update_project", request=ProjectUpdateRequest, responses={200: ProjectReply}, tags=["projects"]
    )
    def put(self, request: Request, project_id: str) -> Response:
        body = parse_body(request, ProjectUpdateRequest)
        update_project(actor=self.actor, project_id=project_id, name=body.name, project_settings=body.settings)
        return reply(ProjectReply.of(get_project(actor=self.actor, project_id=project_id)))

    @extend_schema(operation_id="delete_project", responses={204: None}, tags=["projects"])
    def delete(self, request: Request, project_id: str) -> Response:
        delete_project(actor=self.actor, project_id=project_id)
        return no_content()


class ProjectStatsView(ApiView):
    """A project's numbers."""

    needs = {"GET": Need.MANAGE}

    @extend_schema(operation_id="get_project_stats", responses={200: ProjectStatsReply}, tags=["projects"])
    def get(self, request: Request, project_id: str) -> Response:
        return reply(ProjectStatsReply.model_validate(project_stats(actor=self.actor, project_id=project_id)))
