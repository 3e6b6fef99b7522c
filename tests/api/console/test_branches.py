"""Branches in the console: made, compared with main, pulled, pushed, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.engine.monitor import Monitor
from storage.models import Branch, Event, Job, JobState, Project, Table
from storage.services.compare_with_main import run_comparison_with_main
from tests.api.console.things import NASTY, make_branch, make_bucket, make_own_version, make_project, make_table

ADD = "/admin/storage/branch/add/"


@pytest.fixture
def branch(project: Project) -> Branch:
    return make_branch(project)


@pytest.fixture
def own(table: Table, branch: Branch) -> Table:
    """The branch's own version of main's table."""
    return make_own_version(table, branch)


def url(what: str, branch: Branch, own: Table) -> str:
    return reverse(f"admin:storage_branch_{what}", args=[branch.pk, own.pk])


def run(job: Job) -> None:
    """What a worker does."""
    Job.objects.filter(pk=job.pk).update(state=JobState.PROCESSING)
    job.refresh_from_db()
    run_comparison_with_main(job, Monitor())


def move_main(table: Table) -> None:
    """As if somebody had changed main's table after the branch had its own version."""
    Table.objects.filter(branch__isnull=False, name=table.name).update(branched_from="another")


def test_a_branch_is_made_with_a_form(operator: Client, project: Project) -> None:
    reply = operator.post(ADD, {"project": project.pk, "name": "new-checkout", "description": "Try it"})
    made = Branch.objects.get(project=project)
    assert reply.headers["Location"] == page_url(made)
    assert (made.name, made.description, made.created_by) == ("new-checkout", "Try it", "operator:olga")
    again = operator.post(ADD, {"project": project.pk, "name": "new-checkout"})
    assert "already exists" in again.content.decode()


def test_an_empty_branch_says_how_to_go_on(operator: Client, branch: Branch) -> None:
    assert "reads everything from main" in operator.get(page_url(branch)).content.decode()


def test_the_page_compares_with_main(operator: Client, branch: Branch, table: Table, own: Table) -> None:
    new = make_own_version(table, branch, name="coupons")
    text = operator.get(page_url(branch)).content.decode()
    assert all(address in text for address in (page_url(own), page_url(new), page_url(table)))
    assert "only in branch" in text
    assert url("pull", branch, own) in text
    assert url("push", branch, new) in text
    assert url("pull", branch, new) not in text
    assert "main moved on" not in text
    move_main(table)
    assert "main moved on" in operator.get(page_url(branch)).content.decode()


def test_pull_asks_and_lets_the_branch_read_main_again(
    operator: Client, branch: Branch, table: Table, own: Table
) -> None:
    asked = operator.get(url("pull", branch, own)).content.decode()
    assert "This cannot be undone" in asked
    assert Table.objects.filter(pk=own.pk).exists()
    reply = operator.post(url("pull", branch, own))
    assert reply.headers["Location"] == page_url(branch)
    assert not Table.objects.filter(pk=own.pk).exists()
    assert Table.objects.filter(pk=table.pk).exists()


def test_push_makes_the_branchs_version_mains(operator: Client, branch: Branch, table: Table, own: Table) -> None:
    before = table.current_version_id
    assert "instead of" in operator.get(url("push", branch, own)).content.decode()
    assert operator.post(url("push", branch, own)).status_code == 302
    table.refresh_from_db()
    assert table.current_version_id != before
    assert not Table.objects.filter(pk=own.pk).exists()
    assert Event.objects.filter(operation="push_table", actor="operator:olga").exists()


def test_push_may_keep_the_branchs_version(operator: Client, branch: Branch, own: Table) -> None:
    operator.post(url("push", branch, own), {"keep": "on"})
    assert Table.objects.filter(pk=own.pk).exists()


def test_a_push_over_changes_of_main_has_to_be_meant(
    operator: Client, branch: Branch, table: Table, own: Table
) -> None:
    move_main(table)
    before = table.current_version_id
    assert "Those changes are lost" in operator.get(url("push", branch, own)).content.decode()
    assert operator.post(url("push", branch, own)).status_code == 200
    table.refresh_from_db()
    assert table.current_version_id == before
    assert operator.post(url("push", branch, own), {"force": "on"}).status_code == 302
    table.refresh_from_db()
    assert table.current_version_id != before


