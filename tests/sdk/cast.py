"""Clients of the tests: a person's key in an SDK client, and what a closed server's disk holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from keboola_duckdb import AsyncClient, Client
from tests.cast import Person

T = TypeVar("T")
CLEAN_SECONDS = 10.0


def client_of(person: Person, *, url: str | None = None, **options: float) -> Client:
    """Close it, or use it with `with`. `url` is that of a proxy."""
    return Client(url or person.server.url, api_key=person.key, **options)


def async_client_of(person: Person, *, url: str | None = None, **options: float) -> AsyncClient:
    return AsyncClient(url or person.server.url, api_key=person.key, **options)


def until(condition: Callable[[], T | None], seconds: float = CLEAN_SECONDS) -> T:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not true within {seconds} s")


def is_untouched(person: Person) -> bool:
    """Whether the project has no file, no upload session, and the server's disk no bytes of an upload."""
    rows = person.server.execute("SELECT COUNT(*) FROM files_file WHERE project_id = ?", person.project_id)
    staged = [path for path in person.server.data_dir.rglob("*") if path.suffix in (".part", ".done")]
    return rows[0][0] == 0 and not staged
