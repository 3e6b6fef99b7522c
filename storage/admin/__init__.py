"""The console's pages of storage; importing registers them."""

from storage.admin import api_keys, buckets, events, jobs, projects, tables

__all__ = ["api_keys", "buckets", "events", "jobs", "projects", "tables"]
