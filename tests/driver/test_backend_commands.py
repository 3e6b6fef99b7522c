from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct

from storage.driver.generated.backend_pb2 import InitBackendCommand, InitBackendResponse, RemoveBackendCommand
from storage.driver.generated.bucket_pb2 import CreateBucketCommand
from tests.driver.conftest import HostProject
from tests.driver.doors import Door, Refused


def test_init_says_first_that_the_backend_is_initialized(door: Door) -> None:
    told = door.execute(InitBackendCommand())

    assert isinstance(told.result, InitBackendResponse)
    level, text = told.messages[0]
    assert level == "Info"
    assert "initialized" in text.lower()


def test_remove_has_no_result_and_a_message(door: Door) -> None:
    told = door.execute(RemoveBackendCommand())

    assert told.result is None
    assert told.texts()


@pytest.mark.parametrize("command", [InitBackendCommand(), RemoveBackendCommand()])
def test_a_project_key_may_not_touch_the_backend(host: HostProject, command: object) -> None:
    with pytest.raises(Refused) as refused:
        host.execute(command)

    assert refused.value.status == "PERMISSION_DENIED"


def test_a_bucket_gets_its_object_name(host: HostProject) -> None:
    told = host.execute(CreateBucketCommand(projectId=host.id, bucketId="in.c-new-bucket"))

    assert told.result.createBucketObjectName == "in_c_new_bucket"
    assert list(told.result.path) == [host.id, "in_c_new_bucket"]


def test_over_grpc_init_tells_what_the_backend_can_do(grpc_door: Door) -> None:
    told = Struct()
    assert grpc_door.execute(InitBackendCommand()).result.meta.Unpack(told)

    assert told["capabilities"]["name"] == "duckdb"
    assert told["capabilities"]["devBranches"] is True
