"""The console's pages of workspaces."""

from workspaces.admin import queries, sessions, sql_answers, sql_console, sql_job, workspace_parts, workspaces

__all__ = ["queries", "sessions", "sql_answers", "sql_console", "sql_job", "workspace_parts", "workspaces"]
