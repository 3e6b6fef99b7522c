"""TableImportFromFile as hosts send it: files of the project in, rows of a table out, or nothing changed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any, cast

import grpc
import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from storage.driver.generated.table_pb2 import (
    CreateTableCommand,
    ImportExportShared,
    TableColumnShared,
    TableImportFromFileCommand,
)
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import GrpcDoor, Refused, Told, request_of

Csv = TableImportFromFileCommand.CsvTypeOptions
Options = ImportExportShared.ImportOptions
Import = Callable[..., Told]
PREFIX = "exp-15/8/files/2025/12/21"


@pytest.fixture
def users(host: HostProject) -> HostProject:
    """A table `users` of id (the key), name and amount, with `_timestamp`."""
    make_table(host, "users")
    return host


def make_table(host: HostProject, name: str, *, stamped: bool = True) -> None:
    columns = [
        TableColumnShared(name="id", type="VARCHAR"),
        TableColumnShared(name="name", type="VARCHAR", nullable=True),
        TableColumnShared(name="amount", type="INTEGER", nullable=True),
    ]
    if stamped:
        columns.append(TableColumnShared(name="_timestamp", type="TIMESTAMP", nullable=True))
    host.execute(CreateTableCommand(path=[host.bucket], tableName=name, columns=columns, primaryKeysNames=["id"]))


def put(host: HostProject, name: str, content: bytes | str) -> str:
    data = content.encode() if isinstance(content, str) else content
    reply = host.person.request("PUT", f"/s3/project_{host.id}/{PREFIX}/{name}", content=data)
    assert reply.status_code == 200, reply.text
    return name


def command(
    host: HostProject, name: str, *, table: str = "users", csv: dict[str, Any] | None = None, **options: Any
) -> TableImportFromFileCommand:
    made = TableImportFromFileCommand(
        fileProvider=ImportExportShared.FileProvider.HTTP,
        filePath=ImportExportShared.FilePath(root=f"project_{host.id}", path=PREFIX, fileName=name),
        destination=ImportExportShared.Table(path=[host.bucket], tableName=table),
        importOptions=Options(**options),
    )
    if csv is not None:
        made.formatTypeOptions.Pack(Csv(**csv))
    return made


def load(host: HostProject, content: bytes | str, *, csv: dict[str, Any] | None = None, **options: Any) -> Told:
    name = put(host, "24.users.csv", content)
    return host.execute(command(host, name, csv=csv, **options))


def rows(host: HostProject, table: str = "users") -> list[tuple[Any, ...]]:
    reply = host.person.get(f"/projects/{host.id}/branches/default/buckets/{host.bucket}/tables/{table}/preview")
    assert reply.status_code == 200, reply.text
    body = reply.json()
    found = [tuple(row[name] for name in ("id", "name", "amount")) for row in body["rows"]]
    return sorted(found)


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


NAMED = {"columnsNames": ["id", "name", "amount"]}


def test_a_file_of_the_project_becomes_rows(users: HostProject) -> None:
    content = "id,name,amount\n1,Ann,5\n2,Bob,\n"
    told = load(users, content, csv=NAMED, numberOfIgnoredLines=1, timestampColumn="_timestamp")

    assert rows(users) == [("1", "Ann", 5), ("2", "Bob", None)]
    assert (told.result.importedRowsCount, told.result.tableRowsCount) == (2, 2)
    assert told.result.tableSizeBytes > 0
    assert any("Imported 2 rows" in text for text in told.texts())


def test_a_client_that_sends_only_places_gets_the_header_matched_by_name(users: HostProject) -> None:
    load(users, "amount,extra,name,id\n5,x,Ann,1\n")

    assert rows(users) == [("1", "Ann", 5)]


def test_each_profile_tells_columns_and_timers_its_way(users: HostProject) -> None:
    result = load(users, "id,name,amount\n1,Ann,5\n").result
    timers = {timer.name: timer.duration for timer in result.timers}

    own = ["id", "name", "amount"]
    assert list(result.importedColumns) == (own if users.door.name == "grpc" else [*own, "_timestamp"])
    assert timers["total"].endswith("s") == (users.door.name == "bridge")
    assert float(timers["total"].removesuffix("s")) >= float(timers["copyToStaging"].removesuffix("s"))


def test_a_header_that_nobody_announced_is_not_data_but_a_warning(users: HostProject) -> None:
    told = load(users, "id,name,amount\n1,Ann,5\n", csv=NAMED)

    assert rows(users) == [("1", "Ann", 5)]
    assert len(told.texts("Warning")) == 1


def test_an_incremental_import_merges_by_key(users: HostProject) -> None:
    load(users, "id,name,amount\n1,Ann,5\n2,Bob,6\n")
    told = load(users, "id,name,amount\n2,Rob,6\n2,Bobby,7\n3,Cid,8\n", importType=Options.INCREMENTAL)

    assert rows(users) == [("1", "Ann", 5), ("2", "Bobby", 7), ("3", "Cid", 8)]
    assert (told.result.importedRowsCount, told.result.tableRowsCount) == (2, 3)


WRONG: list[tuple[bytes | str, dict[str, Any] | None, dict[str, Any], int]] = [
    ("1,Ann\n", NAMED, {}, 4100),
    ("1,Ann,5\n", {"columnsNames": ["id", "nome", "amount"]}, {}, 4101),
    ("id,amount\n1,5\n", None, {}, 4101),
    ("1,1,5\n", {"columnsNames": ["id", "id", "amount"]}, {}, 4102),
    (b"1,\xff,5\n", NAMED, {}, 4200),
    (b"\x1f\x8bbroken", NAMED, {}, 4200),
    ("1,Ann,many\n", NAMED, {}, 3000),
    ("1,Ann\n", {"columnsNames": ["name", "amount"]}, {}, 3000),
    ("1,Ann,5\n", NAMED | {"delimiter": "||"}, {}, 4203),
    ("1,Ann,5\n", NAMED | {"enclosure": ","}, {}, 4203),
    ("1,Ann,5\n", NAMED, {"numberOfIgnoredLines": -1}, 4203),
    ("1,Ann,5\n", NAMED, {"importType": Options.VIEW}, 3000),
    ("1,Ann,5\n", NAMED, {"importType": Options.CLONE}, 3000),
    ("1,Ann,5\n", NAMED, {"timestampColumn": "other"}, 3000),
    ("1,Ann,5\n", NAMED, {"timestampMode": Options.FROM_SOURCE}, 3000),
    ("1,Ann,5\n", NAMED, {"dedupColumnsNames": ["nope"]}, 4101),
    ("1,Ann,5\n1,Bob,6\n", NAMED, {"dedupType": Options.FAIL_ON_DUPLICATES}, 4200),
    ("1,Ann,5\n1,Bob,6\n", NAMED, {"dedupType": Options.INSERT_DUPLICATES}, 4200),
]


def test_what_is_wrong_has_a_number_and_changes_nothing(users: HostProject) -> None:
    load(users, "id,name,amount\n9,Zoe,1\n")
    for content, csv, options, number in WRONG:
        error = refused(lambda: load(users, content, csv=csv, **options))  # noqa: B023 - called at once

        assert (error.status, error.number) == ("INVALID_ARGUMENT", number), (content, csv, options)
        assert rows(users) == [("9", "Zoe", 1)]


def test_a_refused_value_is_named_with_column_and_line(users: HostProject) -> None:
    error = refused(lambda: load(users, 'id,name,amount\n1,"a\nb",1\n2,c,many\n'))

    assert error.message.startswith("Failed to import file: Value 'many' of column amount in line 4")


def test_a_table_that_is_not_there_is_told_before_the_file_is(host: HostProject) -> None:
    missing = command(host, "nowhere.csv", table="none")
    missing.filePath.root = "/etc"
    error = refused(lambda: host.execute(missing))

    assert error.status == "NOT_FOUND"
    assert f"Table not found: {host.id}/{host.bucket}/none" in error.message
    assert error.number == 2004


def test_the_destination_needs_a_name(host: HostProject) -> None:
    error = refused(lambda: host.execute(command(host, "x.csv", table="")))

    assert error.status == "INVALID_ARGUMENT"


def test_a_timestamp_is_asked_of_a_table_that_has_the_column(host: HostProject) -> None:
    make_table(host, "plain", stamped=False)
    name = put(host, "p.csv", "id,name,amount\n1,Ann,5\n")

    host.execute(command(host, name, table="plain"))
    error = refused(lambda: host.execute(command(host, name, table="plain", timestampColumn="_timestamp")))
    assert (error.status, rows(host, "plain")) == ("INVALID_ARGUMENT", [("1", "Ann", 5)])


# --- files


def manifest(host: HostProject, *entries: dict[str, Any]) -> str:
    return put(host, "manifest", json.dumps({"entries": list(entries)}))


def slices(**more: Any) -> dict[str, Any]:
    return NAMED | {"sourceType": Csv.SLICED_FILE} | more


def test_slices_are_read_in_the_order_of_their_manifest(users: HostProject) -> None:
    put(users, "b", "1,first,1\n2,Bob,2\n")
    put(users, "a", gzip.compress(b"1,last,3\r\n"))
    name = manifest(
        users,
        {"url": f"s3://project_{users.id}/{PREFIX}/b", "mandatory": True},
        {"url": "a"},
        {"url": "gone", "mandatory": False},
    )
    told = users.execute(command(users, name, csv=slices()))

    assert rows(users) == [("1", "last", 3), ("2", "Bob", 2)]
    assert told.result.importedRowsCount == 3
    assert len(told.texts("Warning")) == 1


def test_a_slice_that_must_be_there_or_a_manifest_that_is_none_has_its_number(users: HostProject) -> None:
    missing = refused(lambda: users.execute(command(users, manifest(users, {"url": "gone"}), csv=slices())))
    broken = refused(lambda: users.execute(command(users, put(users, "broken", "no json"), csv=slices())))

    assert (missing.number, broken.number) == (4201, 4201)
    assert missing.status == broken.status == "INVALID_ARGUMENT"


def test_no_slices_are_no_rows(users: HostProject) -> None:
    load(users, "id,name,amount\n1,Ann,5\n")
    told = users.execute(command(users, manifest(users), csv=slices()))

    assert (told.result.importedRowsCount, rows(users)) == (0, [])


def test_slices_without_names_of_columns_are_refused_or_matched_by_their_headers(users: HostProject) -> None:
    put(users, "s1", "id,name,amount\n1,Ann,5\n")
    put(users, "s2", "amount,id,name\n6,2,Bob\n")
    wanted = command(users, manifest(users, {"url": "s1"}, {"url": "s2"}), csv={"sourceType": Csv.SLICED_FILE})

    if users.door.name == "grpc":
        assert refused(lambda: users.execute(wanted)).number == 4103
    else:
        users.execute(wanted)
        assert rows(users) == [("1", "Ann", 5), ("2", "Bob", 6)]


def test_a_directory_is_what_lies_directly_in_it_sorted_by_key(users: HostProject) -> None:
    put(users, "dir/2", "1,later,2\n")
    put(users, "dir/1", "1,Ann,1\n")
    put(users, "dir/deeper/3", "1,deepest,3\n")
    put(users, "directory", "1,beside,4\n")
    users.execute(command(users, "dir", csv=NAMED | {"sourceType": Csv.DIRECTORY}))
    assert rows(users) == [("1", "later", 2)]

    error = refused(lambda: users.execute(command(users, "empty", csv=NAMED | {"sourceType": Csv.DIRECTORY})))
    assert error.number == 4201


def test_options_of_the_dialect_hold(users: HostProject) -> None:
    csv = NAMED | {"delimiter": "\t", "enclosure": "'", "escapedBy": "\\"}
    load(users, b"\xef\xbb\xbf1\t'a\tb'\t1\r\n2\tx\\\ty\\\\z\t2\r\n", csv=csv)

    assert rows(users) == [("1", "a\tb", 1), ("2", "x\ty\\z", 2)]


def test_every_way_to_name_an_object_of_the_project_leads_to_it(users: HostProject) -> None:
    name = put(users, "own.csv", "id,name,amount\n1,Ann,5\n")
    key = f"{PREFIX}/{name}"
    files = users.person.server.data_dir / "files"
    signed = users.person.post(f"/s3/project_{users.id}/presign", json={"method": "GET", "key": key}).json()["url"]
    places = [
        (ImportExportShared.FileProvider.S3, f"project_{users.id}", PREFIX),
        (ImportExportShared.FileProvider.HTTP, f"{files}/project_{users.id}", PREFIX),
        (ImportExportShared.FileProvider.HTTP, signed, None),
        (ImportExportShared.FileProvider.HTTP, f"http://localhost:8000/s3/project_{users.id}", PREFIX),
    ]
    for provider, root, path in places:
        wanted = command(users, name)
        wanted.fileProvider = provider
        where = {"root": root} if path is None else {"root": root, "path": path, "fileName": name}
        wanted.filePath.CopyFrom(ImportExportShared.FilePath(**where))
        assert users.execute(wanted).result.importedRowsCount == 1


HTTP, S3 = ImportExportShared.FileProvider.HTTP, ImportExportShared.FileProvider.S3


#: (provider, root, path, name)
OUTSIDE: list[tuple[int, str, str, str]] = [
    (HTTP, "/etc", "", "passwd"),
    (HTTP, "{files}/project_{project}/../..", "", "catalog.sqlite3"),
    (HTTP, "{files}", "../project_{project}", "x"),
    (HTTP, "project_{project}", "../project_{other}", "secret.csv"),
    (HTTP, "project_{project}", PREFIX, "../../../x"),
    (HTTP, "http://127.0.0.1:8000/s3/project_{project}", PREFIX, "x.csv"),
    (HTTP, "http://169.254.169.254/latest/meta-data", "", "x"),
    (HTTP, "http://evil.example/s3/project_{project}/x.csv?signature=abc&expires=99999999999", "", ""),
    (HTTP, "file:///etc/passwd", "", ""),
    (HTTP, "", "", ""),
    (S3, "", "", "x"),
    (S3, "elsewhere", "", "x.csv"),
    (S3, "project_{project}", "..", "x"),
    (1, "container", "", "x.csv"),
    (2, "bucket", "", "x.csv"),
    (9, "bucket", "", "x.csv"),
]


def test_no_location_leads_outside(users: HostProject) -> None:
    fill = {"files": users.person.server.data_dir / "files", "project": users.id, "other": "other"}
    for provider, root, path, name in OUTSIDE:
        wanted = command(users, "x")
        wanted.fileProvider = provider  # type: ignore[assignment]
        where = {"root": root.format(**fill), "path": path.format(**fill), "fileName": name}
        wanted.filePath.CopyFrom(ImportExportShared.FilePath(**where))
        error = refused(lambda: users.execute(wanted))  # noqa: B023 - called at once

        assert (error.status, error.number) == ("INVALID_ARGUMENT", 4203), where
        assert str(users.person.server.data_dir) not in error.message
        if provider not in (HTTP, S3):
            assert f"Unsupported file provider: {provider}" in error.message


def test_files_of_another_project_stay_closed(users: HostProject, driver_server: Server) -> None:
    other = make_host(driver_server, users.door)
    put(other, "secret.csv", "id,name,amount\n1,secret,5\n")
    wanted = command(users, "secret.csv")
    for provider in (HTTP, S3):
        wanted.fileProvider = provider
        wanted.filePath.root = f"project_{other.id}"
        assert refused(lambda: users.execute(wanted)).status == "PERMISSION_DENIED"
    by_manifest = manifest(users, {"url": f"s3://project_{other.id}/{PREFIX}/secret.csv"})
    assert refused(lambda: users.execute(command(users, by_manifest, csv=slices()))).status == "PERMISSION_DENIED"
    own_root = command(users, "secret.csv")
    assert refused(lambda: other.execute(own_root)).status in ("PERMISSION_DENIED", "NOT_FOUND")
    assert rows(users) == []


def test_a_linked_bucket_is_not_written(users: HostProject) -> None:
    users.execute(CreateBucketCommand(projectId=users.id, bucketId="in.c-other"))
    name = put(users, "x.csv", "id,name,amount\n1,Ann,5\n")
    wanted = command(users, name)
    wanted.destination.path[:] = ["in_c_other"]

    assert refused(lambda: users.execute(wanted)).status == "NOT_FOUND"


def test_who_gives_up_has_changed_nothing(driver_server: Server, grpc_door: GrpcDoor) -> None:
    host = make_host(driver_server, grpc_door)
    make_table(host, "users")
    load(host, "id,name,amount\n9,Zoe,1\n")
    name = put(host, "large.csv", "".join(f"{index},name {index},{index}\n" for index in range(300_000)))
    request = request_of(command(host, name, csv=NAMED), project=host.id, key=host.key)
    with pytest.raises(grpc.RpcError) as error:
        grpc_door.stub.Execute(request, timeout=0.05)

    assert cast(grpc.Call, error.value).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert rows(host) == [("9", "Zoe", 1)]
    # The table is free again, and no half of that import comes later.
    load(host, "id,name,amount\n8,Yan,1\n")
    assert rows(host) == [("8", "Yan", 1)]


def test_an_import_into_a_branch_leaves_main_as_it_is(users: HostProject) -> None:
    load(users, "id,name,amount\n1,Ann,5\n")
    branch_id = users.person.make_branch()
    wanted = command(users, put(users, "b.csv", "id,name,amount\n2,Bob,6\n"), importType=Options.INCREMENTAL)
    wanted.destination.path[:] = [users.id, branch_id, users.bucket]

    assert users.execute(wanted).result.tableRowsCount == 2
    assert rows(users) == [("1", "Ann", 5)]


def test_reading_keys_may_not_import(users: HostProject) -> None:
    name = put(users, "x.csv", "id,name,amount\n1,Ann,5\n")
    branch_id = users.person.make_branch()
    body = {"description": "reader", "scope": "branch_read", "branch_id": branch_id}
    key = users.person.post("/projects/{p}/api-keys", json=body).json()["api_key"]

    assert refused(lambda: users.execute(command(users, name), key=key)).status == "PERMISSION_DENIED"
    assert rows(users) == []
