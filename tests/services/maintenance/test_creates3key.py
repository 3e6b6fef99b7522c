"""`manage.py creates3key`."""

from __future__ import annotations

import pytest

from files.models import S3Credential
from files.services.s3_credentials.find_secret import find_secret
from storage.models import Event, Project
from tests.services.maintenance.conftest import Manage


def read(out: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in out.splitlines())


def test_standard_output_is_a_pair_that_works_and_nothing_else(project: Project, manage: Manage) -> None:
    ended = manage("creates3key", "--project", "p1", "--read-only", "--prefix", "in/", "--days", "30")
    pair = read(ended.out)
    assert pair.keys() == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    found = find_secret(pair["AWS_ACCESS_KEY_ID"])
    assert found.secret == pair["AWS_SECRET_ACCESS_KEY"]
    assert found.secret not in ended.err
    assert (found.caller.project_id, found.caller.is_read_only, found.caller.key_prefix) == ("p1", True, "in/")
    assert found.expires_at is not None


def test_without_a_project_it_opens_every_bucket(project: Project, manage: Manage) -> None:
    access_key = read(manage("creates3key").out)["AWS_ACCESS_KEY_ID"]
    caller = find_secret(access_key).caller
    assert (caller.project_id, caller.owner, caller.is_admin) == (None, access_key, False)
    assert Event.objects.get(operation="create_s3_credential").actor == "system"


@pytest.mark.parametrize(
    ("arguments", "said"), [(("--project", "none"), "Project none not found"), (("--days", "0"), "not a number from 1")]
)
def test_refusals_make_no_credential(project: Project, manage: Manage, arguments: tuple[str, ...], said: str) -> None:
    ended = manage("creates3key", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert S3Credential.objects.count() == 0
