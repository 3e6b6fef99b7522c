"""Changes of shape over REST, as with the file backend."""

from tests.api.storage.test_columns import *  # noqa: F403 - the same tests
