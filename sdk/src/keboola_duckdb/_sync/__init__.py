# Written by generate_sync.py from _async/__init__.py: change that and run it again.

"""The client to await, and the source of the other: generate_sync.py writes _sync from these modules."""
