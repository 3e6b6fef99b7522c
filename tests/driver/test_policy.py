"""What a door may differ in is one value of its own; handlers do not know which door they work for."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.table_pb2 import CreateTableCommand, TableColumnShared
from storage.driver.policy import LEGACY, REFERENCE
from tests.driver.conftest import HostProject

DRIVER = Path(__file__).resolve().parents[2] / "storage" / "driver"


def test_the_profiles_differ_in_every_member() -> None:
    assert all(getattr(LEGACY, field.name) != getattr(REFERENCE, field.name) for field in fields(LEGACY))


@pytest.mark.parametrize("module", sorted((DRIVER / "commands").glob("*.py")), ids=lambda path: path.stem)
def test_handlers_name_neither_a_profile_nor_a_door(module: Path) -> None:
    text = module.read_text()

    assert not any(word in text for word in ("LEGACY", "REFERENCE", "policy.name", "driver.rpc", "driver.bridge"))


@pytest.mark.parametrize("flag", ["driver-profile-legacy", "driver-profile-reference"])
def test_a_call_does_not_choose_its_profile(host: HostProject, flag: str) -> None:
    command = CreateTableCommand(path=["in_c_sales"], tableName="t", columns=[TableColumnShared(name="a")])
    told = host.execute(command, features=[flag])

    assert (told.result is not None) == (host.door.name == "grpc")
    assert host.door.execute(InitBackendCommand(), features=[flag]).messages
