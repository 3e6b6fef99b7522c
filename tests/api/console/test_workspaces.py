"""Workspaces in the console: made with a password that is shown once, watched, emptied, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Branch, Event, Project, Table
from tests.api.console.test_projects import secret_on
from tests.api.console.things import ADMIN, NASTY, make_project
from workspaces.models import Workspace, WorkspaceSession
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace

ADD = "/admin/workspaces/workspace/add/"


def order(project: Project, **changes: object) -> dict[str, object]:
    return {"project": project.pk, "branch": "", "name": NASTY, "size_limit_gb": 3} | changes


@pytest.fixture
def workspace(project: Project) -> Workspace:
    return create_workspace(actor=ADMIN, project_id=project.pk, order=WorkspaceOrder(NASTY)).workspace


def command(name: str, workspace: Workspace) -> str:
    return reverse(f"admin:workspaces_workspace_{name}", args=[quote(workspace.pk)])


def test_a_new_workspaces_password_is_shown_once(member: Client, project: Project) -> None:
    reply = member.post(ADD, order(project, ttl_hours=2))
    workspace = Workspace.objects.get()
    assert (workspace.project_id, workspace.created_by) == (project.pk, "user:mia")
    assert (workspace.expires_at - workspace.created_at).total_seconds() == 7200
    page = reply.headers["Location"]
    shown = member.get(page)
    password = secret_on(shown)
    assert password is not None
    assert len(password) == 32
    assert f"PGPASSWORD={password} psql" in shown.content.decode()
    assert password not in page
    again = member.get(page)
    assert password not in again.content.decode()
    assert workspace.credential.username in again.content.decode()


def test_a_branch_of_another_project_is_refused(operator: Client, project: Project) -> None:
    branch = Branch.objects.create(id="b1", project=make_project(), name="dev")
    assert operator.post(ADD, order(project, branch=branch.pk)).status_code == 200
    assert not Workspace.objects.exists()


def test_a_member_makes_none_in_a_project_of_others(member: Client) -> None:
    assert member.post(ADD, order(make_project())).status_code == 200
    assert not Workspace.objects.exists()


def test_a_reset_password_is_another_one(operator: Client, workspace: Workspace) -> None:
    before = bytes(workspace.credential.verifier)
    reply = operator.post(command("reset", workspace))
    password = secret_on(operator.get(reply.headers["Location"]))
    assert password is not None
    workspace.credential.refresh_from_db()
    assert bytes(workspace.credential.verifier) != before


def test_an_emptied_or_deleted_workspace_has_to_be_named(operator: Client, workspace: Workspace) -> None:
    for name in ("clear", "delete"):
        assert operator.post(command(name, workspace), {"typed": "yes"}).status_code == 200
    assert Workspace.objects.filter(pk=workspace.pk).exists()
    assert operator.post(command("clear", workspace), {"typed": workspace.pk}).status_code == 302
    assert operator.post(command("delete", workspace), {"typed": workspace.pk}).status_code == 302
    assert not Workspace.objects.exists()
    done = set(Event.objects.filter(resource_id=workspace.pk).values_list("operation", "actor"))
    assert {("clear_workspace", "operator:olga"), ("delete_workspace", "operator:olga")} <= done


def test_live_sessions_are_listed_and_ended(operator: Client, viewer: Client, workspace: Workspace) -> None:
    session = WorkspaceSession.objects.create(pk="pgw_1", workspace=workspace, client_ip=NASTY)
    url = reverse("admin:workspace_sessions", args=[workspace.pk])
    shown = operator.get(url).content.decode()
    ending = reverse("admin:workspaces_workspacesession_disconnect", args=[quote(session.pk)])
    assert ending in shown
    assert "<script>alert" not in shown
    assert ending not in viewer.get(url).content.decode()
    assert operator.post(command("disconnect", workspace)).status_code == 302
    assert session.pk not in operator.get(url).content.decode()
    assert command("disconnect", workspace) not in operator.get(page_url(workspace)).content.decode()


def test_what_is_in_it_is_shown_beside_what_it_reads(operator: Client, table: Table, workspace: Workspace) -> None:
    shown = operator.get(reverse("admin:workspace_content", args=[workspace.pk])).content.decode()
    assert "in_c_sales.orders" in shown
    assert "Nothing yet" in shown


def test_tables_are_loaded_as_a_job(member: Client, table: Table, workspace: Workspace) -> None:
    url = reverse("admin:workspace_load", args=[workspace.pk])
    form = member.get(url).content.decode()
    assert "in.c-sales.orders" in form
    assert "Choose at least one table" in member.post(url).content.decode()
    reply = member.post(url, {"tables": ['"in.c-sales"."orders"']})
    assert "/storage/job/" in reply.headers["Location"]


def test_who_may_only_view_is_offered_nothing_to_change(viewer: Client, workspace: Workspace) -> None:
    shown = viewer.get(page_url(workspace)).content.decode()
    for name in ("reset", "clear", "delete"):
        assert command(name, workspace) not in shown
        assert viewer.post(command(name, workspace), {"typed": workspace.pk}).status_code == 403
    assert viewer.get(reverse("admin:workspace_load", args=[workspace.pk])).status_code == 403
    assert viewer.get(ADD).status_code == 403


def test_an_expired_workspace_can_only_be_deleted(operator: Client, workspace: Workspace) -> None:
    Workspace.objects.update(expires_at=workspace.created_at)
    shown = operator.get(page_url(workspace)).content.decode()
    assert command("delete", workspace) in shown
    assert command("reset", workspace) not in shown
    assert reverse("admin:sql") + "?workspace" not in shown
    listed = operator.get("/admin/workspaces/workspace/", {"state": "usable"}).context["cl"].result_list
    assert list(listed) == []


def test_the_list_costs_as_many_queries_for_many_as_for_one(operator: Client, project: Project) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert operator.get("/admin/workspaces/workspace/").status_code == 200
        return len(asked)

    def add(count: int) -> Any:
        made = [Workspace(id=f"ws_{n:08x}_{count}", project=project, size_limit_bytes=1) for n in range(count)]
        return Workspace.objects.bulk_create(made)

    add(1)
    cost()
    few = cost()
    add(30)
    assert cost() == few
