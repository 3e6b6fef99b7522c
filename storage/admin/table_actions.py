"""What can be done with a table from its tabs: each asks first or is a form of its tab, and calls a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from kbstore.errors import KbstoreError
from storage.admin import table_compare, table_history, table_profile, table_sharing, table_snapshots
from storage.admin.table_place import tab_url
from storage.models import Table

Shown = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Question:
    """The page that asks: what is about to happen, in sentences."""

    title: Callable[..., str]
    button: str
    icon: str
    warnings: Callable[..., Sequence[str]]


@dataclass(frozen=True)
class TableAction:
    """`run` takes the request, the table and what the route names, and returns where to go next.

    Without a `question` it is done at once, by POST only.
    """

    name: str
    route: str
    tab: str
    permission: str
    run: Callable[..., str]
    question: Question | None = None
    done: str = ""

    def answer(self, request: HttpRequest, table: Table, shown: Shown, **what: Any) -> HttpResponse:
        """`shown` draws a page in the console's frame."""
        if request.method == "POST":
            return self._run(request, table, **what)
        if self.question is None:
            return HttpResponseNotAllowed(["POST"])
        return self._ask(request, table, shown, self.question, **what)

    def _run(self, request: HttpRequest, table: Table, **what: Any) -> HttpResponse:
        try:
            target = self.run(request, table, **what)
        except KbstoreError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(tab_url(table, self.tab))
        if self.done:
            messages.success(request, self.done)
        return HttpResponseRedirect(target)

    def _ask(self, request: HttpRequest, table: Table, shown: Shown, question: Question, **what: Any) -> HttpResponse:
        try:
            title, warnings = question.title(table, **what), question.warnings(request, table, **what)
        except KbstoreError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(tab_url(table, self.tab))
        return shown(
            request,
            "console/confirm.html",
            title=title,
            command={"title": question.button, "icon": question.icon},
            warnings=warnings,
            cancel_url=tab_url(table, self.tab),
        )


ACTIONS = (
    TableAction("profile", "profile/", "profile", "storage.change_table", table_profile.start),
    TableAction("compare", "compare/", "history", "storage.change_table", table_compare.start),
    TableAction(
        "restore",
        "versions/<int:number>/restore/",
        "history",
        "storage.change_table",
        table_history.restore,
        Question(table_history.restore_title, "Restore", "settings_backup_restore", table_history.restore_warnings),
        "The version was restored.",
    ),
    TableAction(
        "snapshot",
        "snapshots/add/",
        "snapshots",
        "storage.add_snapshot",
        table_snapshots.create,
        done="The snapshot was taken.",
    ),
    TableAction(
        "snapshot_restore",
        "snapshots/<str:snapshot_id>/restore/",
        "snapshots",
        "storage.change_table",
        table_snapshots.restore,
        Question(table_snapshots.restore_title, "Restore", "settings_backup_restore", table_snapshots.restore_warnings),
    ),
    TableAction(
        "snapshot_delete",
        "snapshots/<str:snapshot_id>/delete/",
        "snapshots",
        "storage.delete_snapshot",
        table_snapshots.delete,
        Question(table_snapshots.delete_title, "Delete snapshot", "delete", table_snapshots.delete_warnings),
        "The snapshot was deleted.",
    ),
    TableAction(
        "share",
        "share/",
        "sharing",
        "storage.add_bucketshare",
        table_sharing.share,
        done="The bucket is shared.",
    ),
    TableAction(
        "unshare",
        "share/<str:target_id>/remove/",
        "sharing",
        "storage.delete_bucketshare",
        table_sharing.unshare,
        Question(table_sharing.unshare_title, "Stop sharing", "link_off", table_sharing.unshare_warnings),
        "The bucket is not shared with that project any more.",
    ),
)
