"""Who reaches what in the console: every address, for those without rights, viewers, members and members elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from kbstore.access import Role
from kbstore.console.groups import PROJECT_MEMBERS
from kbstore.console.markup import page_url
from kbstore.console.pages import ConsoleAdmin
from kbstore.console.rights import actor_of_user, visible
from storage.live.authentication import SocketRefused
from storage.live.authentication import actor_of as socket_actor
from storage.live.reading import read_project
from storage.models import ApiKey, Bucket, Event, Job, Project, ProjectMember, Table
from tests.api.console.conftest import logged_in
from tests.api.console.routes import address, routes
from tests.api.console.things import make_bucket, make_job, make_key, make_table
from workspaces.models import Workspace

#: What needs no right but to log in: what it shows is the user's own.
FOR_EVERYBODY = {"index", "login", "logout", "password_change", "password_change_done", "jsi18n", "search", "account"}
#: For everybody, and drawn from what one may look at.
DRAWN_FROM_RIGHTS = {"index", "dashboard_now", "dashboard_activity"}
Things = dict[type[Model], Any]


def rows_of_everything() -> dict[str, list[dict[str, Any]]]:
    kept = ("storage", "files", "workspaces", "auth")
    models = [model for model in apps.get_models() if model._meta.app_label in kept]
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
    for workspace in rows[Workspace._meta.label]:
        del workspace["status"]  # that its file is missing here is noted by whoever looks
    return rows


def test_without_a_login_every_address_leads_to_the_login(everything: Things) -> None:
    for route in routes():
        url = address(route, everything)
        if route.name not in ("login", "logout"):
            reply = Client().get(url)
            assert (reply.status_code, reply.headers["Location"].split("?")[0]) == (302, "/admin/login/"), url


def test_who_has_no_rights_sees_no_page_of_anything(newcomer: Client, everything: Things) -> None:
    for route in routes():
        if route.name in DRAWN_FROM_RIGHTS:
            shown = newcomer.get(address(route, everything)).content.decode()
            assert "/admin/storage/" not in shown, route
            assert "script>alert" not in shown.replace("&gt;", ">"), route
        elif route.name not in FOR_EVERYBODY:
            for reply in (newcomer.get(address(route, everything)), newcomer.post(address(route, everything))):
                assert reply.status_code in (302, 403, 404, 405), route
                assert not reply.headers.get("Location", "/admin/").startswith("/admin/storage/project/"), route


def test_what_a_viewer_sends_changes_nothing(viewer: Client, everything: Things) -> None:
    before = rows_of_everything()
    for route in routes():
        if route.name in FOR_EVERYBODY:
            continue
        url = address(route, everything)
        reply = viewer.post(url, {"typed": everything[Project].pk, "post": "yes", "project": everything[Project].pk})
        assert reply.status_code < 500, (route, reply.status_code)
    assert rows_of_everything() == before


def test_a_member_elsewhere_finds_nothing_of_a_project(member: Client, everything: Things) -> None:
    before = rows_of_everything()
    project_id = everything[Project].pk
    for route in routes():
        if route.name in FOR_EVERYBODY:
            continue
        url = address(route, everything)
        reply = member.get(url, {"project": project_id, "q": project_id})
        assert reply.status_code in (200, 302, 400, 403, 404, 405), (route, reply.status_code)
        if reply.status_code == 200:
            shown = (b"".join(reply) if reply.streaming else reply.content).decode()
            # Their own search, given back in its field, is all that may name it.
            assert f"project/{project_id}" not in shown, url
            assert "script>alert" not in shown, url
        reply = member.post(url, {"typed": project_id, "project": project_id})
        assert reply.status_code in (200, 302, 400, 403, 404, 405), (route, reply.status_code)
    assert rows_of_everything() == before


def console_commands() -> list[tuple[type[Model], str]]:
    admins = {model: page for model, page in admin.site._registry.items() if isinstance(page, ConsoleAdmin)}
    return [(model, command.name) for model, page in admins.items() for command in page.commands()]


def test_every_command_is_closed_to_viewers_and_to_members_elsewhere(
    viewer: Client, member: Client, everything: Things
) -> None:
    tried = 0
    for model, command in console_commands():
        thing = everything.get(model)
        if thing is None:
            continue
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{command}", args=[quote(thing.pk)])
        for reply in (viewer.get(url), viewer.post(url)):
            assert reply.status_code == 403, url
        for reply in (member.get(url), member.post(url)):
            assert reply.status_code in (302, 403), url
            assert reply.headers.get("Location", "/admin/") == "/admin/", url
        tried += 1
    assert tried > 10


def test_a_member_works_in_their_project(member: Client, project: Project) -> None:
    bucket = make_bucket(project)
    table, key, job = make_table(bucket), make_key(project), make_job(project)
    for thing in (project, bucket, table, key, job):
        assert member.get(page_url(thing)).status_code == 200
    made = member.post("/admin/storage/bucket/add/", {"project": project.pk, "name": "in.c-new", "description": ""})
    assert made.status_code == 302
    assert Bucket.objects.filter(project=project, name="in.c-new").exists()
    member.post(reverse("admin:storage_apikey_revoke", args=[key.pk]))
    assert ApiKey.objects.get(pk=key.pk).is_revoked
    assert Event.objects.get(operation="revoke_api_key").actor == "user:mia"
    member.post(reverse("admin:storage_table_delete", args=[quote(table.pk)]), {"typed": table.name})
    assert not Table.objects.filter(pk=table.pk).exists()


def test_a_member_makes_and_removes_no_projects(member: Client, project: Project) -> None:
    assert member.get("/admin/storage/project/add/").status_code == 403
    url = reverse("admin:storage_project_delete", args=[project.pk])
    assert url not in member.get(page_url(project)).content.decode()
    assert member.post(url, {"typed": project.pk}).status_code == 403
    assert Project.objects.filter(pk=project.pk).exists()


def test_forms_offer_and_take_only_what_one_sees(member: Client, project: Project, everything: Things) -> None:
    foreign = everything[Project].pk
    form = member.get("/admin/storage/bucket/add/").content.decode()
    assert project.pk in form
    assert foreign not in form
    reply = member.post("/admin/storage/bucket/add/", {"project": foreign, "name": "in.c-mine", "description": ""})
    assert reply.status_code == 200
    assert not Bucket.objects.filter(name="in.c-mine").exists()
    body = {"project": foreign, "scope": "project_admin", "branch": "", "description": "x", "expires_in_days": ""}
    assert member.post("/admin/storage/apikey/add/", body).status_code == 200
    assert ApiKey.objects.filter(project=foreign, description="x").count() == 0


def test_completions_name_only_what_one_sees(member: Client, project: Project, everything: Things) -> None:
    query = {"app_label": "storage", "model_name": "apikey", "field_name": "project", "term": ""}
    found = member.get("/admin/autocomplete/", query).json()["results"]
    assert [result["id"] for result in found] == [project.pk]


def test_states_of_jobs_are_told_to_who_sees_them(member: Client, project: Project, everything: Things) -> None:
    mine, foreign = make_job(project), everything[Job]
    reply = member.get(reverse("admin:storage_job_states"), {"ids": f"{mine.pk},{foreign.pk}"})
    assert [job["id"] for job in reply.json()["jobs"]] == [mine.pk]


def test_files_are_downloaded_by_who_sees_them(viewer: Client, member: Client, everything: Things) -> None:
    file = next(thing for thing in everything.values() if thing._meta.label == "files.File")
    url = reverse("admin:files_file_download", args=[file.pk])
    assert viewer.get(url).status_code == 200
    assert member.get(url).status_code in (302, 404)


def test_rights_end_with_the_membership_and_with_the_account(member: Client, project: Project) -> None:
    assert member.get(page_url(project)).status_code == 200
    ProjectMember.objects.all().delete()
    assert member.get(page_url(project)).status_code == 302
    User.objects.filter(username="mia").update(is_active=False)
    assert member.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_a_member_of_nothing_sees_empty_lists(everything: Things) -> None:
    user = User.objects.create_user("lone", is_staff=True)
    user.groups.set([Group.objects.get(name=PROJECT_MEMBERS)])
    assert [model for model in everything if model not in (Model, User) and visible(user, model.objects.all())] == []


def test_every_model_with_a_project_is_limited(everything: Things) -> None:
    """A model that rights.py does not know raises, so that nobody forgets to say whose its rows are."""
    user = User.objects.create_user("lone", is_staff=True)
    for model, page in admin.site._registry.items():
        if isinstance(page, ConsoleAdmin):
            assert visible(user, model._default_manager.all()).count() == 0, model


def test_what_somebody_acts_as(project: Project) -> None:
    def acts(*permissions: str, is_member: bool = False) -> tuple[Role, str | None]:
        user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        if is_member:
            ProjectMember.objects.create(user=user, project=project)
        actor = actor_of_user(user, project.pk)
        return actor.role, actor.project_id

    assert acts("see_every_project", "delete_table") == (Role.ADMIN, None)
    assert acts("see_every_project", "view_table") == (Role.PROJECT_READ, project.pk)
    assert acts("delete_table", is_member=True) == (Role.PROJECT_ADMIN, project.pk)
    assert acts("view_table", is_member=True) == (Role.PROJECT_READ, project.pk)
    assert acts("delete_table") == (Role.PROJECT_ADMIN, None)
    assert acts("change_user", is_member=True) == (Role.PROJECT_READ, project.pk)


def test_accounts_events_are_for_those_who_look_after_accounts(operator: Client, viewer: Client) -> None:
    event = Event.objects.create(operation="change_user", resource_type="user", resource_id="zoe", status="success")
    assert operator.get(page_url(event)).status_code == 200
    assert viewer.get(page_url(event)).status_code == 302


def socket(client: Client, project: Project, origin: str = "http://kbstore") -> dict[str, Any]:
    """What a websocket that a page of the console opens looks like to the server."""
    headers = [(b"host", b"kbstore"), (b"origin", origin.encode())]
    user = get_user(SimpleNamespace(session=client.session))  # type: ignore[arg-type]
    named = {"project_id": project.pk}
    return {"headers": headers, "user": user, "session": client.session, "url_route": {"kwargs": named}}


def close_code(scope: dict[str, Any]) -> int:
    with pytest.raises(SocketRefused) as refusal:
        socket_actor(scope)
    return refusal.value.code


def test_websockets_show_jobs_to_who_sees_their_project(
    operator: Client, viewer: Client, member: Client, newcomer: Client, project: Project, everything: Things
) -> None:
    make_job(project)
    for client in (operator, viewer, member):
        assert len(read_project(socket_actor(socket(client, project)), project.pk, frozenset())) == 1
    foreign = everything[Project]
    with pytest.raises(SocketRefused):
        read_project(socket_actor(socket(member, foreign)), foreign.pk, frozenset())
    assert close_code(socket(newcomer, project)) == 4403
    assert close_code(socket(Client(), project)) == 4401


def test_websockets_of_foreign_pages_are_refused(operator: Client, project: Project) -> None:
    assert close_code(socket(operator, project, origin="http://elsewhere.example")) == 4403


def test_a_websocket_does_not_outlive_its_login(operator: Client, member: Client, project: Project) -> None:
    opened = socket(operator, project)
    socket_actor(opened)
    operator.post("/admin/logout/")
    assert close_code(opened) == 4403
    opened = socket(member, project)
    socket_actor(opened)
    mia = User.objects.get(username="mia")
    mia.set_password("another-word-7")
    mia.save()
    assert close_code(opened) == 4403


def test_who_may_change_something_everywhere_does_not_run_the_installation_yet(project: Project) -> None:
    user = User.objects.create_user("half", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("see_every_project", "change_job")))
    client = logged_in(user)
    assert client.get(reverse("admin:system_backups")).status_code == 200
    for name in ("system_backup_take", "system_doctor_run", "system_doctor_repair"):
        assert client.post(reverse(f"admin:{name}")).status_code == 403, name
