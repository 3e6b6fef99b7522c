# Written by generate_sync.py from _async/projects.py: change that and run it again.

"""Projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keboola_duckdb._sync.resource import PAGE_ROWS, Resource, pages_of
from keboola_duckdb.calls import given
from keboola_duckdb.models.page import Page
from keboola_duckdb.models.projects import NewProject, Project, ProjectStats


class Projects(Resource):
    """`kb.projects`. Listing and creating need the admin key."""

    def list(self, *, status: str | None = None, limit: int | None = None, offset: int = 0) -> Page[Project]:
        return self._page(
            "GET",
            "/projects",
            into=Project,
            member="projects",
            query={"status": status},
            limit=limit,
            offset=offset,
        )

    def iterate(self, *, status: str | None = None, page_size: int = PAGE_ROWS) -> Iterator[Project]:
        """All projects, fetched page by page while you go."""
        return pages_of(lambda limit, offset: self.list(status=status, limit=limit, offset=offset), page_size=page_size)

    def create(self, project: str, *, name: str | None = None, settings: Mapping[str, Any] | None = None) -> NewProject:
        """A project and, in `api_key`, its first key, which is shown this once."""
        return self._call("POST", "/projects", into=NewProject, body=given(id=project, name=name, settings=settings))

    def get(self, project: str) -> Project:
        return self._call("GET", "/projects/{project_id}", into=Project, path={"project_id": project})

    def update(self, project: str, *, name: str | None = None, settings: Mapping[str, Any] | None = None) -> Project:
        """What is None stays as it is."""
        return self._call(
            "PUT",
            "/projects/{project_id}",
            into=Project,
            path={"project_id": project},
            body=given(name=name, settings=settings),
        )

    def delete(self, project: str) -> None:
        """The project and all that is in it."""
        self._call("DELETE", "/projects/{project_id}", path={"project_id": project})

    def stats(self, project: str) -> ProjectStats:
        return self._call("GET", "/projects/{project_id}/stats", into=ProjectStats, path={"project_id": project})
