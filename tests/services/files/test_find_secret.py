"""Secrets of access keys: whose they are, when they are refused, what is remembered."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any

import pytest
from django.utils import timezone

from files.models import S3Credential
from files.services.s3_credentials.create_s3_credential import create_s3_credential
from files.services.s3_credentials.find_secret import REMEMBERED_SECONDS, find_secret, forget_secret, note_use
from files.services.s3_credentials.get_s3_credential import list_s3_credentials
from files.services.s3_credentials.revoke_s3_credential import revoke_s3_credential
from kbstore.access import SYSTEM, Actor, Role
from kbstore.errors import Forbidden
from storage.models import Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return Project.objects.create(id=f"p{uuid.uuid4().hex[:8]}", name="Shop")


def make(project: Project | None, **more: Any) -> tuple[S3Credential, str]:
    return create_s3_credential(actor=SYSTEM, project_id=project.pk if project else None, **more)


def test_the_global_pair_is_the_admin(settings: Any) -> None:
    settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = "duckdb", "secret"
    found = find_secret("duckdb")
    assert found is not None
    assert (found.secret, found.caller.is_admin, found.caller.project_id) == ("secret", True, None)
    settings.S3_SECRET_ACCESS_KEY = ""
    assert find_secret("duckdb") is None


def test_a_projects_credential_owns_what_the_project_owns(project: Project) -> None:
    credential, secret = make(project)
    found = find_secret(credential.access_key_id)
    assert found is not None
    assert (found.secret, found.caller.owner, found.caller.is_admin) == (secret, f"project:{project.pk}", False)


def test_one_without_a_project_owns_its_own() -> None:
    credential, _ = make(None)
    found = find_secret(credential.access_key_id)
    assert found is not None
    assert (found.caller.owner, found.caller.project_id) == (credential.access_key_id, None)


def test_unknown_expired_and_revoked_ones_are_none(project: Project) -> None:
    credential, _ = make(project, expires_at=timezone.now() + datetime.timedelta(seconds=0.3))
    assert find_secret("KBNONE") is None
    assert find_secret("") is None
    assert find_secret(credential.access_key_id) is not None
    deadline = time.monotonic() + 10
    while find_secret(credential.access_key_id) is not None:
        assert time.monotonic() < deadline
    assert time.monotonic() < deadline - 9  # not only when it was forgotten
    other, _ = make(project)
    assert find_secret(other.access_key_id) is not None
    revoke_s3_credential(actor=SYSTEM, project_id=project.pk, access_key_id=other.access_key_id)
    assert find_secret(other.access_key_id) is None


def test_what_another_process_has_revoked_is_refused_in_a_moment(project: Project) -> None:
    credential, _ = make(project)
    assert find_secret(credential.access_key_id) is not None
    S3Credential.objects.filter(pk=credential.pk).update(is_enabled=False)
    deadline = time.monotonic() + REMEMBERED_SECONDS + 1
    while find_secret(credential.access_key_id) is not None:
        assert time.monotonic() < deadline


def test_under_another_secret_key_nobody_gets_in(project: Project, settings: Any) -> None:
    credential, _ = make(project)
    settings.SECRET_KEY = "another"
    assert find_secret(credential.access_key_id) is None


def test_a_secret_that_was_moved_to_another_row_is_none(project: Project) -> None:
    mine, other = make(project)[0], make(None)[0]
    S3Credential.objects.filter(pk=other.pk).update(secret=bytes(mine.secret))
    assert find_secret(other.access_key_id) is None


def test_the_use_is_noted_once_a_minute(project: Project) -> None:
    credential, _ = make(project)
    now = timezone.now()
    for before, is_noted in ((None, True), (now, False), (now - datetime.timedelta(minutes=2), True)):
        S3Credential.objects.filter(pk=credential.pk).update(last_used_at=before)
        forget_secret(credential.access_key_id)
        found = find_secret(credential.access_key_id)
        assert found is not None
        note_use(found)
        credential.refresh_from_db()
        assert (credential.last_used_at != before) == is_noted


def test_only_who_manages_the_project_makes_and_sees_them(project: Project) -> None:
    for actor in (Actor(Role.PROJECT_ADMIN, "k", project_id="other"), Actor(Role.BRANCH_READ, "k", project.pk, "b")):
        for project_id in (project.pk, None):
            with pytest.raises(Forbidden):
                create_s3_credential(actor=actor, project_id=project_id)
            with pytest.raises(Forbidden):
                list_s3_credentials(actor=actor, project_id=project_id, limit=None, offset=0)
