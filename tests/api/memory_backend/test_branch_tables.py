"""Copy on write over REST, as with the file backend."""

from tests.api.storage.test_branch_tables import *  # noqa: F403 - the same tests
