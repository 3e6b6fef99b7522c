"""PreviewTable: which rows and columns come, and what their values look like at each door."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from storage.driver.generated.table_pb2 import ImportExportShared, PreviewTableCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import BridgeDoor, Door, GrpcDoor, Refused
from tests.driver.people import make_people, make_table_of

Filters = ImportExportShared.ExportFilters
Where = ImportExportShared.TableWhereFilter
Order = ImportExportShared.ExportOrderBy


def ask(name: str = "people", path: list[str] | None = None, **options: Any) -> PreviewTableCommand:
    return PreviewTableCommand(path=["in_c_sales"] if path is None else path, tableName=name, **options)


def shown(response: Any) -> list[list[Any]]:
    """Each value as Python has it: None, bool, float, str or a list."""
    for row in response.rows:
        assert [cell.columnName for cell in row.columns] == list(response.columns)
    return [[plain(cell.value) for cell in row.columns] for row in response.rows]


def plain(value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "null_value":
        return None
    return [plain(one) for one in value.list_value.values] if kind == "list_value" else getattr(value, kind)


def test_all_columns_come_in_the_order_of_the_table(host: HostProject) -> None:
    make_people(host)

    told = host.execute(ask())

    assert list(told.result.columns) == ["id", "name", "amount", "_timestamp"]
    assert [row[1:3] for row in shown(told.result)] == [["Alice", "1.50"], ["Bob", "2.00"], ["Cyril", None]]
    assert told.texts()


def test_a_limit_is_kept_and_columns_come_as_asked_for(host: HostProject) -> None:
    make_people(host)

    told = host.execute(ask(columns=["amount", "name"], filters=Filters(limit=1)))

    assert list(told.result.columns) == ["amount", "name"]
    assert shown(told.result) == [["1.50", "Alice"]]


def test_rows_are_filtered_and_sorted(host: HostProject) -> None:
    make_people(host)
    filters = Filters(whereFilters=[Where(columnsName="ID", operator=Where.ge, values=["1"])], changeSince="1704067200")

    told = host.execute(ask(columns=["name"], filters=filters, orderBy=[Order(columnName="amount", order=Order.DESC)]))

    assert shown(told.result) == [["Bob"], ["Alice"], ["Cyril"]]
    assert shown(host.execute(ask(columns=["name"], filters=Filters(fulltextSearch="li"))).result) == [["Alice"]]


def test_an_empty_answer_still_names_its_columns(host: HostProject) -> None:
    make_people(host)

    told = host.execute(ask(filters=Filters(fulltextSearch="%")))

    assert (len(told.result.columns), len(told.result.rows)) == (4, 0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"columns": ["nope"]}, "nope"),
        ({"columns": ["id", "id"]}, "id"),
        ({"filters": Filters(limit=-1)}, "negative"),
        ({"orderBy": [Order(columnName="")]}, "orderBy"),
        ({"orderBy": [Order(columnName="nope")]}, 'Column "nope" not found'),
        ({"name": ""}, "tableName is required"),
        ({"path": []}, "Path must contain"),
        (
            {"filters": Filters(fulltextSearch="x", whereFilters=[Where(columnsName="id", values=["1"])])},
            "Cannot use fulltextSearch and whereFilters at the same time",
        ),
    ],
)
def test_what_a_preview_cannot_ask(host: HostProject, options: dict[str, Any], text: str) -> None:
    make_people(host)

    with pytest.raises(Refused) as refused:
        host.execute(ask(**options))

    assert (refused.value.status, refused.value.number) == ("INVALID_ARGUMENT", 3000)
    assert text in refused.value.message


@pytest.mark.parametrize(("path", "number"), [("in_c_sales", 2004), ("nope", 2003)])
def test_what_is_missing_is_told_by_its_path(host: HostProject, path: str, number: int) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(ask("nope", path=[path]))

    assert (refused.value.status, refused.value.number) == ("NOT_FOUND", number)
    assert f"Table not found: {host.id}/{path}/nope" in refused.value.message


def test_the_key_of_another_project_sees_nothing(driver_server: Server, host: HostProject, door: Door) -> None:
    make_people(host)
    stranger = make_host(driver_server, door)

    with pytest.raises(Refused) as refused:
        stranger.execute(ask(path=[host.id, "in_c_sales"]))

    assert refused.value.status == "PERMISSION_DENIED"


def test_long_texts_are_cut_and_marked(host: HostProject) -> None:
    make_table_of(host, "long", {"a": "VARCHAR", "b": "VARCHAR"}, f"a,b\n{'é' * 16_384},{'x' * 16_385}\n")

    [row] = host.execute(ask("long")).result.rows

    assert [(len(cell.value.string_value), cell.isTruncated) for cell in row.columns] == [
        (16_384, False),
        (16_384, True),
    ]


#: (type, CSV cell, value at the bridge, value at gRPC)
VALUES = [
    ("BOOLEAN", "true", True, "true"),
    ("INTEGER", "-7", -7.0, "-7"),
    ("BIGINT", "9007199254740992", 9007199254740992.0, "9007199254740992"),
    ("BIGINT", "9007199254740993", "9007199254740993", "9007199254740993"),
    ("HUGEINT", "12", 12.0, "12"),
    ("HUGEINT", "-170141183460469231731687303715884105727", "-170141183460469231731687303715884105727", None),
    ("FLOAT", "0.1", 0.1, "0.1"),
    ("DOUBLE", "1.5", 1.5, "1.5"),
    ("DOUBLE", "nan", "NaN", "nan"),
    ("DECIMAL(10,2)", "-0.50", "-0.50", "-0.50"),
    ("DECIMAL(2,2)", "0.50", "0.50", "0.50"),
    ("VARCHAR", "text", "text", "text"),
    ("TIMESTAMP", "2024-01-02 03:04:05.5", "2024-01-02T03:04:05.500000", "2024-01-02 03:04:05.500000"),
    ("TIMESTAMP", "2024-01-02 03:04:05", "2024-01-02T03:04:05", "2024-01-02 03:04:05.000000"),
    ("TIMESTAMPTZ", "2024-01-02 03:04:05+01", "2024-01-02T02:04:05+00:00", "2024-01-02 02:04:05.000000"),
    ("DATE", "2024-01-02", "2024-01-02", "2024-01-02"),
    ("TIME", "03:04:05", "03:04:05", "03:04:05"),
    ("UUID", "5a1b0c2e-8f5e-4b8e-9f0a-0123456789ab", "5a1b0c2e-8f5e-4b8e-9f0a-0123456789ab", None),
    ("INTEGER[]", '"[1, NULL, 3]"', [1.0, None, 3.0], "[1,null,3]"),
    ("VARCHAR[]", "['a']", ["a"], '["a"]'),
    ("DATE[]", "[2024-01-02]", ["2024-01-02"], '["2024-01-02"]'),
    ("STRUCT(a INTEGER)", "{'a': 1}", '{"a":1}', '{"a":1}'),
    ("BLOB", "abc", base64.b64encode(b"abc").decode(), None),
    ("JSON", '"{""a"": 1}"', '{"a": 1}', '{"a": 1}'),
]


def test_values_keep_their_kind_at_the_bridge_and_are_texts_at_grpc(
    driver_server: Server, bridge: BridgeDoor, grpc_door: GrpcDoor
) -> None:
    """None as the last value means: the same at both doors."""
    host = make_host(driver_server, bridge)
    names = [f"c{number}" for number in range(len(VALUES))]
    csv = f"{','.join(names)}\n{','.join(cell for _, cell, _, _ in VALUES)}\n{',' * (len(VALUES) - 1)}\n"
    make_table_of(host, "kinds", dict(zip(names, (kind for kind, *_ in VALUES), strict=True)), csv)

    typed = shown(host.execute(ask("kinds")).result)
    told = grpc_door.execute(ask("kinds"), project=host.id, key=host.key)

    assert typed == [[value for _, _, value, _ in VALUES], [None] * len(VALUES)]
    assert shown(told.result) == [[text or value for _, _, value, text in VALUES], [None] * len(VALUES)]


def test_more_rows_than_a_door_shows(driver_server: Server, bridge: BridgeDoor, grpc_door: GrpcDoor) -> None:
    host = make_host(driver_server, bridge)
    make_table_of(host, "many", {"id": "INTEGER"}, "id\n" + "\n".join(map(str, range(1200))))

    def rows(door: Door, limit: int) -> int:
        return len(door.execute(ask("many", filters=Filters(limit=limit)), project=host.id, key=host.key).result.rows)

    assert [rows(bridge, 0), rows(grpc_door, 0), rows(grpc_door, 1000)] == [100, 100, 1000]
    assert rows(bridge, 100_000) == 1200
    with pytest.raises(Refused, match="1000"):
        rows(grpc_door, 1001)


def test_an_answer_never_grows_beyond_its_cap(driver_server: Server, bridge: BridgeDoor) -> None:
    host = make_host(driver_server, bridge)
    make_table_of(host, "wide", {"a": "VARCHAR"}, "a\n" + f"{'x' * 16_000}\n" * 1_200)

    told = host.execute(ask("wide", filters=Filters(limit=2_000)))

    assert 1_000 < len(told.result.rows) < 1_050
    assert any("truncated" in text for text in told.texts("Warning"))
