"""Snapshots over REST, as with the file backend."""

from tests.api.storage.test_snapshots import *  # noqa: F403 - the same tests
