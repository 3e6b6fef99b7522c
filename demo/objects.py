"""The S3 endpoint in the demo: a table becomes an object, and an S3 client reads it where it lies."""

from __future__ import annotations

from typing import Any

import pyarrow.fs
import pyarrow.parquet as pq
from rich.console import Console

from demo.api import Api, ApiFailure

KEY = "analytics/flights.parquet"
COLUMNS = ("carrier", "arr_delay")


def share(console: Console, api: Api, *, project: str, tables_path: str, port: int, rows: int) -> dict[str, Any]:
    """Export flights to the project's bucket and read two columns of it over S3; returns the credential."""
    credential: dict[str, Any] = api.call(
        "POST", f"/projects/{project}/s3-credentials", {"description": "demo", "read_only": True}
    )
    order = {"format": "parquet", "compression": "zstd", "target_url": f"s3://{credential['bucket']}/{KEY}"}
    api.call("POST", f"{tables_path}/flights/export", order)
    store = pyarrow.fs.S3FileSystem(
        access_key=credential["access_key_id"],
        secret_key=credential["secret_access_key"],
        endpoint_override=f"127.0.0.1:{port}",
        scheme="http",
        region=credential["region"],
    )
    place = f"{credential['bucket']}/{KEY}"
    found = pq.read_table(place, filesystem=store, columns=list(COLUMNS))
    if found.num_rows != rows:
        raise ApiFailure(f"rows of s3://{place}: expected {rows}, found {found.num_rows}.")
    size = store.get_file_info(place).size
    console.print(f"  s3://{place}: {size / 1e6:.1f} MB, {rows:,} rows read by pyarrow with a read-only credential")
    return credential
