"""A Keboola Connection host in miniature: it plays the sequences of calls that a real one makes, through either door.

Files travel as they do for a real host: the client puts and gets bytes at URLs that the host had signed with its
admin key, and commands name them by bucket and key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from google.protobuf.message import Message

from storage.driver.generated.backend_pb2 import InitBackendCommand, RemoveBackendCommand
from storage.driver.generated.bucket_pb2 import (
    CreateBucketCommand,
    DropBucketCommand,
    LinkBucketCommand,
    ShareBucketCommand,
    UnlinkBucketCommand,
    UnshareBucketCommand,
)
from storage.driver.generated.executeQuery_pb2 import ExecuteQueryCommand, ExecuteQueryResponse
from storage.driver.generated.info_pb2 import ObjectInfoCommand, ObjectType
from storage.driver.generated.project_pb2 import (
    CreateDevBranchCommand,
    CreateProjectCommand,
    DropDevBranchCommand,
    DropProjectCommand,
)
from storage.driver.generated.table_pb2 import (
    AddColumnCommand,
    AlterColumnCommand,
    CreateProfileTableCommand,
    CreateTableCommand,
    CreateTableFromTimeTravelCommand,
    CreateViewCommand,
    DeleteTableRowsCommand,
    DropTableCommand,
    ImportExportShared,
    PreviewTableCommand,
    TableColumnShared,
    TableExportToFileCommand,
    TableImportFromFileCommand,
    TableImportFromTableCommand,
)
from storage.driver.generated.workspace_pb2 import (
    CreateWorkspaceCommand,
    DropWorkspaceCommand,
    LoadTableToWorkspaceCommand,
)
from tests.driver.doors import Door, Told
from tests.live_server import ADMIN_KEY

Shared = ImportExportShared
Options = Shared.ImportOptions
CSV = TableImportFromFileCommand.CsvTypeOptions

ORDERS = b'"id","customer","amount"\n"1","Ann","10.50"\n"2","Bob","20.00"\n"3","Eve",""\n'
MORE_ORDERS = b'"id","customer","amount"\n"2","Bob","25.00"\n"4","Joe","7.25"\n'


@dataclass
class Step:
    """One command of the transcript: under which heading, what was sent, and what came back."""

    heading: str
    command: Message
    told: Told


@dataclass
class Project:
    """What a host keeps of a project: its id, and the key that it sends with every later command."""

    id: str
    key: str


@dataclass
class ConnectionHost:
    """Plays a host. `steps` is the transcript of all it did."""

    door: Door
    http: httpx.Client
    first_id: str
    second_id: str
    steps: list[Step] = field(default_factory=list)
    heading: str = ""

    def send(self, command: Message, project: Project | None = None, **options: Any) -> Any:
        """The result of a command, as the project's key sends it; without one as the admin's does."""
        credentials = {"project": project.id, "key": project.key} if project else {"key": ADMIN_KEY}
        told = self.door.execute(command, **credentials, **options)
        self.steps.append(Step(self.heading, command, told))
        return told.result

    # --- the sequences

    def play(self) -> None:
        """Everything, from an empty installation back to one."""
        for heading, sequence in self._sequences():
            self.heading = heading
            sequence()

    def _sequences(self) -> Sequence[tuple[str, Callable[[], None]]]:
        return (
            ("Make the store ready and create a project", self.create_project),
            ("Create a bucket, and a table from a CSV file", self.load_table),
            ("Look at the table", self.look),
            ("Load changes", self.load_changes),
            ("Change the table", self.change_table),
            ("Transform in a workspace", self.transform),
            ("Export a table", self.export),
            ("Share a bucket with another project", self.share),
            ("Work in a dev branch", self.branch),
            ("Profile, travel in time, make a view", self.describe),
            ("Delete rows, tables, buckets and projects", self.clean_up),
        )

    def create_project(self) -> None:
        self.send(InitBackendCommand())
        self.one = self._new_project(self.first_id)

    def _new_project(self, project_id: str) -> Project:
        created = self.send(CreateProjectCommand(stackPrefix="kbstore", projectId=project_id))
        assert created.projectUserName == f"project_{project_id}"
        assert created.projectDatabaseName == project_id
        return Project(project_id, created.projectPassword)

    def load_table(self) -> None:
        created = self.send(CreateBucketCommand(projectId=self.one.id, bucketId="in.c-sales"), self.one)
        self.bucket = created.createBucketObjectName
        assert self.bucket == "in_c_sales"
        columns = [
            TableColumnShared(name="id", type="INTEGER"),
            TableColumnShared(name="customer", type="VARCHAR", nullable=True),
            TableColumnShared(name="amount", type="DECIMAL", length="10,2", nullable=True),
            TableColumnShared(name="_timestamp", type="TIMESTAMP", nullable=True),
        ]
        self.send(
            CreateTableCommand(path=[self.bucket], tableName="orders", columns=columns, primaryKeysNames=["id"]),
            self.one,
        )
        loaded = self._import("24.orders.csv", ORDERS, Options.FULL)
        assert (loaded.importedRowsCount, loaded.tableRowsCount) == (3, 3)

    def _import(self, name: str, content: bytes, kind: Options.ImportType) -> Any:
        self._upload(name, content)
        command = TableImportFromFileCommand(
            fileProvider=Shared.HTTP,
            fileFormat=Shared.CSV,
            filePath=self._file(name),
            destination=Shared.Table(path=[self.bucket], tableName="orders"),
            importOptions=Options(
                timestampColumn="_timestamp",
                importType=kind,
                numberOfIgnoredLines=1,
                convertEmptyValuesToNullOnColumns=["amount"],
            ),
        )
        command.formatTypeOptions.Pack(CSV(columnsNames=["id", "customer", "amount"], delimiter=",", enclosure='"'))
        command.fileCredentials.Pack(Shared.S3Credentials())
        return self.send(command, self.one)

    def look(self) -> None:
        info = self.send(
            ObjectInfoCommand(path=[self.bucket, "orders"], expectedObjectType=ObjectType.TABLE), self.one
        ).tableInfo
        assert [column.name for column in info.columns] == ["id", "customer", "amount", "_timestamp"]
        assert (info.rowsCount, list(info.primaryKeysNames)) == (3, ["id"])
        assert self._preview("orders", order_by="id") == [
            ["1", "Ann", "10.50"],
            ["2", "Bob", "20.00"],
            ["3", "Eve", None],
        ]

    def _preview(self, table: str, *, order_by: str, bucket: str | None = None, project: Project | None = None) -> Any:
        command = PreviewTableCommand(
            path=[bucket or self.bucket], tableName=table, columns=["id", "customer", "amount"]
        )
        command.orderBy.add(columnName=order_by)
        preview = self.send(command, project or self.one)
        return [[_text(column.value) for column in row.columns] for row in preview.rows]

    def load_changes(self) -> None:
        loaded = self._import("25.orders.csv", MORE_ORDERS, Options.INCREMENTAL)
        assert (loaded.importedRowsCount, loaded.tableRowsCount) == (2, 4)
        assert self._preview("orders", order_by="id")[1] == ["2", "Bob", "25.00"]

    def change_table(self) -> None:
        table = {"path": [self.bucket], "tableName": "orders"}
        note = TableColumnShared(name="note", type="VARCHAR", nullable=True)
        self.send(AddColumnCommand(**table, columnDefinition=note), self.one)
        wider = TableColumnShared(name="amount", type="DECIMAL", length="12,2", nullable=True)
        self.send(AlterColumnCommand(**table, desiredDefiniton=wider, attributesToUpdate=["length"]), self.one)

    def transform(self) -> None:
        login = self.send(
            CreateWorkspaceCommand(projectId=self.one.id, workspaceId="77", isBranchDefault=True), self.one
        )
        workspace = login.workspaceObjectName
        load = LoadTableToWorkspaceCommand(
            source=LoadTableToWorkspaceCommand.SourceTableMapping(path=[self.bucket], tableName="orders"),
            destination=Shared.Table(path=[workspace], tableName="orders"),
        )
        self.send(load, self.one)
        query = "CREATE TABLE totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer"
        self._query(workspace, query)
        rows = self._query(workspace, "SELECT count(*) AS customers FROM totals").data.rows
        assert rows[0].fields["customers"] == "4"
        self._unload(workspace)
        self.send(DropWorkspaceCommand(workspaceObjectName=workspace, isCascade=True), self.one)

    def _query(self, workspace: str, text: str) -> Any:
        command = ExecuteQueryCommand(pathRestriction=[self.one.id, workspace], query=text)
        command.snowflakeRole.roleName = f"role_{workspace}"
        answer = self.send(command, self.one)
        assert answer.status == ExecuteQueryResponse.Success, answer.message
        return answer

    def _unload(self, workspace: str) -> None:
        """Output mapping: a workspace's table is the source of an import into storage."""
        columns = [
            TableColumnShared(name="customer", type="VARCHAR", nullable=True),
            TableColumnShared(name="total", type="DECIMAL", length="38,2", nullable=True),
        ]
        self.send(CreateTableCommand(path=[self.bucket], tableName="totals", columns=columns), self.one)
        unload = TableImportFromTableCommand(
            source=TableImportFromTableCommand.SourceTableMapping(path=[workspace], tableName="totals"),
            destination=Shared.Table(path=[self.bucket], tableName="totals"),
            importOptions=Options(importType=Options.FULL, importStrategy=Options.USER_DEFINED_TABLE),
        )
        assert self.send(unload, self.one).tableRowsCount == 4

    def export(self) -> None:
        command = TableExportToFileCommand(
            source=Shared.Table(path=[self.bucket], tableName="totals"),
            fileProvider=Shared.HTTP,
            filePath=self._file("26.totals.csv"),
            exportOptions=Shared.ExportOptions(columnsToExport=["customer", "total"]),
        )
        command.exportOptions.orderBy.add(columnName="customer")
        assert self.send(command, self.one).tableInfo.rowsCount == 4
        assert b'"Ann",10.50' in self._exported("26.totals.csv")

    def _exported(self, name: str) -> bytes:
        """The bytes of an export: one file, or what its manifest lists."""
        whole = self._download(name)
        if whole is not None:
            return whole
        manifest = self._download(f"{name}manifest")
        assert manifest is not None, "neither a file nor a manifest"
        entries = httpx.Response(200, content=manifest).json()["entries"]
        bucket = f"s3://project_{self.one.id}/{self._prefix}/"
        slices = [self._download(entry["url"].removeprefix(bucket)) for entry in entries]
        return b"".join(part for part in slices if part is not None)

    def share(self) -> None:
        self.two = self._new_project(self.second_id)
        shared = self.send(
            ShareBucketCommand(sourceProjectId=self.one.id, sourceBucketObjectName=self.bucket), self.one
        ).bucketShareRoleName
        link = LinkBucketCommand(targetProjectId=self.two.id, targetBucketId="in.c-linked", sourceShareRoleName=shared)
        linked = self.send(link, self.two).linkedBucketObjectName
        assert len(self._preview("orders", order_by="id", bucket=linked, project=self.two)) == 4
        self.send(UnlinkBucketCommand(bucketObjectName=linked, sourceShareRoleName=shared), self.two)
        self.send(UnshareBucketCommand(bucketObjectName=self.bucket, bucketShareRoleName=shared), self.one)

    def branch(self) -> None:
        role = self.send(CreateDevBranchCommand(projectId=self.one.id, branchId="9001"), self.one)
        path = [self.one.id, "9001", self.bucket]
        deletion = DeleteTableRowsCommand(path=path, tableName="orders")
        deletion.whereFilters.add(columnsName="id", operator=Shared.TableWhereFilter.gt, values=["1"])
        left = self.send(deletion, self.one)
        assert (left.deletedRowsCount, left.tableRowsCount) == (3, 1)
        assert len(self._preview("orders", order_by="id")) == 4
        self.send(DropDevBranchCommand(devBranchReadOnlyRoleName=role.devBranchReadOnlyRoleName), self.one)

    def describe(self) -> None:
        profile = self.send(CreateProfileTableCommand(path=[self.bucket], tableName="orders"), self.one)
        assert [column.name for column in profile.columns][:2] == ["id", "customer"]
        travel = CreateTableFromTimeTravelCommand(
            source=CreateTableFromTimeTravelCommand.SourceTableMapping(path=[self.bucket], tableName="totals"),
            destination=Shared.Table(path=[self.bucket], tableName="totals_before"),
            timestamp=self.now(),
        )
        assert self.send(travel, self.one).tableInfo.rowsCount == 4
        view = CreateViewCommand(path=[self.bucket], viewName="large_orders", sourceTableName="orders")
        view.whereFilters.add(columnsName="amount", operator=Shared.TableWhereFilter.ge, values=["20"])
        self.send(view, self.one)
        listed = self.send(
            ObjectInfoCommand(path=[self.one.id, self.bucket], expectedObjectType=ObjectType.SCHEMA), self.one
        )
        names = [(one.objectName, one.objectType) for one in listed.schemaInfo.objects]
        assert ("large_orders", ObjectType.VIEW) in names

    def now(self) -> int:
        """The server's clock, in seconds: what happened until now is before it."""
        return int(time.time())

    def clean_up(self) -> None:
        self.send(DropTableCommand(path=[self.bucket], tableName="large_orders"), self.one)
        self.send(DropTableCommand(path=[self.bucket], tableName="totals"), self.one)
        self.send(DropBucketCommand(bucketObjectName=self.bucket, isCascade=True), self.one)
        for project in (self.one, self.two):
            self.send(DropProjectCommand(projectDatabaseName=project.id))
        self.send(RemoveBackendCommand())

    # --- files

    @property
    def _prefix(self) -> str:
        return f"exp-15/{self.one.id}/files/2026/11/21"

    def _file(self, name: str) -> Shared.FilePath:
        return Shared.FilePath(root=f"project_{self.one.id}", path=self._prefix, fileName=name)

    def _signed(self, method: str, name: str) -> str:
        reply = self.http.post(
            f"/s3/project_{self.one.id}/presign",
            json={"key": f"{self._prefix}/{name}", "method": method},
            headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        )
        reply.raise_for_status()
        # The public address is a setting; this client reaches the server at another one.
        return httpx.URL(reply.json()["url"]).raw_path.decode()

    def _upload(self, name: str, content: bytes) -> None:
        self.http.put(self._signed("PUT", name), content=content).raise_for_status()

    def _download(self, name: str) -> bytes | None:
        reply = self.http.get(self._signed("GET", name))
        if reply.status_code == 404:
            return None
        reply.raise_for_status()
        return reply.content


def _text(value: Any) -> str | None:
    """A preview's value as text: numbers come as numbers through the bridge and as text over gRPC."""
    kind = value.WhichOneof("kind")
    if kind == "null_value":
        return None
    return f"{value.number_value:g}" if kind == "number_value" else str(value.string_value)
