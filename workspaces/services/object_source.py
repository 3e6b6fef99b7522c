"""A table or view of a workspace as the source of an import, a clone or a load."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from kbstore.access import Actor, Need
from storage.engine.import_specs import RelationSource
from storage.engine.monitor import Monitor
from storage.engine.native import NativeConnection
from storage.engine.row_conditions import check_selection
from storage.engine.workspace_description import DescribedObject, describe_object
from storage.engine.workspace_errors import translated_native_errors
from storage.engine.workspace_instance import WorkspaceInstance
from storage.engine.workspace_unload import UnloadOrder, storable_spec, unloaded, view_texts
from storage.services.row_source import OpenedRows, RowChoice, shape_of
from workspaces.errors import ObjectNotFound, WorkspaceNotFound
from workspaces.models import Workspace
from workspaces.pgcatalog.names import CATALOGS
from workspaces.services.find_workspace import branch_of
from workspaces.services.open_workspace import opened
from workspaces.services.patient_work import when_free
from workspaces.services.project_view import ProjectView
from workspaces.services.show_catalog import name_user
from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import tokenize

Result = TypeVar("Result")


@dataclass(frozen=True)
class ObjectSource:
    """`name` in the default schema of the workspace with this id. See `RowSource`."""

    workspace_id: str
    name: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def require_read(self, actor: Actor) -> None:
        workspace = self._workspace()
        actor.require(Need.READ, project_id=workspace.project_id, branch_id=branch_of(workspace))

    @contextmanager
    def opened(self, choice: RowChoice, moment: datetime.datetime, monitor: Monitor) -> Iterator[OpenedRows]:
        """Raises ObjectNotFound, WorkspaceNotFound, WorkspaceBusy, WorkspaceFull, ImportRefused, FilterRefused."""
        workspace = self._workspace()
        with ExitStack() as stack:
            instance = when_free(lambda: stack.enter_context(opened(workspace)), monitor)
            yield self._unload(stack, workspace, instance, choice, moment, monitor)

    def _workspace(self) -> Workspace:
        workspace = Workspace.objects.filter(pk=self.workspace_id).first()
        if workspace is None:
            raise WorkspaceNotFound("the project", self.workspace_id)
        return workspace

    def find(self, workspace: Workspace, instance: WorkspaceInstance) -> DescribedObject:
        """Raises ObjectNotFound."""
        found = describe_object(instance, self.name, patience_seconds=0)
        if found is None:
            raise ObjectNotFound(workspace.project_id, workspace.handle, self.name[:200])
        return found

    def _unload(
        self,
        stack: ExitStack,
        workspace: Workspace,
        instance: WorkspaceInstance,
        choice: RowChoice,
        moment: datetime.datetime,
        monitor: Monitor,
    ) -> OpenedRows:
        found = self.find(workspace, instance)
        spec = storable_spec(found.spec)
        mapping = choice.mapping(spec, schema=workspace.handle, table=self.name)
        selection = choice.selection(self.name, moment)
        if selection is not None:
            check_selection(selection, spec)
        columns = tuple(dict.fromkeys(source for source, _ in mapping))
        order = UnloadOrder(self.name, spec, columns, selection, workspace.size_limit_bytes)
        path = self._file(stack, workspace, instance, order, monitor, is_view=found.kind == "view")
        return OpenedRows(RelationSource(path, spec, mapping), shape_of(spec, mapping))

    @staticmethod
    def _file(
        stack: ExitStack,
        workspace: Workspace,
        instance: WorkspaceInstance,
        order: UnloadOrder,
        monitor: Monitor,
        *,
        is_view: bool,
    ) -> Path:
        with translated_native_errors():
            connection = stack.enter_context(instance.session())
            if is_view:
                show_tables_of_views(workspace, instance, connection)
            return stack.enter_context(unloaded(instance, connection, order, monitor))


def show_tables_of_views(workspace: Workspace, instance: WorkspaceInstance, connection: NativeConnection) -> None:
    """Let a session read what views of the workspace mention: project tables as they are now, catalogs, functions."""
    name_user(instance, workspace, read=_read)
    view = ProjectView(workspace, instance, _read)
    view.refresh(connection, at_once=True)
    texts = view_texts(instance, connection)
    if any(CATALOGS in text for text in texts):
        view.show_catalog()
    for text in texts:
        try:
            view.show(view.mentioned(tokenize(text)))
        except SqlError:
            # Nobody can have made such a view through us.
            continue


def _read(function: Callable[..., Result], *arguments: Any) -> Result:
    """In this thread, which may ask the catalog."""
    return function(*arguments)
