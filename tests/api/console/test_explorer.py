"""The explorer: what each level shows, to whom, at which cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.admin.explorer_tree import PAGE
from storage.models import Branch, Bucket, BucketShare, Project, Table
from tests.api.console.conftest import logged_in
from tests.api.console.things import (
    NASTY,
    link_to,
    make_branch,
    make_bucket,
    make_own_version,
    make_project,
    make_table,
)

PAGE_URL = "/admin/explorer/"


def level(client: Client, **place: Any) -> str:
    reply = client.get(reverse("admin:explorer_level", query=place))
    assert reply.status_code == 200
    return reply.content.decode()


def found(client: Client, text: str) -> str:
    return client.get(reverse("admin:explorer_search", query={"q": text})).content.decode()


def test_the_tree_opens_from_projects_to_tables(operator: Client, project: Project, table: Table) -> None:
    assert project.pk in operator.get(PAGE_URL).content.decode()
    assert ">main<" in level(operator, project=project.pk)
    place = {"project": project.pk, "branch": "default"}
    assert page_url(table.bucket) in level(operator, **place)
    assert page_url(table) in level(operator, **place, bucket=table.bucket.name)


def test_a_branch_shows_its_own_tables_and_those_of_main(operator: Client, project: Project, table: Table) -> None:
    branch = make_branch(project)
    other = make_table(table.bucket, "customers")
    own, new = make_own_version(table, branch), make_own_version(table, branch, name="coupons")
    assert "2 own tables" in level(operator, project=project.pk)
    buckets = level(operator, project=project.pk, branch=branch.pk)
    assert "2 own tables" in buckets
    assert "3 tables" in buckets
    tables = level(operator, project=project.pk, branch=branch.pk, bucket=table.bucket.name)
    assert all(page_url(shown) in tables for shown in (own, new, other))
    assert page_url(table) not in tables
    assert "branch copy" in tables
    assert "only in this branch" in tables


def test_badges_say_what_is_shared_and_what_is_linked(operator: Client, project: Project, table: Table) -> None:
    reader = make_project("Reader")
    link = link_to(table.bucket, reader)
    assert "shared with 1 project" in level(operator, project=project.pk, branch="default")
    linked = level(operator, project=reader.pk, branch="default")
    assert f"linked from {project.pk}" in linked
    assert "1 table" in linked
    assert page_url(table) in level(operator, project=reader.pk, branch="default", bucket=link.name)


def test_a_link_whose_share_was_taken_back_says_so(operator: Client, table: Table) -> None:
    reader = make_project("Reader")
    link = link_to(table.bucket, reader)
    BucketShare.objects.all().delete()
    assert "does not share it any more" in level(operator, project=reader.pk, branch="default", bucket=link.name)


def test_a_member_sees_linked_tables_but_not_their_pages(member: Client, project: Project) -> None:
    theirs = make_table(make_bucket(make_project()))
    link = link_to(theirs.bucket, project)
    text = level(member, project=project.pk, branch="default", bucket=link.name)
    assert theirs.name in text
    assert page_url(theirs) not in text


def test_a_member_sees_their_projects_only(member: Client, project: Project) -> None:
    stranger = make_project()
    table = make_table(make_bucket(stranger, "in.c-secret"), "secret_table")
    branch = make_branch(stranger, "secret-branch")
    for place in (
        {"project": stranger.pk},
        {"project": stranger.pk, "branch": "default"},
        {"project": project.pk, "branch": branch.pk},
        {"project": stranger.pk, "branch": "default", "bucket": table.bucket.name},
    ):
        assert member.get(reverse("admin:explorer_level", query=place)).status_code == 404
    assert stranger.pk not in member.get(PAGE_URL).content.decode()
    assert "secret" not in found(member, "secret").replace('value="secret"', "")


def test_what_somebody_may_not_look_at_is_in_no_level(project: Project, table: Table) -> None:
    make_own_version(table, make_branch(project))
    user = User.objects.create_user("paula", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_project", "see_every_project")))
    paula = logged_in(user)
    assert project.pk in paula.get(PAGE_URL).content.decode()
    for place in ({}, {"branch": "default"}, {"branch": "default", "bucket": table.bucket.name}):
        assert "may not look at buckets" in level(paula, project=project.pk, **place)
    for name in (table.name, table.bucket.name, "new-checkout"):
        assert "Nothing has such a name" in found(paula, name)


def test_search_finds_every_kind_of_name(operator: Client, project: Project) -> None:
    bucket = make_bucket(project, "in.c-needle-bucket")
    table = make_table(make_bucket(project), "needle_table")
    branch = make_branch(project, "needle-branch")
    own = make_own_version(table, branch)
    text = found(operator, "NEEDLE")
    assert all(page_url(thing) in text for thing in (bucket, table, branch, own))
    assert "Nothing has such a name" in found(operator, "no such needle")
    assert "Nothing has such a name" in found(operator, "%")
    assert project.pk in found(operator, "")


def test_names_are_shown_as_text(operator: Client) -> None:
    project = make_project(NASTY)
    make_branch(project, NASTY)
    for text in (
        operator.get(PAGE_URL).content.decode(),
        level(operator, project=project.pk),
        found(operator, "alert"),
    ):
        assert "<script>alert" not in text


def test_a_long_level_comes_in_pages(operator: Client, project: Project) -> None:
    Bucket.objects.bulk_create(Bucket(project=project, name=f"b{number:03}") for number in range(PAGE + 5))
    place = {"project": project.pk, "branch": "default"}
    first, rest = level(operator, **place), level(operator, **place, offset=PAGE)
    assert first.count('data-kind="bucket"') == PAGE
    assert "Show more" in first
    assert rest.count('data-kind="bucket"') == 5
    assert "Show more" not in rest


@pytest.mark.parametrize("offset", ["-1", "x", "9" * 30, "²"])
def test_a_strange_offset_is_no_error(operator: Client, project: Project, offset: str) -> None:
    assert level(operator, project=project.pk, offset=offset)


def test_every_level_costs_the_same_for_many_as_for_few(
    operator: Client, project: Project, table: Table, django_assert_max_num_queries: Any
) -> None:
    fill(project, table, 30)
    branch = Branch.objects.filter(project=project).first()
    assert branch is not None
    place = {"project": project.pk, "branch": branch.pk}
    addresses = [
        PAGE_URL,
        reverse("admin:explorer_level", query={"project": project.pk}),
        reverse("admin:explorer_level", query=place),
        reverse("admin:explorer_level", query=place | {"bucket": table.bucket.name}),
        reverse("admin:explorer_search", query={"q": "b"}),
    ]
    for url in addresses:
        with django_assert_max_num_queries(9):
            assert operator.get(url).status_code == 200


def fill(project: Project, table: Table, number: int) -> None:
    version = table.current_version
    branches = [Branch(id=f"b{n}", project=project, name=f"b{n}") for n in range(number)]
    Branch.objects.bulk_create(branches)
    Bucket.objects.bulk_create(Bucket(project=project, name=f"b{n}") for n in range(number))
    Table.objects.bulk_create(
        Table(bucket=table.bucket, name=f"b{n}", branch=branch, current_version=version)
        for n in range(number)
        for branch in (None, branches[0])
    )
