"""CreateProfileTable: what the values of a table look like."""

from __future__ import annotations

import json
from typing import Any

from storage.driver.call import Call
from storage.driver.generated.table_pb2 import CreateProfileTableCommand, CreateProfileTableResponse
from storage.driver.paths import place_of
from storage.driver.registry import Access, handles
from storage.driver.tables import table_name_of, told_by_path
from storage.services.profile_table import OUTLINE, ProfileOrder, request_profile


@handles(CreateProfileTableCommand, access=Access.READ, is_long=True)
def profile(call: Call, command: CreateProfileTableCommand) -> CreateProfileTableResponse:
    """Exact counts and sizes of every column, of one version of the table."""
    place = place_of(call, command.path)
    name = table_name_of(command.tableName)
    with told_by_path(place, name):
        job = request_profile(actor=call.actor, **place.of_table(name), order=ProfileOrder(mode=OUTLINE))
    found = job.result
    assert found is not None  # noqa: S101 - it has succeeded
    call.log.inform(f"Profiled {found['row_count']} rows of table {name}", rows=found["row_count"])
    table = {"rowCount": found["row_count"], "columnCount": found["column_count"], "dataSize": found["size_bytes"]}
    columns = [
        CreateProfileTableResponse.Column(name=column["name"], profile=_json(column["profile"]))
        for column in found["columns"]
    ]
    return CreateProfileTableResponse(
        path=command.path, tableName=command.tableName, profile=_json(table), columns=columns
    )


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
