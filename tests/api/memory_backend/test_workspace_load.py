"""Tables loaded into workspaces, as with the file backend."""

from tests.api.workspaces.test_load import TestDestination, TestRowsAndColumns, TestSource, filled, workspace  # noqa: F401 - the same tests
