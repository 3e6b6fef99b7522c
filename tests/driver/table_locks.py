"""A table that somebody else writes, for as long as a test wants."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cast import Server


@contextmanager
def somebody_writes(server: Server, project_id: str, table: str) -> Iterator[None]:
    """As another process would hold its lock: whoever writes to the table waits."""
    ((table_id,),) = server.execute(
        "SELECT t.id FROM storage_table t JOIN storage_bucket b ON b.id = t.bucket_id "
        f"WHERE t.name = '{table}' AND t.branch_id IS NULL AND b.project_id = '{project_id}'"
    )
    name = hashlib.sha256(f"table-{table_id}".encode()).hexdigest()[:32] + ".lock"
    (server.data_dir / "_locks").mkdir(exist_ok=True)
    with (server.data_dir / "_locks" / name).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
