"""A snapshot whose time is over is not seen any more, and the purge removes it with its file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.storage.test_snapshots import (
    ORDERS,
    SNAPSHOT,
    SNAPSHOTS,
    current_file,
    expire,
    file_of,
    gone_soon,
    listed,
    restore,
    take,
)
from tests.cast import TABLE, Person, error_of
from tests.live_server import manage


@pytest.mark.usefixtures("orders")
def test_expired_is_invisible_then_gone(alice: Person, admin: Person) -> None:
    alice.load("id,amount\n1,1\n", "orders").raise_for_status()
    kept = take(alice)
    alice.delete(TABLE, **ORDERS).raise_for_status()
    restore(alice, kept, target_table="copy").raise_for_status()
    pinned = file_of(alice, kept)
    copy = current_file(alice, "copy")
    for snapshot in listed(alice):
        expire(alice.server, snapshot["id"])
    assert alice.get(SNAPSHOTS).json() == {"snapshots": [], "total": 0}
    assert error_of(alice.get(SNAPSHOT, id=kept)) == (404, "snapshot_not_found")
    assert error_of(restore(alice, kept)) == (404, "snapshot_not_found")
    assert pinned.exists()

    report = manage(alice.server.data_dir, "purge")
    assert report.returncode == 0, report.stdout + report.stderr
    rows: list[tuple[Any, ...]] = alice.server.execute("SELECT id FROM storage_snapshot WHERE id = ?", kept)
    assert rows == []
    assert gone_soon(pinned)
    assert copy.exists()
    assert alice.rows("copy") == [(1, "1.00")]


@pytest.mark.usefixtures("orders")
def test_what_has_time_left_stays(alice: Person) -> None:
    alice.load("id,amount\n1,1\n", "orders").raise_for_status()
    expired, kept = take(alice), take(alice)
    alice.delete(TABLE, **ORDERS).raise_for_status()
    expire(alice.server, expired)
    assert manage(alice.server.data_dir, "purge").returncode == 0
    assert {snapshot["id"] for snapshot in listed(alice, type="manual")} == {kept}
    restore(alice, kept).raise_for_status()
    assert alice.rows("orders") == [(1, "1.00")]
