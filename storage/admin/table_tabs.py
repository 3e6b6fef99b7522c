"""The tabs of a table's page: what each shows, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from storage.admin.table_columns import columns_tab
from storage.admin.table_facts import facts_of, jobs_at_work
from storage.admin.table_history import history_tab
from storage.admin.table_jobs import jobs_tab
from storage.admin.table_place import tab_url
from storage.admin.table_preview import preview_tab
from storage.admin.table_profile import profile_tab
from storage.admin.table_sharing import sharing_tab
from storage.admin.table_snapshots import snapshots_tab
from storage.admin.table_snippets import snippets_tab
from storage.models import Table


@dataclass(frozen=True)
class Tab:
    """`permission` is what somebody needs besides that to look at tables."""

    name: str
    title: str
    icon: str
    context: Callable[[HttpRequest, Table], dict[str, Any]]
    permission: str | None = None

    @property
    def template(self) -> str:
        return f"console/table/{self.name}.html"


TABS = (
    Tab("preview", "Data", "grid_on", preview_tab),
    Tab("columns", "Columns", "view_column", columns_tab),
    Tab("profile", "Profile", "insights", profile_tab),
    Tab("history", "History", "history", history_tab),
    Tab("snapshots", "Snapshots", "photo_camera", snapshots_tab, "storage.view_snapshot"),
    Tab("sharing", "Sharing", "share", sharing_tab, "storage.view_bucket"),
    Tab("jobs", "Jobs", "bolt", jobs_tab, "storage.view_job"),
    Tab("snippets", "Use it", "code", snippets_tab),
)


def open_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    """Facts, the row of tabs and the content of the one that the address names, else of the first."""
    offered = [tab for tab in TABS if tab.permission is None or request.user.has_perm(tab.permission)]
    wanted = request.GET.get("tab", "")
    chosen = next((tab for tab in offered if tab.name == wanted), offered[0])
    links = [{"tab": tab, "url": tab_url(table, tab.name), "is_open": tab is chosen} for tab in offered]
    frame = {
        "tabs": links,
        "tab_template": chosen.template,
        "facts": facts_of(table),
        "working": jobs_at_work(request, table),
        "part_url": request.get_full_path(),
    }
    return frame | chosen.context(request, table)


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the part below the facts only; a page that it restores is whole."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
