"""Views of buckets in the SQL of hosts and workspaces, through links and in dev branches."""

from __future__ import annotations

import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand, LinkBucketCommand, ShareBucketCommand
from storage.driver.generated.info_pb2 import ObjectType
from storage.driver.generated.project_pb2 import CreateDevBranchCommand
from storage.driver.generated.table_pb2 import DeleteTableRowsCommand, DropTableCommand, PreviewTableCommand
from storage.driver.generated.workspace_pb2 import CreateWorkspaceCommand, LoadTableToWorkspaceCommand
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import Refused
from tests.driver.people import CSV, make_people
from tests.driver.test_execute_query import failure, rows, run
from tests.driver.test_views import RICH, Options, Where, info, objects, preview, view_of


def names(host: HostProject, sql: str, *path: str) -> list[str]:
    return [row["name"] for row in rows(run(host, sql, *path))]


def test_queries_read_views_like_tables(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(columns=["name", "amount"], filters=[RICH]))

    assert names(host, "SELECT name FROM in_c_sales.rich", host.id) == ["Bob"]
    assert names(host, "SELECT r.name FROM rich r JOIN people USING (name)", host.id, "in_c_sales") == ["Bob"]
    assert "id" in failure(run(host, "SELECT id FROM in_c_sales.rich", host.id))
    assert failure(run(host, "DELETE FROM in_c_sales.rich", host.id))
    columns = rows(
        run(host, "SELECT column_name FROM information_schema.columns WHERE table_name = 'rich' ORDER BY 1", host.id)
    )
    assert [row["column_name"] for row in columns] == ["amount", "name"]


def test_sessions_see_changes_of_a_view_and_of_its_source(host: HostProject) -> None:
    make_people(host)
    host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="4711"))
    host.execute(view_of(filters=[RICH]))
    count = "SELECT count(*) AS name FROM in_c_sales.rich"
    assert names(host, count, host.id, "4711") == ["1"]

    host.execute(view_of(columns=["name"]))
    assert names(host, count, host.id, "4711") == ["3"]
    options = {"delimiter": ",", "quote": '"', "escape": '"'}
    more = CSV.replace("Cyril", "Dana")
    host.person.load(more, "people", bucket="in_c_sales", csv_options=options, incremental=True)
    found = names(host, "SELECT name FROM in_c_sales.rich ORDER BY name", host.id, "4711")
    assert found.count("Dana") == 1
    host.execute(DropTableCommand(path=["in_c_sales"], tableName="people"))
    assert "rich" in failure(run(host, count, host.id, "4711"))
    make_people(host)
    assert names(host, count, host.id, "4711") == ["3"]
    host.execute(DropTableCommand(path=["in_c_sales"], tableName="rich"))
    assert "rich" in failure(run(host, count, host.id, "4711"))


def test_values_of_conditions_stay_values_in_sql(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(filters=[Where(columnsName="name", operator=Where.ne, values=["' OR 1=1 --", "a\"b'; DROP"])]))

    assert names(host, "SELECT name FROM in_c_sales.rich ORDER BY name", host.id) == ["Alice", "Bob", "Cyril"]


def test_a_view_is_loaded_into_a_workspace_as_rows_and_as_a_view(host: HostProject) -> None:
    make_people(host)
    host.execute(CreateWorkspaceCommand(projectId=host.id, workspaceId="4711"))
    host.execute(view_of(columns=["name", "amount"], filters=[RICH]))
    command = LoadTableToWorkspaceCommand(
        source={"path": [host.id, "in_c_sales"], "tableName": "rich"},
        destination={"path": ["4711"], "tableName": "copy"},
    )

    host.execute(command)
    command.destination.tableName = "seen"
    command.importOptions.importType = Options.VIEW
    host.execute(command)

    assert names(host, "SELECT name FROM copy", host.id, "4711") == ["Bob"]
    assert names(host, "SELECT name FROM seen", host.id, "4711") == ["Bob"]


def test_a_view_over_another_bucket_is_read_through_a_link_of_its_own(host: HostProject, driver_server: Server) -> None:
    make_people(host)
    host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-views"))
    host.execute(view_of(path=["in_c_views"], source_path=["in_c_sales"], filters=[RICH]))
    other = make_host(driver_server, host.door)
    role = host.execute(ShareBucketCommand(sourceProjectId=host.id, sourceBucketObjectName="in_c_views")).result
    other.execute(
        LinkBucketCommand(
            targetProjectId=other.id, targetBucketId="in.c-linked", sourceShareRoleName=role.bucketShareRoleName
        )
    )

    assert preview(other, path=["in_c_linked"], columns=["name"]) == [["Bob"]]
    assert names(other, "SELECT name FROM in_c_linked.rich", other.id) == ["Bob"]
    assert objects(other, other.id, "in_c_linked") == {"rich": "VIEW"}
    assert info(other, other.id, "in_c_linked", "rich").viewInfo.rowsCount == 1
    with pytest.raises(Refused) as refused:
        other.execute(view_of(name="mine", path=["in_c_linked"], source="rich"))
    assert refused.value.status == "PERMISSION_DENIED"
    with pytest.raises(Refused) as refused:
        other.execute(PreviewTableCommand(path=[host.id, "in_c_sales"], tableName="people"))
    assert refused.value.status == "PERMISSION_DENIED"


def test_a_branch_reads_views_of_main_over_its_own_tables_and_keeps_its_own(host: HostProject) -> None:
    make_people(host)
    host.execute(view_of(filters=[RICH]))
    host.execute(CreateDevBranchCommand(projectId=host.id, branchId="77"))
    branch = [host.id, "77", "in_c_sales"]
    assert len(preview(host, path=branch)) == 1

    deletion = Where(columnsName="name", values=["Bob"])
    host.execute(DeleteTableRowsCommand(path=branch, tableName="people", whereFilters=[deletion]))
    assert preview(host, path=branch) == []
    assert len(preview(host)) == 1
    assert names(host, "SELECT name FROM in_c_sales.rich", *branch[:2], "in_c_sales") == []

    host.execute(view_of(name="own", path=branch, columns=["name"]))
    assert preview(host, "own", path=branch) == [["Alice"], ["Cyril"]]
    assert names(host, "SELECT name FROM own ORDER BY name", *branch) == ["Alice", "Cyril"]
    with pytest.raises(Refused, match="Table not found"):
        preview(host, "own")
    assert objects(host, host.id, "in_c_sales") == {"people": "TABLE", "rich": "VIEW"}
    assert objects(host, *branch) == {"own": "VIEW", "people": "TABLE", "rich": "VIEW"}
    with pytest.raises(Refused, match="branch"):
        host.execute(DropTableCommand(path=branch, tableName="rich"))
    host.execute(view_of(path=branch, columns=["id"]))
    assert len(preview(host, path=branch)) == 2
    host.execute(DropTableCommand(path=branch, tableName="rich"))
    assert preview(host, path=branch) == []
    assert info(host, host.id, "in_c_sales", "rich").objectType == ObjectType.VIEW
