"""The catalog's tables of files."""

from files.models.file import File, FileState

__all__ = ["File", "FileState"]
