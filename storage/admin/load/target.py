"""Where a load goes: what is there already, and what the wizard offers to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from kbstore.access import Actor
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError, Kind
from storage.admin.load.choices import LoadChoices
from storage.models import Branch, Bucket, Table
from storage.names import DEFAULT_BRANCH
from storage.services.get_bucket import get_bucket
from storage.services.get_table import get_table

#: Names that the fields for bucket and table propose.
PROPOSED = 200


@dataclass(frozen=True)
class Target:
    """None where it is made by the load."""

    bucket: Bucket | None
    table: Table | None
    may_make_bucket: bool
    may_make_table: bool

    @property
    def refusal(self) -> str:
        """What stands in the way of somebody who may not make what is missing."""
        if self.bucket is None and not self.may_make_bucket:
            return "There is no such bucket, and your account may not make one."
        if self.table is None and not self.may_make_table:
            return "There is no such table, and your account may not make one."
        return ""


def find_target(request: HttpRequest, project_id: str, choices: LoadChoices) -> Target:
    """What the names of the form stand for."""
    actor = actor_of(request, project_id)
    bucket = _bucket(actor, project_id, choices)
    return Target(
        bucket=bucket,
        table=None if bucket is None else _table(actor, project_id, choices),
        may_make_bucket=request.user.has_perm("storage.add_bucket"),
        may_make_table=request.user.has_perm("storage.add_table"),
    )


def _bucket(actor: Actor, project_id: str, choices: LoadChoices) -> Bucket | None:
    try:
        return get_bucket(actor=actor, project_id=project_id, branch_id=choices.branch, bucket_name=choices.bucket)
    except KbstoreError as error:
        if error.kind is not Kind.NOT_FOUND:
            raise
        return None


def _table(actor: Actor, project_id: str, choices: LoadChoices) -> Table | None:
    try:
        return get_table(
            actor=actor,
            project_id=project_id,
            branch_id=choices.branch,
            bucket_name=choices.bucket,
            table_name=choices.table,
        )
    except KbstoreError as error:
        if error.kind is not Kind.NOT_FOUND:
            raise
        return None


def branch_choices(project_id: str) -> list[tuple[str, str]]:
    """Ids and names, main first; empty where there is only that."""
    branches = Branch.objects.filter(project=project_id).order_by("name").values_list("pk", "name")[:PROPOSED]
    return [(DEFAULT_BRANCH, "main"), *branches] if branches else []


def bucket_names(project_id: str) -> list[str]:
    return list(Bucket.objects.filter(project=project_id).order_by("name").values_list("name", flat=True)[:PROPOSED])


def table_names(bucket: Bucket | None) -> list[str]:
    if bucket is None:
        return []
    tables = Table.objects.filter(bucket=bucket, branch=None).order_by("name")
    return list(tables.values_list("name", flat=True)[:PROPOSED])
