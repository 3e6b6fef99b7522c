"""The sidebar: what the user may look at, nothing else."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

#: Group, then (title, icon, app label, model).
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Storage",
        (
            ("Projects", "deployed_code", "storage", "project"),
            ("Buckets", "folder_open", "storage", "bucket"),
            ("Tables", "table", "storage", "table"),
            ("Files", "draft", "files", "file"),
            ("S3 buckets", "cloud", "files", "objectbucket"),
            ("S3 objects", "inventory_2", "files", "storedobject"),
        ),
    ),
    (
        "Activity",
        (
            ("Jobs", "bolt", "storage", "job"),
            ("SQL sessions", "cable", "workspaces", "workspacesession"),
            ("SQL queries", "terminal", "workspaces", "loggedquery"),
            ("Audit events", "fact_check", "storage", "event"),
        ),
    ),
    (
        "Access",
        (
            ("API keys", "key", "storage", "apikey"),
            ("S3 credentials", "vpn_key", "files", "s3credential"),
            ("Users", "person", "auth", "user"),
            ("Groups", "group", "auth", "group"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links for unfold."""
    groups = [{"items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}]}]
    for title, entries in _GROUPS:
        items = [_item(*entry) for entry in entries if request.user.has_perm(f"{entry[2]}.view_{entry[3]}")]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(title: str, icon: str, app_label: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{app_label}_{model}_changelist")}
