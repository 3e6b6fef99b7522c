"""The people at the console, and something for them to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client

from files.models import Content, ObjectBucket, StoredObject
from files.services.s3_credentials.create_s3_credential import create_s3_credential
from kbstore.console.groups import PROJECT_MEMBERS, VIEWERS
from storage.models import BucketShare, Event, JobState, Project, ProjectMember, Table
from storage.runtime import close_engine
from tests.api.console import things
from tests.api.console.things import (
    ADMIN,
    NASTY,
    make_branch,
    make_bucket,
    make_file,
    make_job,
    make_key,
    make_project,
    make_table,
)
from workspaces.models import LoggedQuery, Workspace, WorkspaceSession


@pytest.fixture(autouse=True)
def _catalog(db: None, settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the others are slow on purpose
    yield
    close_engine()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    """May do everything."""
    return logged_in(User.objects.create_superuser("olga"))


@pytest.fixture
def viewer() -> Client:
    """May look at everything and change nothing."""
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.set([Group.objects.get(name=VIEWERS)])
    return logged_in(user)


@pytest.fixture
def member(project: Project) -> Client:
    """Works in `project`, and sees no other."""
    user = User.objects.create_user("mia", is_staff=True)
    user.groups.set([Group.objects.get(name=PROJECT_MEMBERS)])
    ProjectMember.objects.create(user=user, project=project)
    return logged_in(user)


@pytest.fixture
def newcomer() -> Client:
    """May log in, and nothing else."""
    return logged_in(User.objects.create_user("nick", is_staff=True))


@pytest.fixture
def project() -> Project:
    return things.make_project()


@pytest.fixture
def table(project: Project) -> Table:
    return things.make_table(things.make_bucket(project))


@pytest.fixture
def everything(tmp_path: Path) -> dict[type[Model], Any]:
    """One thing of each kind; whatever may hold any text holds an attack."""
    project = make_project(NASTY)
    bucket = make_bucket(project, description=NASTY)
    table = make_table(bucket, column=NASTY.replace('"', ""))
    job = make_job(
        project,
        state=JobState.ERROR,
        bucket_name=bucket.name,
        table_name=table.name,
        requested_by=NASTY,
        params={NASTY: [NASTY]},
        error={"error": "import_failed", "message": NASTY, "details": {"value": NASTY}},
    )
    unfinished = make_job(project, state=JobState.WAITING, requested_by=NASTY)
    event = Event.objects.create(
        project_id=project.pk, operation="import_table", resource_type="table", resource_id=NASTY,
        status="failed", error_message=NASTY, details={"x": NASTY}, actor=NASTY, job_id=job.pk,
    )  # fmt: skip
    key, file = make_key(project, NASTY), make_file(project, tmp_path, name=NASTY.replace("/", ""))
    workspace = Workspace.objects.create(pk="ws_12345678", project=project, name=NASTY, size_limit_bytes=1)
    session = WorkspaceSession.objects.create(pk="pgw_1", workspace=workspace, client_ip=NASTY)
    query = LoggedQuery.objects.create(
        workspace=workspace, project_id=project.pk, started_at=session.connected_at, door="wire", kind="select",
        session_id=NASTY, user=NASTY, client=NASTY, application=NASTY, status="success", sql=NASTY,
        text_hash=NASTY[:16],
        duration_ms=1, parse_ms=0, wait_ms=0, execute_ms=1, send_ms=0, rows=1, bytes=1,
    )  # fmt: skip
    holder = ObjectBucket.objects.create(name=NASTY, project=project, owner=NASTY)
    content = Content.objects.create(pk="ab" * 16, path="x", size_bytes=1)
    stored = StoredObject.objects.create(
        bucket=holder, key=NASTY, content=content, etag="x", size_bytes=1, content_type=NASTY,
        headers={NASTY: NASTY}, metadata={NASTY: NASTY},
    )  # fmt: skip
    credential, _ = create_s3_credential(
        actor=ADMIN, project_id=project.pk, description=NASTY, is_read_only=False, key_prefix=NASTY, expires_at=None
    )
    colleague = User.objects.create_user("zoe", is_staff=True, first_name=NASTY)
    membership = ProjectMember.objects.create(user=colleague, project=project)
    found = (project, bucket, table, job, event, key, file, session, query, holder, stored, credential, workspace)
    branch = make_branch(project, NASTY)
    share = BucketShare.objects.create(bucket=bucket, target_project=make_project())
    found += (colleague, membership, branch, share)
    return {type(thing): thing for thing in found} | {Model: unfinished}
