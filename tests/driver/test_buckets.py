"""CreateBucket, DropBucket and ListSchemas."""

from __future__ import annotations

import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand, DropBucketCommand, LinkBucketCommand
from storage.driver.generated.info_pb2 import ListSchemasCommand, ObjectInfoCommand, ObjectType
from storage.driver.generated.project_pb2 import CreateDevBranchCommand
from storage.driver.generated.table_pb2 import CreateTableCommand, TableColumnShared
from tests.cast import Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import CONFLICTS, Refused


def make_table(host: HostProject, *path: str, name: str = "t") -> None:
    columns = [TableColumnShared(name="a")]
    host.execute(CreateTableCommand(path=path or ["in_c_sales"], tableName=name, columns=columns))


def schemas(host: HostProject) -> list[str]:
    return list(host.execute(ListSchemasCommand()).result.schemas)


def drop(host: HostProject, name: str = "in_c_sales", **options: bool) -> list[str]:
    """The warnings."""
    told = host.execute(DropBucketCommand(bucketObjectName=name, **options))
    assert told.result is None
    return told.texts("Warning")


def test_the_same_bucket_again_is_the_same(host: HostProject) -> None:
    command = CreateBucketCommand(projectId=host.id, bucketId="in.c-new-bucket")
    told = [host.execute(command) for _ in range(2)]

    assert told[0].result == told[1].result
    assert told[1].texts("Warning")
    assert schemas(host) == ["in_c_new_bucket", "in_c_sales"]


def test_two_ids_never_share_a_bucket(host: HostProject) -> None:
    host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-a_b"))

    with pytest.raises(Refused, match="already exists") as refused:
        host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-a-b"))

    assert refused.value.status in CONFLICTS[:2]
    host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-a_b"))


def test_a_bucket_of_rest_takes_the_first_id(host: HostProject) -> None:
    host.person.make_bucket("in_c_rest")

    assert host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-rest")).texts("Warning")
    with pytest.raises(Refused):
        host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c.rest"))


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"bucketId": "in.c-x"}, "INVALID_ARGUMENT", "projectId is required"),
        ({"projectId": "nobody-x"}, "INVALID_ARGUMENT", "bucketId is required"),
        ({"projectId": "nobody-x", "bucketId": "in.c-x"}, "NOT_FOUND", "Project nobody-x not found"),
        ({"projectId": "{project}", "bucketId": "in.c-x", "branchId": "nope"}, "NOT_FOUND", "nope"),
        ({"projectId": "{project}", "bucketId": "_internal"}, "INVALID_ARGUMENT", "bucket name"),
        ({"projectId": "{project}", "bucketId": "a/../b"}, "INVALID_ARGUMENT", "bucket name"),
    ],
)
def test_a_bucket_needs_a_place_and_a_name(host: HostProject, fields: dict[str, str], status: str, text: str) -> None:
    fields = {name: value.format(project=host.id) for name, value in fields.items()}
    with pytest.raises(Refused) as refused:
        host.door.execute(CreateBucketCommand(**fields))

    assert refused.value.status == status
    assert text in refused.value.message


def test_a_bucket_with_tables_goes_only_with_them(host: HostProject) -> None:
    make_table(host)

    with pytest.raises(Refused, match="is not empty") as refused:
        drop(host)
    assert refused.value.status == "INVALID_ARGUMENT"
    assert any("is not empty" in text for text in drop(host, ignoreErrors=True))
    assert schemas(host) == ["in_c_sales"]

    assert drop(host, isCascade=True) == []
    assert schemas(host) == []
    assert drop(host)


def test_dropping_needs_a_name_and_a_project(host: HostProject) -> None:
    for command, text in (
        (DropBucketCommand(), "bucketObjectName is required"),
        (DropBucketCommand(bucketObjectName="b"), "Credentials with project_id required for DropBucket"),
    ):
        with pytest.raises(Refused) as refused:
            host.door.execute(command)
        assert (refused.value.status, refused.value.message) == ("INVALID_ARGUMENT", text)


def test_a_linked_bucket_goes_only_with_its_links(driver_server: Server, host: HostProject) -> None:
    other = make_host(driver_server, host.door)
    make_table(host)
    role = f"share_{host.id}_in_c_sales"
    link = LinkBucketCommand(targetProjectId=other.id, targetBucketId="in.c-linked", sourceShareRoleName=role)
    host.door.execute(link)
    assert schemas(other) == ["in_c_linked", "in_c_sales"]
    host.person.delete("/projects/{p}/branches/default/buckets/in_c_sales/tables/t")

    with pytest.raises(Refused) as refused:
        drop(host)
    assert refused.value.status in ("FAILED_PRECONDITION", "CONFLICT")
    drop(host, isCascade=True)

    assert schemas(other) == ["in_c_sales"]


def test_a_bucket_of_a_branch_is_named_after_it_where_hosts_expect_that(host: HostProject) -> None:
    host.execute(CreateDevBranchCommand(projectId=host.id, branchId="42"))
    make_table(host, name="of_main")
    create = CreateBucketCommand(projectId=host.id, bucketId="in.c-sales", branchId="42")

    created = host.execute(create).result
    assert list(created.path) == [host.id, "42", "in_c_sales"]
    default = CreateBucketCommand(projectId=host.id, bucketId="in.c-sales", branchId="42", isBranchDefault=True)
    assert host.execute(default).result.createBucketObjectName == "in_c_sales"
    if host.door.name == "bridge":
        assert created.createBucketObjectName == "in_c_sales"
        return
    assert created.createBucketObjectName == "42_in_c_sales"
    make_table(host, "42_in_c_sales", name="of_branch")
    assert tables(host, "42_in_c_sales") == ["of_branch", "of_main"]

    drop(host, "42_in_c_sales", isCascade=True)

    assert tables(host, "42_in_c_sales") == tables(host, "in_c_sales") == ["of_main"]


def tables(host: HostProject, *path: str) -> list[str]:
    told = host.execute(ObjectInfoCommand(path=path, expectedObjectType=ObjectType.SCHEMA))
    return [one.objectName for one in told.result.schemaInfo.objects]
