"""Push and pull one table of a branch: pages that ask first and say what will happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from unfold.widgets import UnfoldBooleanWidget

from kbstore.console import formatting, markup
from kbstore.console.pages import ConsoleAdmin
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError
from storage.models import Branch, Table
from storage.services.diff_branch import TableDiff
from storage.services.pull_table import pull_table
from storage.services.push_table import push_table

View = Callable[..., HttpResponseBase]


class PushForm(forms.Form):
    keep = forms.BooleanField(
        label="Keep the branch's own version",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Otherwise the branch reads the table from main again, which then is the same.",
    )


class ForcedPushForm(PushForm):
    force = forms.BooleanField(
        label="Replace what has changed in main since",
        required=True,
        widget=UnfoldBooleanWidget,
        help_text="Main was changed after the branch had made its own version. Those changes are lost.",
    )


def push_view(pages: ConsoleAdmin) -> View:
    """Make the branch's version main's."""

    def view(request: HttpRequest, object_id: str, table_id: int) -> HttpResponseBase:
        branch, diff = _found_to_change(pages, request, object_id, table_id)
        is_stale = diff.main_changed_since and diff.main is not None
        form_class = ForcedPushForm if is_stale else PushForm
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                _push(request, branch, diff, **form.cleaned_data)
            except KbstoreError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, f"{diff.own} is in main now.")
                return HttpResponseRedirect(markup.page_url(branch))
        return _asked(
            pages,
            request,
            branch,
            title=f"Push {diff.own} to main",
            button="Push to main",
            icon="upload",
            warnings=_push_warnings(diff),
            is_danger=is_stale,
            form=form,
        )

    return view


def pull_view(pages: ConsoleAdmin) -> View:
    """Let the branch read the table from main again."""

    def view(request: HttpRequest, object_id: str, table_id: int) -> HttpResponseBase:
        branch, diff = _found_to_change(pages, request, object_id, table_id, needs_main=True)
        if request.method == "POST":
            try:
                pull_table(actor=actor_of(request, branch.project_id), **address(branch, diff.own))
            except KbstoreError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, f"The branch reads {diff.own} from main again.")
            return HttpResponseRedirect(markup.page_url(branch))
        return _asked(
            pages,
            request,
            branch,
            title=f"Pull {diff.own} from main",
            button="Discard the branch's version",
            icon="download",
            warnings=_pull_warnings(diff),
            is_danger=True,
        )

    return view


def _push(request: HttpRequest, branch: Branch, diff: TableDiff, *, keep: bool, force: bool = False) -> None:
    actor = actor_of(request, branch.project_id)
    push_table(actor=actor, **address(branch, diff.own), keep=keep, force=force)


def _push_warnings(diff: TableDiff) -> list[str]:
    rows = formatting.amount(diff.own.current_version.row_count, "row")
    if diff.main is None:
        return [f"Main gets a new table with {rows}."]
    before = formatting.amount(diff.main.current_version.row_count, "row")
    return [
        f"Main's table gets the branch's {rows} instead of the {before} it has now.",
        "What main has now stays in the table's history, from where it can be restored.",
    ]


def _pull_warnings(diff: TableDiff) -> list[str]:
    own = diff.own.current_version
    rows = f"{formatting.amount(own.row_count, 'row')} ({formatting.size(own.size_bytes)})"
    return [
        f"The branch's own version of the table, {rows}, goes with its history, except what snapshots keep.",
        "The branch then reads main's table as it is and as it changes.",
        "This cannot be undone.",
    ]


def address(branch: Branch, table: Table) -> dict[str, str]:
    """The branch's table as services want it named."""
    return {
        "project_id": branch.project_id,
        "branch_id": branch.pk,
        "bucket_name": table.bucket.name,
        "table_name": table.name,
    }


def find_table(
    pages: ConsoleAdmin, request: HttpRequest, object_id: str, table_id: int, *, needs_main: bool = False
) -> tuple[Branch, TableDiff]:
    """Raises Http404 for what the user does not see or main does not have, PermissionDenied without any right."""
    branch = pages.get_object(request, unquote(object_id))
    if not (pages.has_view_permission(request, branch) and request.user.has_perm("storage.view_table")):
        raise PermissionDenied
    tables = Table.objects.select_related("bucket__project", "current_version")
    own = tables.filter(pk=table_id, branch=branch).first() if branch is not None else None
    if own is None:
        raise Http404
    main = tables.filter(bucket=own.bucket_id, branch=None, name=own.name).first()
    if main is None and needs_main:
        raise Http404
    return branch, TableDiff(own, main)


def _found_to_change(
    pages: ConsoleAdmin, request: HttpRequest, object_id: str, table_id: int, *, needs_main: bool = False
) -> tuple[Branch, TableDiff]:
    branch, diff = find_table(pages, request, object_id, table_id, needs_main=needs_main)
    if not pages.has_change_permission(request, branch):
        raise PermissionDenied
    return branch, diff


def _asked(
    pages: ConsoleAdmin, request: HttpRequest, branch: Branch, *, title: str, **context: Any
) -> HttpResponseBase:
    page = markup.page_url(branch)
    return pages.shown(request, "console/branch_table.html", title=title, object=branch, cancel_url=page, **context)
