"""Noise on the wire of a session that has logged in, and neighbours that keep the machine busy."""

from __future__ import annotations

import os
import random
import struct
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.cast import Person
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace

Db = psycopg.Connection[Any]
KNOWN = b"QPBEDCHSdcfFX"
TEXTS = (b"SELECT 1", b"SELECT * FROM in_c_sales.orders", b"COPY t FROM STDIN", b"BEGIN", b"", b"\xff\xfe", b"'", b"$1")


def noise(chance: random.Random) -> bytes:
    """A message that is wrong in one of many ways: type, length, end, counts, text."""
    kind = bytes([chance.choice(KNOWN)]) if chance.random() < 0.9 else chance.randbytes(1)
    parts = [chance.choice(TEXTS) + b"\0" * chance.randrange(3), chance.randbytes(chance.randrange(30))]
    parts += [
        struct.pack("!h", chance.choice((-1, 0, 1, 2, 32767))),
        struct.pack("!i", chance.choice((-1, 0, 1, 2**31 - 1))),
    ]
    chance.shuffle(parts)
    payload = b"".join(parts[: chance.randrange(5)])
    length = len(payload) + 4
    if chance.random() < 0.1:
        length += chance.choice((-4, -1, 1, 5, 1000))
    return kind + struct.pack("!i", length) + payload


@pytest.mark.parametrize("seed", range(3))
def test_random_messages_harm_nobody(login: Login, db: Db, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same noise each time
    for _ in range(15):
        connection = login.connect()
        with suppress(OSError):
            for _ in range(chance.randrange(1, 12)):
                os.write(connection.fileno(), noise(chance))
        connection.close()
    assert db.execute("SELECT count(*) FROM in_c_sales.orders").fetchone() == (3,)


def test_sessions_that_broke_off_leave_nothing_behind(login: Login, db: Db) -> None:
    for cut in range(1, 30):
        connection = login.connect()
        statement = b"P\0\0\0\x20s\0SELECT 1\0\0\0B\0\0\0\x10\0s\0\0\0\0\0\0\0"
        os.write(connection.fileno(), statement[:cut])
        os.close(os.dup(connection.fileno()))
        connection.close()
    deadline = time.monotonic() + 20
    while True:
        try:
            opened = [login.connect() for _ in range(15)]
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            continue
        break
    for connection in opened:
        connection.close()
    assert db.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture
def neighbour(sql: SqlServer, ana: tuple[Person, Login]) -> Login:
    return make_workspace(sql, ana[0])


def test_another_workspace_is_served_beside_heavy_work(neighbour: Login, db: Db) -> None:
    stop = threading.Event()

    def work() -> None:
        with neighbour.connect() as heavy:
            heavy.execute("SET statement_timeout = '10s'")
            while not stop.is_set():
                with suppress(psycopg.errors.QueryCanceled):
                    heavy.execute("SELECT count(DISTINCT hash(range)) FROM range(500000)")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        seconds = []
        for _ in range(50):
            started = time.monotonic()
            db.execute("SELECT 1")
            seconds.append(time.monotonic() - started)
            time.sleep(0.02)
        assert sorted(seconds)[47] < 0.5
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
