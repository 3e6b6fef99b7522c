"""Users and groups: made, changed and removed by operators, each with an event; nobody gives what they have not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from kbstore.console.groups import OPERATORS, PROJECT_MEMBERS, VIEWERS
from kbstore.console.markup import page_url
from storage.models import Event, Project, ProjectMember
from tests.api.console.conftest import logged_in

PASSWORD = "correct-horse-9"  # noqa: S105 - of accounts that live as long as a test
ADD = "/admin/auth/user/add/"


def new_user(**values: Any) -> dict[str, Any]:
    names = {"username": "nina", "first_name": "", "last_name": "", "email": ""}
    return names | {"password1": PASSWORD, "password2": PASSWORD, "groups": []} | values


def form_of(user: User, **values: Any) -> dict[str, Any]:
    """What the page of an account sends."""
    form = {"username": user.username, "first_name": "", "last_name": "", "email": "", "is_staff": "on"}
    groups = [group.pk for group in user.groups.all()]
    return form | {"is_active": "on", "groups": groups, "user_permissions": []} | values


@pytest.fixture
def keeper() -> Client:
    """Looks after accounts and works in projects, and is no superuser."""
    user = User.objects.create_user("kim", is_staff=True)
    user.groups.set([Group.objects.get(name=PROJECT_MEMBERS)])
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    return logged_in(user)


def test_a_new_account_can_log_in_and_has_its_groups(operator: Client) -> None:
    viewers = Group.objects.get(name=VIEWERS)
    reply = operator.post(ADD, new_user(groups=[viewers.pk]))
    nina = User.objects.get(username="nina")
    assert reply.headers["Location"] == page_url(nina)
    assert [group.name for group in nina.groups.all()] == [VIEWERS]
    client = Client()
    reply = client.post("/admin/login/?next=/admin/storage/project/", {"username": "nina", "password": PASSWORD})
    assert reply.status_code == 302
    assert client.get("/admin/storage/project/").status_code == 200
    assert Event.objects.get(operation="create_user").resource_id == "nina"
    assert Event.objects.get(operation="log_in", resource_id="nina").actor == "user:nina"


@pytest.mark.parametrize("password", ["short-1", "password123", "12345678901", "nina.novakova1"])
def test_a_weak_password_is_refused(operator: Client, password: str) -> None:
    form = new_user(username="nina.novakova", password1=password, password2=password)
    assert operator.post(ADD, form).status_code == 200
    assert not User.objects.filter(username="nina.novakova").exists()


def test_a_change_is_recorded_with_its_fields_and_without_their_values(operator: Client) -> None:
    nina = User.objects.create_user("nina", is_staff=True)
    operator.post(page_url(nina), form_of(nina, email="nina@example.org"))
    operator.post(f"/admin/auth/user/{nina.pk}/password/", {"password1": PASSWORD, "password2": PASSWORD})
    mail, password = Event.objects.filter(operation="change_user", resource_id="nina").order_by("pk")
    assert (mail.actor, mail.details) == ("operator:olga", {"changed": ["Email address"]})
    assert password.details == {"changed": ["password"]}
    assert PASSWORD not in str(Event.objects.values_list("details", flat=True))


def test_a_deleted_account_leaves_an_event(operator: Client, project: Project) -> None:
    nina = User.objects.create_user("nina", is_staff=True)
    ProjectMember.objects.create(user=nina, project=project)
    assert operator.post(reverse("admin:auth_user_delete", args=[nina.pk]), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(username="nina").exists()
    assert Event.objects.get(operation="delete_user").resource_id == "nina"


def test_nobody_locks_or_removes_themselves(operator: Client) -> None:
    olga = User.objects.get(username="olga")
    form = form_of(olga)
    del form["is_active"], form["is_staff"]
    operator.post(page_url(olga), form | {"email": "olga@example.org"})
    olga.refresh_from_db()
    assert (olga.email, olga.is_active, olga.is_staff, olga.is_superuser) == ("olga@example.org", True, True, True)
    assert operator.post(reverse("admin:auth_user_delete", args=[olga.pk]), {"post": "yes"}).status_code == 403


def test_who_is_no_superuser_makes_none(keeper: Client) -> None:
    kim = User.objects.get(username="kim")
    every = [permission.pk for permission in Permission.objects.all()]
    keeper.post(page_url(kim), form_of(kim, is_superuser="on", user_permissions=every))
    keeper.post(ADD, new_user(is_superuser="on", user_permissions=every))
    kim = User.objects.get(username="kim")
    nina = User.objects.get(username="nina")
    assert not kim.is_superuser
    assert not kim.has_perm("storage.see_every_project")
    assert (nina.is_superuser, nina.get_all_permissions()) == (False, set())


def test_nobody_gives_a_group_that_may_more_than_they(keeper: Client) -> None:
    kim, operators = User.objects.get(username="kim"), Group.objects.get(name=OPERATORS)
    own = Group.objects.get(name=PROJECT_MEMBERS)
    assert keeper.post(page_url(kim), form_of(kim, groups=[operators.pk])).status_code == 200
    assert keeper.post(ADD, new_user(groups=[operators.pk])).status_code == 200
    assert not operators.user_set.exists()
    assert keeper.post(ADD, new_user(groups=[own.pk])).status_code == 302


def test_nobody_puts_more_into_a_group_than_they_have(keeper: Client) -> None:
    own, operators = Group.objects.get(name=PROJECT_MEMBERS), Group.objects.get(name=OPERATORS)
    before = set(own.permissions.values_list("pk", flat=True))
    add_project = Permission.objects.get(codename="add_project")
    reply = keeper.post(page_url(own), {"name": own.name, "permissions": [*before, add_project.pk]})
    assert reply.status_code == 200
    assert set(own.permissions.values_list("pk", flat=True)) == before
    assert keeper.post(page_url(operators), {"name": "Mine", "permissions": []}).status_code == 403
    assert keeper.post(reverse("admin:auth_group_delete", args=[operators.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("is_active", [True, False])
def test_the_password_of_somebody_with_more_rights_is_theirs(keeper: Client, is_active: bool) -> None:
    boss = User.objects.create_user("boss", is_staff=True, is_active=is_active, password=PASSWORD)
    boss.groups.set([Group.objects.get(name=OPERATORS)])
    root = User.objects.create_superuser("root", password=PASSWORD)
    for user in (boss, root):
        body = {"password1": "another-word-7", "password2": "another-word-7"}
        assert keeper.post(f"/admin/auth/user/{user.pk}/password/", body).status_code == 403
        assert keeper.post(page_url(user), form_of(user)).status_code == 403
        assert keeper.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


def test_the_lists_ask_as_often_for_many_as_for_few(
    operator: Client, project: Project, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        user = User.objects.create_user(f"user{number}")
        user.groups.set(Group.objects.all())
        ProjectMember.objects.create(user=user, project=project)
    with django_assert_max_num_queries(12):
        assert "user29" in operator.get("/admin/auth/user/").content.decode()
    with django_assert_max_num_queries(12):
        operator.get("/admin/auth/group/")


def test_ones_own_page_says_who_one_is(operator: Client, member: Client, viewer: Client, newcomer: Client) -> None:
    def shown(client: Client) -> str:
        return client.get("/admin/account/").content.decode()

    assert "You may do everything, in every project." in shown(operator)
    assert "change them in the projects that you are a member of" in shown(member)
    assert page_url(ProjectMember.objects.get(user__username="mia").project) in shown(member)
    assert "look at things and change nothing in every project" in shown(viewer)
    assert "You may not look at anything yet" in shown(newcomer)
