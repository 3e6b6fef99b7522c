"""The console's pages of storage; importing registers them."""

from storage.admin import (
    api_keys,
    branches,
    bucket_shares,
    buckets,
    events,
    explorer,
    export_page,
    file_preview,
    jobs,
    load,
    members,
    projects,
    tables,
)

__all__ = [
    "api_keys",
    "branches",
    "bucket_shares",
    "buckets",
    "events",
    "explorer",
    "export_page",
    "file_preview",
    "jobs",
    "load",
    "members",
    "projects",
    "tables",
]
