"""Tables loaded into workspaces, as with the file backend."""

from tests.api.workspaces.test_load import *  # noqa: F403 - the same tests
