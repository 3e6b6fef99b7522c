"""Rare types over REST, as with the file backend."""

from tests.api.storage.test_exotic_types import *  # noqa: F403 - the same tests
