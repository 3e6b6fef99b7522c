"""Shapes of projects."""

from __future__ import annotations

from typing import Any

from kbstore.rest.schema import Description, FreeForm, Page, Reply, RequestModel, Text, Timestamp
from storage.models import Project


class ProjectCreateRequest(RequestModel):
    id: str
    name: Description | None = None
    settings: FreeForm | None = None


class ProjectUpdateRequest(RequestModel):
    name: Description | None = None
    settings: FreeForm | None = None


class ProjectsQuery(Page):
    status: Text | None = None


class ProjectReply(Reply):
    id: str
    name: str | None
    db_path: str
    created_at: Timestamp | None
    updated_at: Timestamp | None
    size_bytes: int
    table_count: int
    bucket_count: int
    status: str
    settings: dict[str, Any] | None

    @classmethod
    def fields_of(cls, project: Project) -> dict[str, Any]:
        """From a row of `catalog.projects_with_numbers`; a new project has no numbers yet."""
        own = {
            name: getattr(project, name) for name in ("id", "name", "created_at", "updated_at", "status", "settings")
        }
        numbers = {name: getattr(project, name, 0) for name in ("size_bytes", "table_count", "bucket_count")}
        return own | numbers | {"db_path": project.directory_name}

    @classmethod
    def of(cls, project: Project) -> ProjectReply:
        return cls(**cls.fields_of(project))


class ProjectCreatedReply(ProjectReply):
    api_key: str


class ProjectsReply(Reply):
    projects: list[ProjectReply]
    total: int


class ProjectStatsReply(Reply):
    id: str
    size_bytes: int
    table_count: int
    bucket_count: int
