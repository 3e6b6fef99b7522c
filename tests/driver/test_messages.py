"""The bytes of the protocol."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.message import Message

from storage.driver.errors import InvalidParameter
from storage.driver.generate import GENERATED, generate
from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.common_pb2 import DriverRequest, LogMessage
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryResponse
from storage.driver.generated.info_pb2 import ObjectInfoResponse, ObjectType
from storage.driver.generated.table_pb2 import (
    AddPrimaryKeyCommand,
    DeleteTableRowsCommand,
    ImportExportShared,
    PreviewTableResponse,
)
from storage.driver.generated.workspace_pb2 import CreateWorkspaceCommand
from storage.driver.messages import FILES, unpack_as


def _request() -> DriverRequest:
    request = DriverRequest(features=["f"])
    request.command.Pack(InitBackendCommand())
    request.runtimeOptions.runId = "r1"
    request.runtimeOptions.queryTags["k"] = "v"
    return request


def _preview() -> PreviewTableResponse:
    response = PreviewTableResponse(columns=["a"])
    column = response.rows.add().columns.add(columnName="a", isTruncated=True)
    column.value.string_value = "x"
    return response


def _object_info() -> ObjectInfoResponse:
    response = ObjectInfoResponse(path=["p", "t"], objectType=ObjectType.TABLE)
    response.tableInfo.tableName = "t"
    response.tableInfo.rowsCount = 3
    return response


_Shared = ImportExportShared
_GOLDEN: list[tuple[Message, str]] = [
    (LogMessage(level=LogMessage.Informational, message="ok"), "080612026f6b"),
    (
        _request(),
        "124e0a4c747970652e676f6f676c65617069732e636f6d2f6b65626f6f6c612e73746f726167654472697665722e636f6d6d616e642e"
        "6261636b656e642e496e69744261636b656e64436f6d6d616e641a0166220c0a0272311a060a016b120176",
    ),
    (
        GenericBackendCredentials(host="123", principal="u", secret="s", port=443),
        "0a033132331201751a017320bb03",
    ),
    (
        _Shared.TableWhereFilter(
            columnsName="a",
            operator=_Shared.TableWhereFilter.ge,
            values=["1", "2"],
            dataType=_Shared.TIMESTAMP,
        ),
        "0a016110031a01311a01322006",
    ),
    (
        _Shared.ExportFilters(limit=5, changeSince="1", changeUntil="2", fulltextSearch="x"),
        "18052201312a0132320178",
    ),
    (
        DeleteTableRowsCommand.WhereRefTableFilter(
            column="a",
            operator=DeleteTableRowsCommand.WhereRefTableFilter.NOT_IN,
            refPath=["b"],
            refTable="t",
            refColumn="c",
        ),
        "0a016118012201622a0174320163",
    ),
    (_Shared.S3Credentials(key="k", secret="s", token="t", region="r"), "0a016b1201732201742a0172"),
    (
        AddPrimaryKeyCommand(path=["b"], tableName="t", primaryKeysNames=["id"], skipDuplicatesCheck=True),
        "0a0162120174220269642801",
    ),
    (
        _Shared.ImportOptions(
            timestampColumn="_timestamp",
            importType=_Shared.ImportOptions.INCREMENTAL,
            numberOfIgnoredLines=1,
            dedupColumnsNames=["id"],
            importStrategy=_Shared.ImportOptions.USER_DEFINED_TABLE,
            createMode=_Shared.ImportOptions.REPLACE,
            importAsNull=[""],
            timestampMode=_Shared.ImportOptions.FROM_SOURCE,
        ),
        "0a0a5f74696d657374616d701801200132026964380140014a005002",
    ),
    (
        CreateWorkspaceCommand(projectId="1", workspaceId="2", branchId="3", isBranchDefault=True),
        "1201311a01324201334801",
    ),
    (_preview(), "0a0161120c0a0a0a016112031a01781801"),
    (ExecuteQueryResponse(status=ExecuteQueryResponse.Error, message="m"), "08011a016d"),
    (_object_info(), "0a01700a0174100232051201742803"),
]


@pytest.mark.parametrize(("message", "golden"), _GOLDEN, ids=[type(message).__name__ for message, _ in _GOLDEN])
def test_messages_have_the_published_bytes(message: Message, golden: str) -> None:
    assert message.SerializeToString(deterministic=True).hex() == golden
    assert type(message).FromString(bytes.fromhex(golden)) == message


def test_the_protocol_has_all_its_messages_fields_and_enums() -> None:
    waiting = [one for file in FILES for one in file.message_types_by_name.values()]
    enums = sum(len(file.enum_types_by_name) for file in FILES)
    messages = fields = 0
    while waiting:
        descriptor = waiting.pop()
        if descriptor.GetOptions().map_entry:
            continue
        messages += 1
        fields += len(descriptor.fields)
        enums += len(descriptor.enum_types)
        waiting.extend(descriptor.nested_types)

    assert (messages, fields, enums) == (138, 443, 20)


def test_the_generated_code_is_that_of_the_proto_files(tmp_path: Path) -> None:
    generate(tmp_path / "generated")

    made = {path.relative_to(tmp_path / "generated"): path.read_text() for path in tmp_path.rglob("*.py*")}
    kept = {
        path.relative_to(GENERATED): path.read_text()
        for path in GENERATED.rglob("*.py*")
        if "__pycache__" not in path.parts
    }
    assert made == kept


def test_unknown_fields_are_no_error() -> None:
    known = GenericBackendCredentials(host="1").SerializeToString()

    assert GenericBackendCredentials.FromString(known + bytes.fromhex("fa0701ff")).host == "1"


@pytest.mark.parametrize(
    "type_url",
    [
        "type.googleapis.com/keboola.storageDriver.credentials.GenericBackendCredentials",
        "example.com/any/keboola.storageDriver.credentials.GenericBackendCredentials",
        "old.package.GenericBackendCredentials",
        "GenericBackendCredentials",
    ],
)
def test_a_packed_type_is_known_by_its_full_name_or_its_last_part(type_url: str) -> None:
    packed = DriverRequest().credentials
    packed.type_url, packed.value = type_url, GenericBackendCredentials(host="7").SerializeToString()

    assert unpack_as(packed, GenericBackendCredentials) == GenericBackendCredentials(host="7")


@pytest.mark.parametrize(("type_url", "value"), [("a.Other", b""), ("a.GenericBackendCredentials", b"\xff\xff")])
def test_another_type_or_broken_bytes_are_refused(type_url: str, value: bytes) -> None:
    packed = DriverRequest().credentials
    packed.type_url, packed.value = type_url, value

    with pytest.raises(InvalidParameter):
        unpack_as(packed, GenericBackendCredentials)
