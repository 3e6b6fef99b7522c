"""What the script of the SQL console asks for: names to complete, and the answers to statements."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kbstore.access import Actor, Role
from kbstore.console.site import console_page
from kbstore.errors import InvalidRequest, KbstoreError
from kbstore.rest.errors import json_error_response
from kbstore.rest.views import has_left
from workspaces.admin.places import CHANGE, seen_workspace, sql_actor
from workspaces.admin.sql_console import VIEW
from workspaces.models import Workspace
from workspaces.services.list_sql_names import SqlName, list_sql_names
from workspaces.services.query_body import QueryBody
from workspaces.services.query_job import request_query
from workspaces.services.run_sql import run_sql
from workspaces.services.sql_order import CONTENT_TYPES, SqlOrder

MAX_SQL_CHARACTERS = 1_000_000
#: What a browser shows as a table.
MAX_SHOWN_ROWS = 10_000
_FORMATS = ("json", "csv", "parquet")


class QueryForm(forms.Form):
    """`read_only` is for what must change nothing, such as running a statement a second time for its file."""

    sql = forms.CharField(max_length=MAX_SQL_CHARACTERS, strip=False)
    format = forms.ChoiceField(choices=[(name, name) for name in _FORMATS])
    limit = forms.IntegerField(min_value=1, required=False)
    read_only = forms.BooleanField(required=False)

    def order(self) -> SqlOrder:
        """Raises InvalidRequest."""
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise InvalidRequest(f"{name}: {errors[0]}")
        limit, kind = self.cleaned_data["limit"], self.cleaned_data["format"]
        if kind == "json":
            limit = min(limit or MAX_SHOWN_ROWS, MAX_SHOWN_ROWS)
        return SqlOrder(sql=self.cleaned_data["sql"], format=kind, limit=limit)


@console_page("sql/<str:workspace_id>/names/", name="sql_names", permission=VIEW)
@require_safe
def names(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """Tables, views and columns that SQL in the workspace may name."""
    workspace = seen_workspace(request, workspace_id)
    try:
        found = list_sql_names(
            actor=sql_actor(request, workspace), project_id=workspace.project_id, workspace_id=workspace.pk
        )
    except KbstoreError as error:
        return json_error_response(error)
    return JsonResponse({"tables": [_described(each) for each in found]})


@console_page("sql/<str:workspace_id>/run/", name="sql_run", permission=VIEW)
@require_POST
def run(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """Run statements; whoever hangs up stops them."""
    workspace = seen_workspace(request, workspace_id)
    form = QueryForm(request.POST)
    try:
        order = form.order()
        actor = sql_actor(request, workspace)
        if form.cleaned_data["read_only"]:
            actor = Actor(Role.PROJECT_READ, actor.label, workspace.project_id)
        return _answer(request, workspace, actor, order)
    except KbstoreError as error:
        return json_error_response(error)


@console_page("sql/<str:workspace_id>/job/", name="sql_job", permission=CHANGE)
@require_POST
def run_as_job(request: HttpRequest, workspace_id: str) -> HttpResponseBase:
    """Run statements in the background, their rows into a file of the project; tells where to watch it."""
    workspace = seen_workspace(request, workspace_id)
    if not request.user.has_perm("files.add_file"):
        raise PermissionDenied
    try:
        job = request_query(
            actor=sql_actor(request, workspace),
            project_id=workspace.project_id,
            workspace_id=workspace.pk,
            order=QueryForm(request.POST).order(),
        )
    except KbstoreError as error:
        return json_error_response(error)
    return JsonResponse({"url": reverse("admin:sql_file", args=[job.pk])}, status=202)


def _answer(request: HttpRequest, workspace: Workspace, actor: Actor, order: SqlOrder) -> HttpResponseBase:
    answer = run_sql(
        actor=actor,
        project_id=workspace.project_id,
        workspace_id=workspace.pk,
        order=order,
        has_left=lambda: has_left(request),
    )
    kind, headers = CONTENT_TYPES[order.format], {"X-Query-ID": answer.running.id}
    if answer.is_whole:
        return HttpResponse(answer.first, content_type=kind, headers=headers)
    return StreamingHttpResponse(QueryBody(answer), content_type=kind, headers=headers)


def _described(name: SqlName) -> dict[str, object]:
    return {
        "schema": name.schema,
        "name": name.name,
        "columns": name.columns,
        "bucket": name.bucket,
        "rows": name.rows,
        "alias": name.alias_key,
    }
