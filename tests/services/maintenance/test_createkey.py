"""`manage.py createkey`."""

from __future__ import annotations

import pytest

from storage.models import ApiKey, Branch, Event, Project
from storage.services.authenticate import authenticate
from tests.services.maintenance.conftest import Manage


def test_standard_output_is_a_key_that_works_and_nothing_else(project: Project, manage: Manage) -> None:
    ended = manage("createkey", "p1")
    actor = authenticate(ended.out.strip())
    assert (actor.project_id, actor.role.value) == ("p1", "project_admin")
    assert ended.out.count("\n") == 1
    assert ended.out.strip() not in ended.err


def test_the_audit_log_names_the_system(project: Project, manage: Manage) -> None:
    manage("createkey", "p1", "--description", "for backups")
    event = Event.objects.get(operation="create_api_key")
    assert (event.actor, event.details["description"]) == ("system", "for backups")


def test_a_branch_key_that_expires(project: Project, manage: Manage) -> None:
    Branch.objects.create(id="b1", project=project, name="dev")
    ended = manage("createkey", "p1", "--scope", "branch_read", "--branch", "b1", "--expires-in-days", "30")
    key = ApiKey.objects.get(branch="b1")
    assert (ended.code, key.scope, key.expires_at is None) == (0, "branch_read", False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "Project none not found"),
        (("p1", "--scope", "branch_read"), "branch_id is required"),
        (("p1", "--scope", "branch_read", "--branch", "none"), "Branch none not found"),
        (("p1", "--expires-in-days", "0"), "not a number from 1"),
        (("p1", "--expires-in-days", "x"), "not a number from 1"),
    ],
)
def test_refusals_are_said_in_words_and_make_no_key(
    project: Project, manage: Manage, arguments: tuple[str, ...], said: str
) -> None:
    before = ApiKey.objects.count()
    ended = manage("createkey", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert ApiKey.objects.count() == before
