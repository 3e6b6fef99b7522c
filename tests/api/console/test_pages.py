"""Every list and every page of the console: who may see it, and that what users wrote stays text."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from files.models import File, ObjectBucket, S3Credential, StoredObject
from kbstore.console.markup import page_url
from storage.models import ApiKey, Branch, Bucket, BucketShare, Event, Job, Project, ProjectMember, Table
from workspaces.models import LoggedQuery, Workspace, WorkspaceSession

MODELS = [Project, Bucket, Table, File, Job, Event, ApiKey, Workspace, WorkspaceSession, LoggedQuery]
MODELS += [ObjectBucket, S3Credential, StoredObject, ProjectMember, Branch, BucketShare, Workspace]
LISTS = ["storage_project", "storage_bucket", "storage_table", "files_file", "storage_job", "storage_event"]
LISTS += ["storage_apikey", "workspaces_workspace", "workspaces_workspacesession", "workspaces_loggedquery"]
LISTS += ["files_objectbucket", "files_storedobject", "files_s3credential", "storage_projectmember"]
LISTS += ["storage_branch", "storage_bucketshare", "workspaces_workspace"]
ACCOUNT_LISTS = ["auth_user", "auth_group"]
COMMANDS = [
    (Project, "storage_project_delete"),
    (Bucket, "storage_bucket_delete"),
    (Table, "storage_table_delete"),
    (File, "files_file_delete"),
    (ApiKey, "storage_apikey_revoke"),
    (ApiKey, "storage_apikey_rotate"),
    (S3Credential, "files_s3credential_revoke"),
    (ProjectMember, "storage_projectmember_delete"),
    (Job, "storage_job_cancel"),
    (Workspace, "workspaces_workspace_clear"),
    (Workspace, "workspaces_workspace_delete"),
    (WorkspaceSession, "workspaces_workspacesession_disconnect"),
]


def test_nobody_sees_anything_without_logging_in(everything: dict) -> None:
    for model in MODELS:
        reply = Client().get(page_url(everything[model]))
        assert (reply.status_code, reply.headers["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_for_those_who_may_view(name: str, viewer: Client, newcomer: Client, everything: dict) -> None:
    url = reverse(f"admin:{name}_changelist")
    assert viewer.get(url).status_code == 200
    assert newcomer.get(url).status_code == 403


@pytest.mark.parametrize("name", ACCOUNT_LISTS)
def test_accounts_are_for_operators(name: str, operator: Client, viewer: Client, member: Client) -> None:
    url = reverse(f"admin:{name}_changelist")
    assert operator.get(url).status_code == 200
    assert [client.get(url).status_code for client in (viewer, member)] == [403, 403]


@pytest.mark.parametrize("model", MODELS)
def test_pages_are_for_those_who_may_view(
    model: type[Model], viewer: Client, newcomer: Client, everything: dict
) -> None:
    url = page_url(everything[model])
    assert viewer.get(url).status_code == 200
    assert newcomer.get(url).status_code == 403
    assert viewer.post(url).status_code == 405


@pytest.mark.parametrize(("model", "command"), COMMANDS)
def test_who_may_only_view_can_change_nothing(
    model: type[Model], command: str, viewer: Client, everything: dict
) -> None:
    thing = everything[Model] if model is Job else everything[model]
    url = reverse(f"admin:{command}", args=[quote(thing.pk)])
    assert url not in viewer.get(page_url(thing)).content.decode()
    assert viewer.post(url, {"typed": thing.pk}).status_code == 403
    assert type(thing).objects.filter(pk=thing.pk).exists()


@pytest.mark.parametrize(("model", "command"), COMMANDS)
def test_a_command_asks_before_it_does_anything(
    model: type[Model], command: str, operator: Client, everything: dict
) -> None:
    thing = everything[Model] if model is Job else everything[model]
    events = Event.objects.count()
    reply = operator.get(reverse(f"admin:{command}", args=[quote(thing.pk)]))
    assert reply.status_code == 200
    assert "csrfmiddlewaretoken" in reply.content.decode()
    assert Event.objects.count() == events


@pytest.mark.parametrize("name", ["storage_table", "storage_job", "storage_event"])
def test_what_no_service_makes_cannot_be_added(name: str, operator: Client) -> None:
    assert operator.get(reverse(f"admin:{name}_add")).status_code == 403


def test_the_audit_log_cannot_be_deleted(operator: Client, everything: dict) -> None:
    event = everything[Event]
    assert operator.post(reverse("admin:storage_event_delete", args=[event.pk]), {"post": "yes"}).status_code == 403


def test_what_users_wrote_is_shown_as_text_everywhere(operator: Client, everything: dict) -> None:
    urls = [page_url(everything[model]) for model in MODELS] + [reverse(f"admin:{name}_changelist") for name in LISTS]
    urls += [reverse(f"admin:{name}_changelist") for name in ACCOUNT_LISTS]
    urls += [reverse(f"admin:{command}", args=[everything[model].pk]) for model, command in COMMANDS[:6]]
    shown = 0
    for url in [*urls, "/admin/", reverse("admin:storage_apikey_add"), reverse("admin:storage_bucket_add")]:
        text = operator.get(url).content.decode()
        assert "<script>alert" not in text, url
        assert not re.search(r'"[^"<>]*"><script>', text), url
        shown += "&lt;script&gt;alert" in text
    assert shown > 15


def test_an_unknown_id_leads_back_to_the_dashboard(operator: Client) -> None:
    reply = operator.get(reverse("admin:storage_project_change", args=["nope"]))
    assert (reply.status_code, reply.headers["Location"]) == (302, "/admin/")


def test_pages_load_nothing_from_elsewhere(operator: Client, everything: dict) -> None:
    for url in ("/admin/", *(page_url(everything[model]) for model in MODELS)):
        sources = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', operator.get(url).content.decode())
        assert sources
        assert all(source.startswith(("/static/", "/admin/")) for source in sources), sources


def test_the_rights_of_a_group_open_its_pages_and_nothing_else(everything: dict, newcomer: Client) -> None:
    assert "Your account may not look at anything yet" in newcomer.get("/admin/").content.decode()
    group = Group.objects.create(name="job watchers")
    group.permissions.add(Permission.objects.get(codename="view_job"))
    User.objects.get(username="nick").groups.add(group)
    dashboard = newcomer.get("/admin/").content.decode()
    assert "Running jobs" in dashboard
    assert "/admin/storage/project/" not in dashboard
    assert newcomer.get("/admin/storage/job/").status_code == 200
    assert newcomer.get("/admin/storage/project/").status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_what_comes_next(name: str, operator: Client) -> None:
    Event.objects.all().delete()
    page = operator.get(reverse(f"admin:{name}_changelist"))
    note = page.context_data["cl"].model_admin.empty_note
    assert len(note) > 20
    assert html.escape(note) in page.content.decode()
    searched = operator.get(reverse(f"admin:{name}_changelist"), {"q": "nothing is called this"}).content.decode()
    assert "Nothing matches" in searched