def test_a_branch_is_renamed(operator: Client, branch: Branch) -> None:
    other = make_branch(branch.project, "other")
    edit = reverse("admin:storage_branch_edit", args=[branch.pk])
    assert branch.name in operator.get(edit).content.decode()
    assert operator.post(edit, {"name": "better"}).headers["Location"] == page_url(branch)
    branch.refresh_from_db()
    assert branch.name == "better"
    assert "already exists" in operator.post(edit, {"name": other.name}).content.decode()


def test_deleting_is_a_job_that_one_can_watch(operator: Client, branch: Branch) -> None:
    delete = reverse("admin:storage_branch_delete", args=[branch.pk])
    assert "Main stays as it is" in operator.get(delete).content.decode()
    reply = operator.post(delete)
    assert reply.headers["Location"] == page_url(Job.objects.get(type="branch_delete"))


def test_a_viewer_sees_the_difference_and_no_button(viewer: Client, branch: Branch, own: Table) -> None:
    text = viewer.get(page_url(branch)).content.decode()
    assert page_url(own) in text
    for address in (url("push", branch, own), url("pull", branch, own)):
        assert address not in text
        assert viewer.get(address).status_code == 403
        assert viewer.post(address).status_code == 403
    assert Table.objects.filter(pk=own.pk).exists()


def test_a_member_works_in_their_projects_branches_only(member: Client, branch: Branch, own: Table) -> None:
    assert member.get(page_url(branch)).status_code == 200
    assert member.post(url("pull", branch, own)).status_code == 302
    stranger = make_project()
    secret = make_branch(stranger, "secret")
    theirs = make_own_version(make_table(make_bucket(stranger)), secret)
    assert member.get(page_url(secret)).status_code == 302
    assert member.post(url("pull", secret, theirs)).status_code == 404
    assert member.post(ADD, {"project": stranger.pk, "name": "mine"}).status_code == 200
    assert Branch.objects.filter(project=stranger).count() == 1
    assert Table.objects.filter(pk=theirs.pk).exists()


def test_a_table_of_another_branch_is_not_found(operator: Client, branch: Branch, table: Table) -> None:
    other = make_branch(branch.project, "other")
    theirs = make_own_version(table, other)
    for what in ("push", "pull"):
        assert operator.post(url(what, branch, theirs)).status_code == 404
        assert operator.post(url(what, branch, table)).status_code == 404


def test_names_are_shown_as_text(operator: Client, project: Project) -> None:
    branch = make_branch(project, NASTY)
    for address in (page_url(branch), "/admin/storage/branch/"):
        assert "<script>alert" not in operator.get(address).content.decode()


def test_the_comparison_costs_the_same_for_many_as_for_few(
    operator: Client, branch: Branch, table: Table, own: Table, django_assert_max_num_queries: Any
) -> None:
    version = own.current_version
    for where in (None, branch):
        Table.objects.bulk_create(
            Table(bucket=table.bucket, name=f"t{n}", branch=where, current_version=version) for n in range(30)
        )
    for address in (page_url(branch), "/admin/storage/branch/"):
        with django_assert_max_num_queries(9):
            assert operator.get(address).status_code == 200


def test_rows_are_compared_as_a_job_and_drawn(operator: Client, viewer: Client, branch: Branch, own: Table) -> None:
    page = url("compare", branch, own)
    assert "Compare the rows" in operator.get(page).content.decode()
    assert "may not start it" in viewer.get(page).content.decode()
    assert viewer.post(page).status_code == 403
    assert not Job.objects.exists()
    for _ in range(2):
        assert operator.post(page).headers["Location"] == page
    job = Job.objects.get(type="branch_compare")
    assert "Comparing" in viewer.get(page).content.decode()
    run(job)
    text = viewer.get(page).content.decode()
    assert "From version 1 of main to version 1 of the branch" in text
    assert "Both hold the same rows" in text


def test_a_table_that_main_does_not_have_is_not_compared(operator: Client, branch: Branch, table: Table) -> None:
    new = make_own_version(table, branch, name="coupons")
    assert operator.post(url("compare", branch, new)).status_code == 404
