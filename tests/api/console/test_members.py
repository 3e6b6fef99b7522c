"""Who works in a project: said by operators, seen by those inside."""

from __future__ import annotations

import html

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse

from kbstore.access import Actor, Role
from kbstore.console.markup import page_url
from kbstore.errors import Forbidden
from storage.admin.members import members_panel
from storage.errors import ProjectMemberExists, ProjectMemberNotFound, ProjectNotFound, UserNotFound
from storage.models import Event, Project, ProjectMember
from storage.services.add_project_member import add_project_member
from storage.services.remove_project_member import remove_project_member
from tests.api.console.things import ADMIN, NASTY, make_project

ADD = "/admin/storage/projectmember/add/"


@pytest.fixture
def nina() -> User:
    return User.objects.create_user("nina", is_staff=True, first_name=NASTY)


def test_an_operator_adds_somebody_who_then_sees_the_project(operator: Client, project: Project, nina: User) -> None:
    reply = operator.post(ADD, {"project": project.pk, "user": nina.pk})
    assert reply.headers["Location"] == page_url(project)
    assert ProjectMember.objects.filter(project=project, user=nina).exists()
    event = Event.objects.get(operation="add_project_member")
    assert (event.project_id, event.resource_id, event.actor) == (project.pk, "nina", "operator:olga")


def test_who_works_there_already_is_not_added_again(operator: Client, project: Project, nina: User) -> None:
    for _ in range(2):
        reply = operator.post(ADD, {"project": project.pk, "user": nina.pk})
    assert "nina already works in project" in html.unescape(reply.content.decode())
    assert ProjectMember.objects.count() == 1


def test_removing_asks_and_then_closes_the_project_at_once(operator: Client, member: Client, project: Project) -> None:
    membership = ProjectMember.objects.get(user__username="mia")
    url = reverse("admin:storage_projectmember_delete", args=[membership.pk])
    assert member.get(page_url(project)).status_code == 200
    assert "no longer sees project" in operator.get(url).content.decode()
    assert operator.post(url).headers["Location"] == page_url(project)
    assert member.get(page_url(project)).status_code == 302
    assert Event.objects.filter(operation="remove_project_member", resource_id="mia", actor="operator:olga").exists()


def test_only_operators_say_who_works_where(member: Client, viewer: Client, project: Project, nina: User) -> None:
    membership = ProjectMember.objects.get(user__username="mia")
    for client in (member, viewer):
        assert client.get(ADD).status_code == 403
        assert client.post(ADD, {"project": project.pk, "user": nina.pk}).status_code == 403
        url = reverse("admin:storage_projectmember_delete", args=[membership.pk])
        assert client.post(url).status_code == 403
        assert url not in client.get(page_url(membership)).content.decode()
    assert [found.user.username for found in ProjectMember.objects.all()] == ["mia"]


def test_members_see_who_else_works_there_and_nothing_of_other_projects(
    member: Client, project: Project, nina: User
) -> None:
    elsewhere = ProjectMember.objects.create(project=make_project(), user=nina)
    listed = member.get(reverse("admin:storage_projectmember_changelist")).content.decode()
    assert "mia" in listed
    assert "nina" not in listed
    assert member.get(page_url(elsewhere)).status_code == 302


def panel(username: str, project: Project) -> dict:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(username=username)
    return members_panel(request, project)


def test_the_panel_offers_what_one_may_do(
    operator: Client, viewer: Client, member: Client, newcomer: Client, project: Project
) -> None:
    shown = panel("olga", project)
    assert [row["username"] for row in shown["members"]] == ["mia"]
    assert shown["members"][0]["remove_url"]
    assert shown["new_member_url"] == f"{ADD}?project={project.pk}"
    for username in ("vera", "mia"):
        shown = panel(username, project)
        assert not shown["members"][0]["remove_url"]
        assert "new_member_url" not in shown
        assert "/auth/user/" not in shown["members"][0]["person"]
    assert panel("nick", project) == {}


def test_the_panel_asks_the_catalog_as_often_for_many_as_for_one(
    operator: Client, project: Project, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        user = User.objects.create_user(f"user{number}")
        ProjectMember.objects.create(project=project, user=user)
    panel("olga", project)
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len(panel("olga", project)["members"]) == 20


def test_names_are_shown_as_text(operator: Client, project: Project, nina: User) -> None:
    membership = ProjectMember.objects.create(project=project, user=nina)
    for url in (page_url(membership), reverse("admin:storage_projectmember_changelist")):
        text = operator.get(url).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_the_services_check_rights_and_say_what_is_missing(project: Project, nina: User) -> None:
    owner = Actor(Role.PROJECT_ADMIN, "key", project.pk)
    for service in (add_project_member, remove_project_member):
        with pytest.raises(Forbidden):
            service(actor=owner, project_id=project.pk, username="nina")
    with pytest.raises(UserNotFound):
        add_project_member(actor=ADMIN, project_id=project.pk, username="nobody")
    with pytest.raises(ProjectNotFound):
        add_project_member(actor=ADMIN, project_id="nope", username="nina")
    with pytest.raises(ProjectMemberNotFound):
        remove_project_member(actor=ADMIN, project_id=project.pk, username="nina")
    add_project_member(actor=ADMIN, project_id=project.pk, username="nina")
    with pytest.raises(ProjectMemberExists):
        add_project_member(actor=ADMIN, project_id=project.pk, username="nina")
    failed = Event.objects.filter(operation="remove_project_member", status="failed").get()
    assert failed.resource_id == "nina"
