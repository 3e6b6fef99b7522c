"""Deletions over REST, as with the file backend."""

from tests.api.storage.test_delete_rows import *  # noqa: F403 - the same tests
