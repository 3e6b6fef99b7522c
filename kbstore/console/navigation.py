"""The sidebar: what the user may look at, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Entry:
    """`url_name` without its `admin:`; shown to those who have the permission."""

    title: str
    icon: str
    url_name: str
    permission: str


def _list(title: str, icon: str, app_label: str, model: str) -> Entry:
    """The list of a model."""
    return Entry(title, icon, f"{app_label}_{model}_changelist", f"{app_label}.view_{model}")


_GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Storage",
        (
            Entry("Load data", "upload_file", "load", "storage.change_table"),
            Entry("Explorer", "account_tree", "explorer", "storage.view_project"),
            _list("Projects", "deployed_code", "storage", "project"),
            _list("Branches", "alt_route", "storage", "branch"),
            _list("Buckets", "folder_open", "storage", "bucket"),
            _list("Tables", "table", "storage", "table"),
            _list("Files", "draft", "files", "file"),
            _list("S3 buckets", "cloud", "files", "objectbucket"),
            _list("S3 objects", "inventory_2", "files", "storedobject"),
        ),
    ),
    (
        "SQL",
        (
            Entry("SQL console", "terminal", "sql", "workspaces.view_workspace"),
            _list("Workspaces", "workspaces", "workspaces", "workspace"),
            _list("SQL sessions", "cable", "workspaces", "workspacesession"),
            _list("SQL queries", "history", "workspaces", "loggedquery"),
        ),
    ),
    (
        "Activity",
        (
            _list("Jobs", "bolt", "storage", "job"),
            _list("Audit events", "fact_check", "storage", "event"),
        ),
    ),
    (
        "Access",
        (
            _list("API keys", "key", "storage", "apikey"),
            _list("S3 credentials", "vpn_key", "files", "s3credential"),
            _list("Members", "badge", "storage", "projectmember"),
            _list("Users", "person", "auth", "user"),
            _list("Groups", "group", "auth", "group"),
        ),
    ),
    (
        "System",
        (
            Entry("Versions", "info", "system_versions", "storage.see_every_project"),
            Entry("Settings", "settings", "system_settings", "storage.see_every_project"),
            Entry("Doctor", "stethoscope", "system_doctor", "storage.see_every_project"),
            Entry("Backups", "backup", "system_backups", "storage.see_every_project"),
            Entry("Metrics", "monitoring", "system_metrics", "storage.see_every_project"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links for unfold."""
    groups: list[dict[str, Any]] = [
        {"items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}]}
    ]
    for title, entries in _GROUPS:
        items = [_item(entry) for entry in entries if request.user.has_perm(entry.permission)]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(entry: Entry) -> dict[str, Any]:
    return {"title": entry.title, "icon": entry.icon, "link": reverse(f"admin:{entry.url_name}")}


def account_links(_request: HttpRequest) -> list[dict[str, Any]]:
    """The menu below the user's name."""
    return [
        {"title": "My account", "link": reverse("admin:account")},
        {"title": "Change password", "link": reverse("admin:password_change")},
    ]
