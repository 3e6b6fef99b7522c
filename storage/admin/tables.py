"""Tables in the console: the list, and a page whose tabs are in table_*.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import patch_vary_headers
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from kbstore.console import formatting, markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.admin.table_actions import ACTIONS, TableAction
from storage.admin.table_facts import links_of
from storage.admin.table_place import address
from storage.admin.table_tabs import open_tab, wants_fragment
from storage.models import Table
from storage.services.delete_table import delete_table


def delete_warning(table: Table) -> Sequence[str]:
    version = table.current_version
    rows = formatting.amount(version.row_count, "row")
    return (
        f"Removes {rows} ({formatting.size(version.size_bytes)}) and all old versions.",
        "This cannot be undone.",
    )


def delete(request: HttpRequest, table: Table) -> str:
    bucket_url = markup.page_url(table.bucket)
    delete_table(actor=actor_of(request, table.bucket.project_id), **address(table))
    return bucket_url if request.user.has_perm("storage.view_bucket") else markup.list_url(Table)


COMMANDS = (
    Command(
        name="delete",
        title="Delete table",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The table was deleted.",
    ),
)


@admin.register(Table)
class TableAdmin(ConsoleAdmin):
    page_template = "console/table.html"
    list_display = ("name", "bucket_link", "project_link", "branch_name", "rows", "size", "changed")
    list_filter = (("bucket__project", AutocompleteSelectFilter), ("bucket", AutocompleteSelectFilter))
    search_fields = ("name", "bucket__name", "bucket__project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Table]:
        tables = super().get_queryset(request).select_related("bucket__project", "branch", "current_version")
        # A list of wide tables would read megabytes of column descriptions.
        return tables.defer("current_version__columns")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Bucket", ordering="bucket__name")
    def bucket_link(self, table: Table) -> str:
        return markup.page_link(table.bucket)

    @admin.display(description="Project", ordering="bucket__project")
    def project_link(self, table: Table) -> str:
        return markup.page_link(table.bucket.project)

    @admin.display(description="Branch", ordering="branch")
    def branch_name(self, table: Table) -> str:
        return str(table.branch or "main")

    @admin.display(description="Rows", ordering="current_version__row_count")
    def rows(self, table: Table) -> str:
        return markup.number(table.current_version.row_count)

    @admin.display(description="Size", ordering="current_version__size_bytes")
    def size(self, table: Table) -> str:
        return markup.size(table.current_version.size_bytes)

    @admin.display(description="Changed", ordering="current_version__created_at")
    def changed(self, table: Table) -> str:
        return markup.time(table.current_version.created_at)

    def page(self, request: HttpRequest, instance: Table) -> dict[str, Any]:
        return {"links": links_of(request, instance)} | open_tab(request, instance)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<path:object_id>/{action.route}", self._action_view(action), name=f"storage_table_{action.name}")
            for action in ACTIONS
        ]
        return own + super().get_urls()

    def _action_view(self, action: TableAction) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, object_id: str, **what: Any) -> HttpResponseBase:
            table = self._found(request, object_id)
            if table is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            if not request.user.has_perm(action.permission):
                raise PermissionDenied
            return action.answer(request, table, self.shown, **what)

        return self.admin_site.admin_view(view)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The whole page, or for htmx the tabs alone."""
        if wants_fragment(request) and request.method == "GET":
            table = self._found(request, object_id)
            if table is not None:
                response = self.shown(request, "console/table/tabs.html", is_part=True, **open_tab(request, table))
                patch_vary_headers(response, ["HX-Request"])
                return response
        response = super().change_view(request, object_id, form_url, extra_context)
        patch_vary_headers(response, ["HX-Request"])
        return response
