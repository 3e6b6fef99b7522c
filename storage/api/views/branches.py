"""Dev branches, and the tables they hold."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.openapi import query_parameters
from kbstore.rest.schema import OptionalPage, Page, parse_body, parse_query
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.branches import (
    BranchCreateRequest,
    BranchDetailReply,
    BranchDiffReply,
    BranchesReply,
    BranchReply,
    BranchUpdateRequest,
    PullReply,
    PushQuery,
    PushReply,
    TableDiffReply,
)
from storage.api.schemas.jobs import JobReply
from storage.api.views.jobs import accepted, prefers_async
from storage.services.create_branch import create_branch
from storage.services.delete_branch import request_delete_branch
from storage.services.diff_branch import diff_branch
from storage.services.get_branch import get_branch, list_branches
from storage.services.pull_table import pull_table
from storage.services.push_table import push_table
from storage.services.update_branch import update_branch


class BranchesView(ApiView):
    """The dev branches of a project."""

    needs = {"GET": Need.MANAGE, "POST": Need.MANAGE}

    @extend_schema(
        operation_id="create_branch", request=BranchCreateRequest, responses={201: BranchReply}, tags=["branches"]
    )
    def post(self, request: Request, project_id: str) -> Response:
        body = parse_body(request, BranchCreateRequest)
        branch = create_branch(actor=self.actor, project_id=project_id, name=body.name, description=body.description)
        return reply(BranchReply.of(branch), status=201)

    @extend_schema(
        operation_id="list_branches",
        parameters=query_parameters(Page),
        responses={200: BranchesReply},
        tags=["branches"],
    )
    def get(self, request: Request, project_id: str) -> Response:
        page = parse_query(request, Page)
        branches, total = list_branches(actor=self.actor, project_id=project_id, limit=page.limit, offset=page.offset)
        shown = [BranchReply.of(branch) for branch in branches]
        return reply(BranchesReply(branches=shown, count=len(shown), total=total))


class BranchView(ApiView):
    """One dev branch."""

    needs = {"GET": Need.READ, "PATCH": Need.MANAGE, "DELETE": Need.MANAGE}

    @extend_schema(operation_id="get_branch", responses={200: BranchDetailReply}, tags=["branches"])
    def get(self, request: Request, **place: str) -> Response:
        return reply(BranchDetailReply.with_tables(*get_branch(actor=self.actor, **place)))

    @extend_schema(
        operation_id="update_branch", request=BranchUpdateRequest, responses={200: BranchReply}, tags=["branches"]
    )
    def patch(self, request: Request, **place: str) -> Response:
        body = parse_body(request, BranchUpdateRequest)
        return reply(BranchReply.of(update_branch(actor=self.actor, **place, changes=body.changes())))

    @extend_schema(operation_id="delete_branch", responses={204: None, 202: JobReply}, tags=["branches"])
    def delete(self, request: Request, **place: str) -> Response:
        job = request_delete_branch(actor=self.actor, **place, respond_async=prefers_async(request))
        return no_content() if job is None else accepted(job)


class BranchDiffView(ApiView):
    """What a branch holds, compared with main."""

    needs = {"GET": Need.READ}

    @extend_schema(
        operation_id="diff_branch",
        parameters=query_parameters(OptionalPage),
        responses={200: BranchDiffReply},
        tags=["branches"],
    )
    def get(self, request: Request, **place: str) -> Response:
        page = parse_query(request, OptionalPage)
        diffs, total = diff_branch(actor=self.actor, **place, limit=page.limit, offset=page.offset)
        tables = [TableDiffReply.of(diff) for diff in diffs]
        return reply(BranchDiffReply(branch_id=place["branch_id"], tables=tables, total=total))


class TablePullView(ApiView):
    """Let the branch read a table from main again."""

    needs = {"POST": Need.WRITE}

    @extend_schema(operation_id="pull_table", request=None, responses={200: PullReply}, tags=["branches"])
    def post(self, request: Request, **place: str) -> Response:
        was_local = pull_table(actor=self.actor, **place)
        return reply(PullReply.of(place["bucket_name"], place["table_name"], was_local=was_local))


class TablePushView(ApiView):
    """Make the branch's version of a table main's."""

    needs = {"POST": Need.MANAGE}

    @extend_schema(
        operation_id="push_table",
        request=None,
        parameters=query_parameters(PushQuery),
        responses={200: PushReply},
        tags=["branches"],
    )
    def post(self, request: Request, **place: str) -> Response:
        query = parse_query(request, PushQuery)
        version, snapshot = push_table(actor=self.actor, **place, keep=query.keep, force=query.force)
        return reply(PushReply.of(place["bucket_name"], place["table_name"], version, snapshot))
