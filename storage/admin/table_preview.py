"""The rows of a table in the console: pages of a grid, filtered and sorted by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from kbstore.console import formatting
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError
from storage.admin.preview_grid import Header, grid_of
from storage.admin.table_place import address, load_url, tab_url
from storage.engine.specs import PageOrder, RowFilter
from storage.models import Table
from storage.services.browse_table import browse_table, condition_of
from storage.services.find_version import find_version

PAGE_SIZES = (50, 100, 200)
#: More columns are shown in groups: a browser lays out no more cells at once without a pause.
COLUMNS_SHOWN = 60
_MOST_FILTERS = 20
OPERATORS = {
    "is": "=",
    "is_not": "≠",
    "less": "<",
    "at_most": "≤",
    "more": ">",
    "at_least": "≥",
    "contains": "contains",
    "starts_with": "starts with",
    "is_null": "is NULL",
    "is_not_null": "is not NULL",
}
WITHOUT_VALUE = ("is_null", "is_not_null")


@dataclass(frozen=True)
class View:
    """What the address asks to see: the state of the grid."""

    page: int
    size: int
    filters: tuple[RowFilter, ...]
    condition: str
    sort: str
    descending: bool
    group: int
    #: The number of an earlier version; empty for the current one.
    version: str

    @classmethod
    def of(cls, query: QueryDict) -> View:
        """Nonsense in the address is left out; what the table has not is said by the service."""
        columns, operators, values = (query.getlist(name) for name in ("column", "op", "value"))
        asked = zip(columns, operators, values, strict=False)
        filters = tuple(RowFilter(*one) for one in asked if one[0] and one[1] in OPERATORS)
        size = _number(query.get("size"), PAGE_SIZES[1])
        return cls(
            page=_number(query.get("page"), 1),
            size=size if size in PAGE_SIZES else PAGE_SIZES[1],
            filters=filters[:_MOST_FILTERS],
            condition=query.get("where", "").strip(),
            sort=query.get("sort", ""),
            descending=query.get("dir") == "desc",
            group=_number(query.get("group"), 1),
            version=query.get("version", ""),
        )

    def url(self, table: Table, **changes: Any) -> str:
        """The address of the same view but for the changes; a change of anything but the page goes to the first."""
        state = vars(self) | ({} if "page" in changes else {"page": 1}) | changes
        query: dict[str, Any] = {name: state[name] for name in ("page", "group") if state[name] != 1}
        query |= {"size": state["size"]} if state["size"] != PAGE_SIZES[1] else {}
        query |= {"version": state["version"]} if state["version"] else {}
        query |= {"where": state["condition"]} if state["condition"] else {}
        query |= {"sort": state["sort"], "dir": "desc" if state["descending"] else "asc"} if state["sort"] else {}
        for name, field in (("column", "column"), ("op", "operator"), ("value", "value")):
            query |= {name: [getattr(one, field) for one in state["filters"]]} if state["filters"] else {}
        return tab_url(table, "preview", **query)


def preview_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    """The page is of use even when the rows cannot be read."""
    view = View.of(request.GET)
    try:
        version = find_version(table, view.version) if view.version else table.current_version
    except KbstoreError as error:
        return _controls(table, view, []) | {"preview_error": error.message}
    columns = version.columns
    groups = max(1, -(-len(columns) // COLUMNS_SHOWN))
    first = (min(view.group, groups) - 1) * COLUMNS_SHOWN
    context = _controls(table, view, columns) | {
        "groups": _groups(table, view, groups, len(columns)),
        "load_url": load_url(table) if request.user.has_perm("storage.change_table") else None,
    }
    try:
        context["export_url"] = _export_url(request, table, view)
        return context | _rows(request, table, view, columns[first : first + COLUMNS_SHOWN])
    except KbstoreError as error:
        return context | {"preview_error": error.message}


def _export_url(request: HttpRequest, table: Table, view: View) -> str | None:
    """Where the rows that match are exported; exports are of the current version."""
    is_narrowed = view.filters or view.condition
    if not is_narrowed or view.version or not request.user.has_perm("files.add_file"):
        return None
    condition = condition_of(table.current_version, view.filters, view.condition or None)
    return reverse("admin:export", args=[table.pk], query={"where": condition})


def _rows(request: HttpRequest, table: Table, view: View, columns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    order = PageOrder(
        limit=view.size,
        offset=(view.page - 1) * view.size,
        filters=view.filters,
        condition=view.condition or None,
        sort=view.sort or None,
        descending=view.descending,
        columns=tuple(column["name"] for column in columns),
    )
    actor = actor_of(request, table.bucket.project_id)
    _, page = browse_table(actor=actor, order=order, version=view.version or None, **address(table))
    grid = grid_of(list(columns), page.rows_json)
    return {
        "grid": grid,
        "first_row": order.offset + 1,
        "headers": [_header(table, view, header, at) for at, header in enumerate(grid.headers)],
        "pages": _pages(table, view, page.matching, len(grid.rows)),
    }


def _number(text: str | None, default: int) -> int:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 12
    return max(int(text), 1) if is_number and text else default


def _controls(table: Table, view: View, columns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "view": view,
        "column_names": [column["name"] for column in columns],
        "operators": OPERATORS.items(),
        "without_value": ",".join(WITHOUT_VALUE),
        "sizes": [(size, view.url(table, size=size)) for size in PAGE_SIZES],
        "filters": [_chip(table, view, at) for at in range(len(view.filters))],
        "is_narrowed": bool(view.filters or view.condition),
        "clear_url": view.url(table, filters=(), condition=""),
        "current_url": tab_url(table, "preview"),
        "clear_condition_url": view.url(table, condition=""),
    }


def _chip(table: Table, view: View, at: int) -> dict[str, Any]:
    one = view.filters[at]
    value = "" if one.operator in WITHOUT_VALUE else one.value
    others = view.filters[:at] + view.filters[at + 1 :]
    return {
        "column": one.column,
        "operator": one.operator,
        "value": one.value,
        "text": f"{one.column} {OPERATORS[one.operator]} {value}".strip(),
        "remove_url": view.url(table, filters=others),
    }


def _header(table: Table, view: View, header: Header, at: int) -> dict[str, Any]:
    """A click sorts up, then down, then not at all."""
    is_sorted = view.sort == header.name
    after = {"sort": header.name, "descending": is_sorted}
    if is_sorted and view.descending:
        after = {"sort": "", "descending": False}
    return {
        "id": f"sort-{at}",
        "name": header.name,
        "type": header.type,
        "is_numeric": header.is_numeric,
        "sorted": ("descending" if view.descending else "ascending") if is_sorted else "none",
        "url": view.url(table, **after),
    }


def _pages(table: Table, view: View, matching: int, shown: int) -> dict[str, Any]:
    first, last_page = (view.page - 1) * view.size + 1, max(1, -(-matching // view.size))
    here = f"{first:,}–{first + shown - 1:,}" if shown else "none"
    return {
        "text": f"{here} of {formatting.amount(matching, 'row')}",
        "first": view.url(table, page=1) if view.page > 1 else None,
        "previous": view.url(table, page=min(view.page - 1, last_page)) if view.page > 1 else None,
        "next": view.url(table, page=view.page + 1) if view.page < last_page else None,
        "last": view.url(table, page=last_page) if view.page < last_page else None,
    }


def _groups(table: Table, view: View, groups: int, columns: int) -> list[dict[str, Any]]:
    """Links to the other columns of a wide table."""
    if groups == 1:
        return []
    return [
        {
            "text": f"{(group - 1) * COLUMNS_SHOWN + 1}–{min(group * COLUMNS_SHOWN, columns)}",
            "url": view.url(table, group=group, page=view.page),
            "is_here": group == min(view.group, groups),
        }
        for group in range(1, groups + 1)
    ]
