"""The console's pages of workspaces."""

from workspaces.admin import queries, sessions

__all__ = ["queries", "sessions"]
