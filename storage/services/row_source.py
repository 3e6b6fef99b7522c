"""Tables as the source of an import, a clone or a load: which of their columns and rows, as a file that stays."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kbstore.access import Actor, Need
from storage.engine.errors import VersionGone
from storage.engine.import_specs import TIMESTAMP_COLUMN, RelationSource
from storage.engine.monitor import Monitor
from storage.engine.row_conditions import check_selection
from storage.engine.specs import ColumnFilter, RowSelection, SealedVersion, TableSpec
from storage.engine.workspace_gate import Gate
from storage.errors import ImportRefused
from storage.runtime import engine, engine_config
from storage.services.find_readable import Readable, find_readable

_LATER_ATTEMPTS = 2


@dataclass(frozen=True)
class RowChoice:
    """Which columns and rows of a source are taken.

    `columns` are pairs (column of the source, name at the destination). None at all are all columns under their own
    names, without `_timestamp` unless `with_timestamp`. `seconds` keeps rows whose `_timestamp` is that young; 0 all.
    """

    columns: tuple[tuple[str, str], ...] = ()
    filters: tuple[ColumnFilter, ...] = ()
    seconds: int = 0
    limit: int = 0
    with_timestamp: bool = False

    @property
    def takes_all_rows(self) -> bool:
        return not (self.filters or self.seconds or self.limit)

    @property
    def takes_everything(self) -> bool:
        return self.takes_all_rows and not self.columns and self.with_timestamp

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RowChoice:
        filters = tuple(ColumnFilter(**(one | {"values": tuple(one["values"])})) for one in value["filters"])
        columns = tuple((source, target) for source, target in value["columns"])
        return cls(**(value | {"filters": filters, "columns": columns}))

    def mapping(self, spec: TableSpec, *, schema: str, table: str) -> tuple[tuple[str, str], ...]:
        """The pairs for a source of this shape. Raises ImportRefused for columns that it does not have."""
        if not self.columns:
            names = (name for name in spec.column_names if self.with_timestamp or name != TIMESTAMP_COLUMN)
            return tuple((name, name) for name in names)
        require_columns([source for source, _ in self.columns], spec.column_names, schema=schema, table=table)
        return self.columns

    def selection(self, table: str, moment: datetime.datetime) -> RowSelection | None:
        """The rows, None for all; `moment` is when the last seconds end."""
        if self.takes_all_rows:
            return None
        since = f"{moment.timestamp() - self.seconds:.6f}" if self.seconds else ""
        return RowSelection(table=table, filters=self.filters, changed_since=since, limit=self.limit)


@dataclass(frozen=True)
class OpenedRows:
    """A source as the engine reads it. `shape` are the taken columns under their new names, as the source has them,
    with its key if they hold all of it. `version` is there if all of a storage table is taken.
    """

    relation: RelationSource
    shape: TableSpec
    version: SealedVersion | None = None


class RowSource(Protocol):
    """Names a table and can be kept with a job; rights are checked before that."""

    def to_json(self) -> dict[str, Any]: ...

    def require_read(self, actor: Actor) -> None:
        """Raises Forbidden."""

    def opened(
        self, choice: RowChoice, moment: datetime.datetime, monitor: Monitor
    ) -> AbstractContextManager[OpenedRows]:
        """Its rows as of now in a file that is there until the block ends, whatever becomes of the table.

        Raises what is wrong with the choice, ImportRefused or FilterRefused, and what says that the table is gone.
        """


@dataclass(frozen=True)
class TableSource:
    """A table or view as a branch sees it, also through a linked bucket: the current version."""

    project_id: str
    branch_id: str
    bucket_name: str
    table_name: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def require_read(self, actor: Actor) -> None:
        actor.require(Need.READ, project_id=self.project_id, branch_id=self.branch_id)

    def find(self) -> Readable:
        """The table, or the view. Raises what `find_readable` raises."""
        return find_readable(**asdict(self))

    @contextmanager
    def opened(self, choice: RowChoice, moment: datetime.datetime, monitor: Monitor) -> Iterator[OpenedRows]:  # noqa: ARG002 - nothing is copied
        gate = Gate.make(engine_config())
        try:
            with self._pinned(gate) as (found, path):
                version, spec = found.version.sealed, found.spec
                mapping = choice.mapping(spec, schema=self.bucket_name, table=self.table_name)
                selection = choice.selection(self.table_name, moment)
                if selection is not None:
                    check_selection(selection, spec)
                relation = RelationSource(path, version.spec, mapping, selection=selection, view=found.shape)
                is_whole = choice.takes_everything and not found.is_view
                yield OpenedRows(relation, shape_of(spec, mapping), version if is_whole else None)
        finally:
            gate.remove()

    @contextmanager
    def _pinned(self, gate: Gate) -> Iterator[tuple[Readable, Path]]:
        """What is read now and a second name of its file, which stays when writers let go of the first."""
        with ExitStack() as stack:
            for attempt in range(_LATER_ATTEMPTS + 1):
                found = self.find()
                try:
                    with engine().local_file(found.version.ref) as path:
                        pinned = stack.enter_context(gate.opened(path))
                    break
                except VersionGone:
                    # A newer one took its place since it was looked up.
                    if attempt == _LATER_ATTEMPTS:
                        raise
            yield found, pinned


def require_columns(
    wanted: Sequence[str], existing: Sequence[str], *, schema: str, table: str, kind: str = "source"
) -> None:
    """Raise ImportRefused, in the words that clients look for, for columns that a table lacks."""
    missing = [name for name in dict.fromkeys(wanted) if name not in existing]
    if missing:
        names = ",".join(missing[:50])
        raise ImportRefused(
            f'Some columns are missing in {kind} table "{schema}"."{table}". Missing columns: "{names}"'
        )


def shape_of(spec: TableSpec, mapping: Sequence[tuple[str, str]]) -> TableSpec:
    """The mapped columns as the source defines them, with its key if all of it is among them."""
    columns = {column.name: column for column in spec.columns}
    renamed: dict[str, str] = {}
    for source, target in mapping:
        renamed.setdefault(source, target)
    key = tuple(renamed.get(name, "") for name in spec.primary_key)
    return TableSpec(
        tuple(replace(columns[source], name=target) for source, target in mapping), key if all(key) else ()
    )


def require_agreement(source: TableSpec, destination: TableSpec) -> None:
    """Raise ImportRefused unless both have the same columns in the same order, `_timestamp` left aside."""
    ours = [column for column in source.columns if column.name != TIMESTAMP_COLUMN]
    theirs = [column for column in destination.columns if column.name != TIMESTAMP_COLUMN]
    if len(ours) != len(theirs):
        raise ImportRefused(
            f"Tables don't have same number of columns: the source has {len(ours)}, the destination {len(theirs)}."
        )
    for one, other in zip(ours, theirs, strict=True):
        if one.name != other.name:
            raise ImportRefused(f'Source and destination columns name mismatch: "{one.name}" and "{other.name}".')
    for one, other in zip(ours, theirs, strict=True):
        if one.type != other.type:
            raise ImportRefused(
                f'Source and destination columns mismatch: "{one.name}" is {one.type} in the source and {other.type} '
                "in the destination."
            )
