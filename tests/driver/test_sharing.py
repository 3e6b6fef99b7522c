"""ShareBucket, UnshareBucket, LinkBucket, UnlinkBucket, and buckets that a host registers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf.message import Message

from storage.driver.generated.bucket_pb2 import (
    CreateBucketCommand,
    GrantBucketAccessToReadOnlyRoleCommand,
    LinkBucketCommand,
    RevokeBucketAccessFromReadOnlyRoleCommand,
    ShareBucketCommand,
    UnlinkBucketCommand,
    UnshareBucketCommand,
)
from storage.driver.generated.info_pb2 import ListSchemasCommand, ObjectInfoCommand, ObjectType
from storage.driver.generated.table_pb2 import CreateTableCommand, DropTableCommand, TableColumnShared
from tests.cast import Person, Server
from tests.driver.conftest import HostProject, make_host
from tests.driver.doors import Door, Refused
from tests.live_server import ADMIN_KEY

Grant = GrantBucketAccessToReadOnlyRoleCommand
Revoke = RevokeBucketAccessFromReadOnlyRoleCommand


@pytest.fixture
def target(driver_server: Server, door: Door) -> HostProject:
    return make_host(driver_server, door)


@pytest.fixture
def role(host: HostProject) -> str:
    """The handle of `in_c_sales`, which is not shared yet and has the table `t`."""
    host.execute(CreateTableCommand(path=["in_c_sales"], tableName="t", columns=[TableColumnShared(name="a")]))
    return f"share_{host.id}_in_c_sales"


def share(host: HostProject, **fields: str) -> str:
    fields = fields or {"sourceBucketObjectName": "in_c_sales"}
    return host.execute(ShareBucketCommand(sourceProjectId=host.id, **fields)).result.bucketShareRoleName


def link(target: HostProject, role: str, **options: object) -> str:
    command = LinkBucketCommand(targetProjectId=target.id, targetBucketId="linked.sales", sourceShareRoleName=role)
    return target.execute(command, **options).result.linkedBucketObjectName


def tables(host: HostProject, bucket: str) -> list[str]:
    told = host.execute(ObjectInfoCommand(path=[bucket], expectedObjectType=ObjectType.SCHEMA))
    return [one.objectName for one in told.result.schemaInfo.objects]


def status_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.status


def test_a_share_opens_a_bucket_to_whom_the_host_gives_its_handle(
    host: HostProject, target: HostProject, role: str
) -> None:
    assert status_of(lambda: link(target, role)) == "PERMISSION_DENIED"

    assert share(host) == role == share(host)
    assert link(target, role) == "linked_sales" == link(target, role)
    host.execute(CreateTableCommand(path=["in_c_sales"], tableName="u", columns=[TableColumnShared(name="a")]))

    assert tables(target, "linked_sales") == ["t", "u"]
    rest = target.person.get("/projects/{p}/branches/default/buckets/linked_sales/tables").json()
    assert [one["name"] for one in rest["tables"]] == ["t", "u"]
    for command in (
        DropTableCommand(path=["linked_sales"], tableName="t"),
        CreateTableCommand(path=["linked_sales"], tableName="v", columns=[TableColumnShared(name="a")]),
        ShareBucketCommand(sourceProjectId=target.id, sourceBucketObjectName="linked_sales"),
    ):
        assert status_of(lambda command=command: target.execute(command)) == "PERMISSION_DENIED"


def test_an_unshared_bucket_is_linked_no_more(host: HostProject, target: HostProject, role: str) -> None:
    share(host)
    link(target, role)
    for fields in ({}, {"bucketShareRoleName": role}):
        host.execute(UnshareBucketCommand(bucketObjectName="in.c-sales", **fields))

    assert "linked_sales" in target.execute(ListSchemasCommand()).result.schemas
    assert status_of(lambda: tables(target, "linked_sales")) == "PERMISSION_DENIED"
    assert status_of(lambda: link(target, role)) == "PERMISSION_DENIED"
    share(host)
    assert tables(target, "linked_sales") == ["t"]


def test_an_admin_links_without_a_share_and_only_that_target_reads(
    driver_server: Server, host: HostProject, target: HostProject, role: str
) -> None:
    third = make_host(driver_server, host.door)
    command = LinkBucketCommand(targetProjectId=target.id, targetBucketId="linked.sales", sourceShareRoleName=role)

    assert host.door.execute(command).result.linkedBucketObjectName == "linked_sales"
    assert tables(target, "linked_sales") == ["t"]
    assert status_of(lambda: link(third, role)) == "PERMISSION_DENIED"

    target.execute(UnlinkBucketCommand(bucketObjectName="linked.sales"))
    assert status_of(lambda: link(target, role)) == "PERMISSION_DENIED"


def test_unlinking_leaves_the_source_and_what_is_no_link(host: HostProject, target: HostProject, role: str) -> None:
    share(host)
    link(target, role)

    for _ in range(2):
        assert target.execute(UnlinkBucketCommand(bucketObjectName="linked_sales")).result is None
    assert target.execute(UnlinkBucketCommand(bucketObjectName="in_c_sales")).texts("Warning")

    assert target.execute(ListSchemasCommand()).result.schemas == ["in_c_sales"]
    assert tables(host, "in_c_sales") == ["t"]


def test_an_empty_bucket_links_too(host: HostProject, target: HostProject) -> None:
    role = share(host, sourceBucketId="in.c-sales")

    link(target, role)

    assert tables(target, "linked_sales") == []


def test_the_object_name_goes_before_an_id_that_means_nothing_here(host: HostProject) -> None:
    assert share(host, sourceBucketObjectName="in_c_sales", sourceBucketId="123").endswith("_in_c_sales")
    assert share(host, sourceBucketObjectName="no_such", sourceBucketId="in.c-sales").endswith("_in_c_sales")


@pytest.mark.parametrize(
    ("command", "status", "text"),
    [
        (ShareBucketCommand(sourceBucketId="b"), "INVALID_ARGUMENT", "sourceProjectId is required"),
        (
            ShareBucketCommand(sourceProjectId="p"),
            "INVALID_ARGUMENT",
            "sourceBucketId or sourceBucketObjectName is required",
        ),
        (ShareBucketCommand(sourceProjectId="nobody-x", sourceBucketId="b"), "NOT_FOUND", "not found"),
        (UnshareBucketCommand(), "INVALID_ARGUMENT", "bucketObjectName is required"),
        (
            UnshareBucketCommand(bucketObjectName="b"),
            "INVALID_ARGUMENT",
            "Credentials with project_id required for UnshareBucket",
        ),
        (
            UnlinkBucketCommand(bucketObjectName="b"),
            "INVALID_ARGUMENT",
            "Credentials with project_id required for UnlinkBucket",
        ),
        (LinkBucketCommand(), "INVALID_ARGUMENT", "targetProjectId is required"),
        (LinkBucketCommand(targetProjectId="p"), "INVALID_ARGUMENT", "targetBucketId is required"),
        (
            LinkBucketCommand(targetProjectId="p", targetBucketId="b"),
            "INVALID_ARGUMENT",
            "sourceShareRoleName is required",
        ),
        (
            LinkBucketCommand(targetProjectId="p", targetBucketId="b", sourceShareRoleName="invalid_format"),
            "INVALID_ARGUMENT",
            "Invalid sourceShareRoleName format: invalid_format",
        ),
        (
            LinkBucketCommand(targetProjectId="p", targetBucketId="b", sourceShareRoleName="share_nobody_in_c_x"),
            "NOT_FOUND",
            "Source bucket in_c_x not found in project nobody",
        ),
        (Grant(), "INVALID_ARGUMENT", "path or destinationObjectName is required"),
        (Revoke(), "INVALID_ARGUMENT", "bucketObjectName is required"),
    ],
)
def test_what_cannot_be_is_refused(door: Door, command: Message, status: str, text: str) -> None:
    with pytest.raises(Refused, match=text) as refused:
        door.execute(command)

    assert refused.value.status == status


def test_a_name_that_is_taken_links_nothing(host: HostProject, target: HostProject, role: str) -> None:
    share(host)
    command = LinkBucketCommand(targetProjectId=target.id, targetBucketId="in.c-sales", sourceShareRoleName=role)

    with pytest.raises(Refused, match=f"Bucket in_c_sales already exists in project {target.id}") as refused:
        target.execute(command)

    assert refused.value.status == "INVALID_ARGUMENT"


def test_access_is_granted_and_revoked_without_effect(door: Door, host: HostProject) -> None:
    assert door.execute(Grant(path=["in.c-sales"])).result.createBucketObjectName == "in_c_sales"
    assert host.execute(Grant(destinationObjectName="in.c-none")).result.createBucketObjectName == "in_c_none"
    for _ in range(2):
        assert door.execute(Revoke(bucketObjectName="in_c_none")).result is None
        assert host.execute(Revoke(bucketObjectName="in_c_sales")).result is None

    assert host.execute(ListSchemasCommand()).result.schemas == ["in_c_sales"]


def test_an_external_bucket_is_registered_by_admins_or_a_share(
    host: HostProject, target: HostProject, role: str
) -> None:
    command = Grant(path=[host.id, "in_c_sales"], destinationObjectName="out.c-external")
    assert status_of(lambda: target.execute(command)) == "PERMISSION_DENIED"

    share(host)
    for _ in range(2):
        assert target.execute(command).result.createBucketObjectName == "out_c_external"
    assert tables(target, "out_c_external") == ["t"]
    link(target, role)
    for name in ("out_c_external", "linked_sales"):
        target.execute(Revoke(bucketObjectName=name))

    assert target.execute(ListSchemasCommand()).result.schemas == ["in_c_sales", "linked_sales"]


def test_underscores_in_ids_do_not_confuse_handles(driver_server: Server, door: Door, target: HostProject) -> None:
    name = f"{target.id}_in"
    key = Person(driver_server, key=ADMIN_KEY).post("/projects", json={"id": name}).json()["api_key"]
    door.execute(CreateBucketCommand(projectId=name, bucketId="c_sales"), project=name, key=key)
    told = door.execute(ShareBucketCommand(sourceProjectId=name, sourceBucketId="c_sales"), project=name, key=key)

    # share_<target>_in_c_sales would be a bucket of the target itself, too.
    assert link(target, told.result.bucketShareRoleName) == "linked_sales"
