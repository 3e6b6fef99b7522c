"""Shared tables over REST, as with the file backend."""

from tests.api.storage.test_linked_buckets import *  # noqa: F403 - the same tests
