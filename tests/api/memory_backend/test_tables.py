"""Tables over REST, as with the file backend."""

from tests.api.storage.test_tables import *  # noqa: F403 - the same tests
