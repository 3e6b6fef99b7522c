"""Profiles of tables: what the rows of each column look like, and what that says about their quality."""

from storage.engine.profile.rows import profile_rows

__all__ = ["profile_rows"]
