"""A server with both doors open for all driver tests of a worker, and a project of its own for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from tests.cast import Person, Server, start_server
from tests.driver.doors import BridgeDoor, Door, GrpcDoor, Told


@pytest.fixture(scope="session")
def driver_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("driver"), GRPC_ENABLED="true")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def grpc_door(driver_server: Server) -> GrpcDoor:
    return GrpcDoor(driver_server)


@pytest.fixture(scope="session")
def bridge(driver_server: Server) -> BridgeDoor:
    return BridgeDoor(driver_server)


@pytest.fixture(params=["grpc", "bridge"])
def door(request: pytest.FixtureRequest, grpc_door: GrpcDoor, bridge: BridgeDoor) -> Door:
    """Each rule that is no difference of the profiles holds at both doors."""
    return grpc_door if request.param == "grpc" else bridge


@dataclass
class HostProject:
    """A project with the bucket `in_c_sales`, and the key that its host sends with every command."""

    id: str
    key: str
    door: Door
    person: Person
    bucket: str = "in_c_sales"

    def execute(self, command: object, **options: object) -> Told:
        return self.door.execute(command, **({"project": self.id, "key": self.key} | options))  # type: ignore[arg-type]


@pytest.fixture
def host(driver_server: Server, door: Door) -> HostProject:
    """A fresh project, driven through the door."""
    return make_host(driver_server, door)


def make_host(server: Server, door: Door) -> HostProject:
    project_id = f"p{uuid.uuid4().hex[:10]}"
    admin = Person(server, key="tests-admin-key")
    reply = admin.post("/projects", json={"id": project_id})
    reply.raise_for_status()
    key = reply.json()["api_key"]
    host = HostProject(project_id, key, door, Person(server, key=key, project_id=project_id))
    host.execute(CreateBucketCommand(projectId=project_id, bucketId="in.c-sales"))
    return host
