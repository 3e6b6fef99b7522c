"""How the pages of a table name it, to services and in addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import reverse

from kbstore.console.markup import page_url
from storage.models import Table
from storage.names import DEFAULT_BRANCH


def address(table: Table) -> dict[str, str]:
    """The table as services want it named."""
    return {
        "project_id": table.bucket.project_id,
        "branch_id": table.branch_id or DEFAULT_BRANCH,
        "bucket_name": table.bucket.name,
        "table_name": table.name,
    }


def load_url(table: Table) -> str:
    """Where a file is loaded into the table."""
    branch = {"branch": table.branch_id} if table.branch_id else {}
    place = {"project": table.bucket.project_id, "bucket": table.bucket.name, "table": table.name}
    return reverse("admin:load", query=place | branch)


def tab_url(table: Table, tab: str, **query: Any) -> str:
    """The page of the table with that tab open."""
    return f"{page_url(table)}?{urlencode({'tab': tab} | query, doseq=True)}"


def action_url(table: Table, name: str, *arguments: Any) -> str:
    """The page that asks, or acts, for one of the actions of table_actions.py."""
    return reverse(f"admin:storage_table_{name}", args=[quote(table.pk), *arguments])
