"""The console's pages of workspaces."""

from workspaces.admin import queries, sessions, sql_answers, sql_console, workspace_parts, workspaces

__all__ = ["queries", "sessions", "sql_answers", "sql_console", "workspace_parts", "workspaces"]
