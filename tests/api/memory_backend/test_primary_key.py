"""Primary keys over REST, as with the file backend."""

from tests.api.storage.test_primary_key import *  # noqa: F403 - the same tests
