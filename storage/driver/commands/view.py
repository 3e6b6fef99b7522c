"""CreateView."""

from __future__ import annotations

from storage.driver.call import Call
from storage.driver.errors import InvalidParameter
from storage.driver.filters import where_filters
from storage.driver.generated.table_pb2 import CreateViewCommand
from storage.driver.names import required
from storage.driver.paths import place_of
from storage.driver.registry import Access, handles
from storage.driver.tables import told_by_path
from storage.services.create_view import ViewOrder, create_view


@handles(CreateViewCommand, access=Access.WRITE)
def create(call: Call, command: CreateViewCommand) -> None:
    """The view shows what the command says afterwards, whether there was one of that name before or not."""
    name = required(command.viewName, "viewName")
    source_name = required(command.sourceTableName, "sourceTableName")
    if not command.path:
        raise InvalidParameter("path is required")
    if not all(command.columns):
        raise InvalidParameter("columns holds an empty name")
    place = place_of(call, command.path)
    source = place_of(call, command.sourcePath) if command.sourcePath else place
    order = ViewOrder(
        source.of_table(source_name),
        columns=tuple((column, column) for column in command.columns),
        filters=where_filters(command.whereFilters),
    )
    with told_by_path(source, source_name):
        create_view(actor=call.actor, **place.arguments, name=name, order=order)
    call.log.inform(f"Created view {name} of {source_name}", bucket=place.bucket_name, view=name)
