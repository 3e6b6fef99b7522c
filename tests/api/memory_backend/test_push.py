"""Push and diff of branches over REST, as with the file backend."""

from tests.api.storage.test_branch_push_diff import *  # noqa: F403 - the same tests
