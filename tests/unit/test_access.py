"""Who may do what: rest-core 2.4, enforced and, where an installation asks for it, as the contract had it."""

from __future__ import annotations

from typing import Any

import pytest

from kbstore.access import Actor, Need, Role
from kbstore.errors import Forbidden

ADMIN = Actor(Role.ADMIN, "admin")
OWNER = Actor(Role.PROJECT_ADMIN, "k1", project_id="p")
DEVELOPER = Actor(Role.BRANCH_ADMIN, "k2", project_id="p", branch_id="b")
READER = Actor(Role.BRANCH_READ, "k3", project_id="p", branch_id="b")
VIEWER = Actor(Role.PROJECT_READ, "user:vera", project_id="p")
LOOKING = {Need.READ, Need.FILES_READ, Need.PROJECT_READ}
KEYS = [OWNER, DEVELOPER, READER]
IN_A_PROJECT = [need for need in Need if need is not Need.ADMIN]


def allowed(actor: Actor, project_id: str | None, branch_id: str | None) -> set[Need]:
    found = set()
    for need in Need:
        try:
            actor.require(need, project_id=project_id, branch_id=branch_id)
        except Forbidden:
            continue
        found.add(need)
    return found


@pytest.mark.parametrize(
    ("actor", "branch_id", "needs"),
    [
        (OWNER, None, {*IN_A_PROJECT}),
        (OWNER, "default", {*IN_A_PROJECT}),
        (DEVELOPER, None, {Need.FILES, Need.FILES_READ, Need.PROJECT_READ}),
        (DEVELOPER, "b", {Need.READ, Need.WRITE, Need.FILES, Need.FILES_READ, Need.PROJECT_READ}),
        (DEVELOPER, "default", {Need.FILES, Need.FILES_READ, Need.PROJECT_READ}),
        (READER, None, {Need.PROJECT_READ}),
        (READER, "b", {Need.READ, Need.PROJECT_READ}),
        (READER, "other", {Need.PROJECT_READ}),
        (VIEWER, None, LOOKING),
        (VIEWER, "b", LOOKING),
    ],
)
def test_scopes(actor: Actor, branch_id: str | None, needs: set[Need]) -> None:
    assert allowed(actor, "p", branch_id) == needs


def test_viewers_stay_viewers_where_the_scopes_of_keys_are_not_enforced(settings: Any) -> None:
    settings.ENFORCE_KEY_SCOPES = False
    assert allowed(VIEWER, "p", "b") == LOOKING
    assert allowed(VIEWER, "other", "b") == allowed(VIEWER, None, None) == set()


def test_the_admin_may_do_everything_everywhere() -> None:
    assert allowed(ADMIN, None, None) == allowed(ADMIN, "p", "b") == set(Need)


@pytest.mark.parametrize("actor", KEYS)
@pytest.mark.parametrize("project_id", ["other", "", None])
@pytest.mark.parametrize("are_enforced", [True, False])
def test_no_key_opens_another_project(actor: Actor, project_id: str | None, are_enforced: bool, settings: Any) -> None:
    settings.ENFORCE_KEY_SCOPES = are_enforced
    assert allowed(actor, project_id, "b") == allowed(actor, project_id, None) == set()


@pytest.mark.parametrize("actor", KEYS)
@pytest.mark.parametrize("branch_id", [None, "b", "default"])
def test_without_scopes_every_key_is_one_of_the_project(actor: Actor, branch_id: str | None, settings: Any) -> None:
    settings.ENFORCE_KEY_SCOPES = False
    assert allowed(actor, "p", branch_id) == {*IN_A_PROJECT}


@pytest.mark.parametrize(("branch_id", "place"), [("default", "branch default"), (None, "project p")])
def test_the_refusal_names_the_place_and_nothing_else(branch_id: str | None, place: str) -> None:
    with pytest.raises(Forbidden) as raised:
        READER.require(Need.WRITE, project_id="p", branch_id=branch_id)
    assert (raised.value.message, raised.value.details) == (f"Access denied to {place}", None)
