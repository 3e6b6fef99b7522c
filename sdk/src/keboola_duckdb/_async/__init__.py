"""The client to await, and the source of the other: generate_sync.py writes _sync from these modules."""
