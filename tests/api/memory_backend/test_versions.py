"""The history of a table over REST, as with the file backend."""

from tests.api.storage.test_versions import *  # noqa: F403 - the same tests
