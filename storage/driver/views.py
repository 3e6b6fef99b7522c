"""Views of buckets as imports make them: of type VIEW."""

from __future__ import annotations

import time
from typing import Any

from storage import catalog
from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.paths import Place
from storage.driver.table_sources import Options, Source, source_told
from storage.driver.tables import told_by_path
from storage.services.create_view import Replaces, ViewOrder, create_view
from storage.services.get_view import count_rows_of, get_view
from storage.services.row_source import RowChoice


def view_onto(
    call: Call, source: Source, place: Place, name: str, choice: RowChoice, options: Options
) -> dict[str, Any]:
    """Make the view; the result of a job that would have imported nothing.

    Raises ObjectNotFound, ObjectExists, InvalidParameter for a source or a choice that views cannot show.
    """
    if not isinstance(source.container, Place):
        raise InvalidParameter("A view of a bucket shows tables of buckets only, not of workspaces.")
    if choice.limit or choice.seconds:
        raise InvalidParameter("A view takes no source.limit and no source.seconds.")
    begun = time.monotonic()
    with told_by_path(place, name):
        catalog.find_writable_bucket(**place.arguments)
    replaces = Replaces.ANYTHING if options.createMode == Options.REPLACE else Replaces.NOTHING
    order = ViewOrder(source.container.of_table(source.name), choice.columns, choice.filters, replaces)
    with source_told(source):
        create_view(actor=call.actor, **place.arguments, name=name, order=order)
    view = get_view(actor=call.actor, **place.arguments, view_name=name)
    columns = list(view.spec.column_names)
    return {
        "imported_rows": 0,
        "table_rows_after": count_rows_of(view),
        "table_size_bytes": 0,
        "columns": columns,
        "table_columns": columns,
        "timers": [["total", round(time.monotonic() - begun, 6)]],
        "warnings": [],
    }
