"""Make a branch's version of a table main's."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field

from kbstore.access import Actor, Need
from kbstore.operations import operation
from storage import catalog
from storage.engine.specs import SealedVersion, VersionRef
from storage.errors import PushConflict, TableExists, TableNotInBranch
from storage.models import Snapshot, Table, TableVersion
from storage.names import DEFAULT_BRANCH
from storage.runtime import engine
from storage.services.drop_tables import drop_rows, hold
from storage.services.publish_version import Publication, address_of, publish, publish_new_table
from storage.services.snapshot_before import PUSH, snapshot_before
from storage.services.structure_lock import structure_locked
from storage.services.write_target import own_version_locked, write_target


@dataclass
class _Push:
    """One push of `own`; what it leaves is in `snapshot` and `refs`."""

    own: Table
    actor: Actor
    keep: bool
    force: bool
    snapshot: Snapshot | None = None
    refs: list[VersionRef] = field(default_factory=list)

    def require_unchanged(self, main: Table | None) -> None:
        """Raises PushConflict unless main's table is the very version that the branch's began with, or is absent
        because it was made in the branch."""
        current = None if main is None else main.current_version_id
        if current != self.own.branched_from and not self.force:
            raise self.conflict()

    def conflict(self) -> PushConflict:
        bucket = self.own.bucket
        return PushConflict(bucket.project_id, self.own.branch_id, bucket.name, self.own.name)

    def publication(self, sealed: SealedVersion, main: Table | None) -> Publication:
        details = {
            "bucket_name": self.own.bucket.name,
            "table_name": self.own.name,
            "row_count": sealed.row_count,
            "replaced_version": None if main is None else main.current_version_id,
            "keep": self.keep,
        }
        return Publication("push", self.actor.label, details=details, also=lambda: self._settle(sealed, main))

    def _settle(self, sealed: SealedVersion, main: Table | None) -> None:
        """What happens together with the change of main: main's rows are kept, the branch reads live again."""
        if main is not None:
            hold(Table.objects.filter(pk__in=[main.pk, self.own.pk]))
            label = self.actor.label
            self.snapshot = snapshot_before(PUSH, table=main, actor_label=label, force=self.force)
        own = Table.objects.filter(pk=self.own.pk)
        if self.keep:
            own.update(branched_from=sealed.ref.version_id)
        else:
            self.refs = drop_rows(own)


@operation("push_table", resource_type="table", need=Need.MANAGE)
def push_table(
    *,
    actor: Actor,
    project_id: str,
    branch_id: str,
    bucket_name: str,
    table_name: str,
    keep: bool = False,
    force: bool = False,
) -> tuple[TableVersion, Snapshot | None]:
    """Main's new version and the snapshot of the replaced one, in the same time however large the table is.

    The branch then reads the table live, unless it is to `keep` its own version. Raises BranchNotFound,
    TableNotInBranch, and unless `force` is set PushConflict if main changed meanwhile.
    """
    branch = catalog.find_dev_branch(project_id, branch_id)
    place = {"project_id": project_id, "bucket_name": bucket_name, "table_name": table_name}
    own = catalog.find_writable_table(**place, branch_id=branch.pk)
    if own.branch_id is None:
        raise TableNotInBranch(project_id, branch_id, bucket_name, table_name)
    main = Table.objects.filter(bucket=own.bucket, branch=None, name=own.name).select_related("bucket__project").first()
    # Whoever makes tables takes this lock, and before any table's.
    structure = structure_locked(project_id) if main is None else nullcontext()
    with structure, own_version_locked(own) as fresh:
        push = _Push(fresh, actor, keep, force)
        version = _create(push) if main is None else _replace(push, main)
        if not keep:
            engine().remove_link(address_of(fresh))
    engine().discard(push.refs)
    return version, push.snapshot


def _create(push: _Push) -> TableVersion:
    push.require_unchanged(None)
    own = push.own
    sealed = engine().duplicate(own.current_version.sealed, own.bucket.project_id)
    publication = push.publication(sealed, None)
    try:
        table = publish_new_table(bucket=own.bucket, branch=None, name=own.name, sealed=sealed, publication=publication)
    except TableExists as error:
        raise push.conflict() from error
    return table.current_version


def _replace(push: _Push, main: Table) -> TableVersion:
    with write_target(main, DEFAULT_BRANCH) as target:
        push.require_unchanged(target.table)
        own = push.own
        sealed = engine().duplicate(own.current_version.sealed, own.bucket.project_id)
        return publish(target, sealed, push.publication(sealed, target.table))
