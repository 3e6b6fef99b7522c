"""Names to rows: every lookup of project, branch, bucket and table, with the contract's 404s; read only."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.aggregates import Count
from django.db.models.functions import Coalesce

from storage.errors import (
    BranchNotFound,
    BucketNotFound,
    BucketNotShared,
    BucketReadOnly,
    ProjectDatabaseNotFound,
    ProjectNotFound,
    TableNotFound,
)
from storage.models import Branch, Bucket, BucketShare, Job, Project, Table
from storage.models.project import seen_backend
from storage.names import DEFAULT_BRANCH


def is_default(branch_id: str) -> bool:
    return branch_id == DEFAULT_BRANCH


def find_project(project_id: str, *, code: str | None = None) -> Project:
    """C1. Raises ProjectNotFound, with `code` where the contract has another one than project_not_found."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise ProjectNotFound(project_id, code=code)
    return project


def backend_of(project_id: str) -> str | None:
    """The name of the table backend of a project, None if there is no such project. A query only the first time."""
    known = seen_backend(project_id)
    if known is not None:
        return known
    project = Project.objects.filter(pk=project_id).first()
    return project.backend if project else None


def find_branch(project_id: str, branch_id: str) -> Branch | None:
    """C2: None for the default branch. Raises BranchNotFound."""
    if is_default(branch_id):
        return None
    branch = Branch.objects.filter(pk=branch_id, project=project_id).first()
    if branch is None:
        raise BranchNotFound(project_id, branch_id)
    return branch


def find_dev_branch(project_id: str, branch_id: str) -> Branch:
    """C1 and C2 where the default branch cannot be meant. Raises ProjectNotFound, BranchNotFound."""
    find_project(project_id)
    branch = find_branch(project_id, branch_id)
    if branch is None:
        raise BranchNotFound(project_id, branch_id)
    return branch


def require_directory(project: Project, *, code: str | None = None) -> None:
    """C4. Raises ProjectDatabaseNotFound when somebody removed the project's directory."""
    if not (settings.DUCKDB_DIR / project.directory_name).is_dir():
        raise ProjectDatabaseNotFound(project.pk, code=code)


def find_place(*, project_id: str, branch_id: str) -> tuple[Project, Branch | None]:
    """C1, C2 and C4: where buckets live."""
    project = find_project(project_id)
    branch = find_branch(project_id, branch_id)
    require_directory(project)
    return project, branch


def find_bucket(*, project_id: str, branch_id: str, bucket_name: str) -> Bucket:
    """C1, C2, C4 and C5; it may be a link."""
    project, _ = find_place(project_id=project_id, branch_id=branch_id)
    bucket = Bucket.objects.filter(project=project, name=bucket_name).first()
    if bucket is None:
        raise BucketNotFound(project_id, bucket_name)
    bucket.project = project
    return bucket


def find_writable_bucket(*, project_id: str, branch_id: str, bucket_name: str) -> Bucket:
    """The same for a change of its tables. Raises BucketReadOnly for a link."""
    bucket = find_bucket(project_id=project_id, branch_id=branch_id, bucket_name=bucket_name)
    if bucket.is_linked:
        raise BucketReadOnly(project_id, bucket_name)
    return bucket


def find_table(*, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table:
    """C1 to C6 for reading, in one query when all is well: the branch's own version of the table, else main's.

    Through a linked bucket it is the source's table, with `via_link` set. Raises BucketNotShared if that link is dead.
    """
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    table = _table_in_place(**place, table_name=table_name)
    if table is not None:
        return table
    bucket = find_bucket(**place)
    table = _table_of_source(bucket, table_name) if bucket.is_linked else None
    if table is None:
        raise TableNotFound(project_id, bucket_name, table_name)
    return table


def find_writable_table(*, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table:
    """The same for writing. Raises BucketReadOnly where the bucket is a link."""
    place = {"project_id": project_id, "branch_id": branch_id, "bucket_name": bucket_name}
    table = _table_in_place(**place, table_name=table_name)
    if table is None:
        find_writable_bucket(**place)
        raise TableNotFound(project_id, bucket_name, table_name)
    return table


def _table_in_place(*, project_id: str, branch_id: str, bucket_name: str, table_name: str) -> Table | None:
    of_branch = Q(branch=None)
    if not is_default(branch_id):
        of_branch |= Q(branch=branch_id, branch__project=project_id)
    table = (
        Table.objects.filter(of_branch, bucket__project=project_id, bucket__name=bucket_name, name=table_name)
        .select_related("bucket__project", "current_version")
        .order_by(F("branch").desc(nulls_last=True))
        .first()
    )
    if table is None:
        return None
    if table.branch_id is None:
        find_branch(project_id, branch_id)
    require_directory(table.bucket.project)
    return table


def _table_of_source(link: Bucket, table_name: str) -> Table | None:
    source = source_of(link)
    if source is None:
        return None
    tables = Table.objects.filter(bucket=source, branch=None, name=table_name)
    table = tables.select_related("bucket__project", "current_version").first()
    if table is not None:
        table.via_link = link
    return table


def source_of(link: Bucket) -> Bucket | None:
    """The bucket that a link shows; None if it is gone. Raises BucketNotShared if its project took the share back."""
    name = link.source_bucket_name
    source = Bucket.objects.filter(project=link.source_project_id, name=name, source_project_id=None).first()
    if source is not None and not may_link(source, link.project_id):
        raise BucketNotShared(source.project_id, source.name, link.project_id)
    return source


def readable_links(project_id: str) -> list[tuple[Bucket, Bucket]]:
    """The links of a project that show something, each with its source: `source_of` for all of them at once."""
    links = list(Bucket.objects.filter(project=project_id).exclude(source_project_id=None).order_by("name"))
    projects, names = {link.source_project_id for link in links}, {link.source_bucket_name for link in links}
    sources = Bucket.objects.filter(project__in=projects, name__in=names, source_project_id=None)
    if settings.REQUIRE_SHARE_FOR_LINK:
        may_link = Q(project=project_id) | Q(is_openly_shared=True) | Q(shares__target_project=project_id)
        sources = sources.filter(may_link).distinct()
    found = {(source.project_id, source.name): source for source in sources} if links else {}
    shown = [(link, found.get((link.source_project_id, link.source_bucket_name))) for link in links]
    return [(link, source) for link, source in shown if source is not None]


def may_link(source: Bucket, project_id: str) -> bool:
    """Whether a project may read this bucket through a link: its own, one shared with it or all, or any if so set."""
    if not settings.REQUIRE_SHARE_FOR_LINK or source.project_id == project_id or source.is_openly_shared:
        return True
    return BucketShare.objects.filter(bucket=source, target_project=project_id).exists()


def own_version(table: Table, branch: Branch) -> Table | None:
    """The branch's own version of a table of main, None while it reads it live."""
    return Table.objects.filter(bucket=table.bucket_id, branch=branch, name=table.name).select_related("bucket").first()


def table_by_id(table_id: int, job: Job) -> Table:
    """The table that a job was made for. Raises TableNotFound if it was dropped meanwhile.

    Raises BucketNotShared if it was found through a link that has died since.
    """
    table = Table.objects.filter(pk=table_id).select_related("bucket__project", "current_version").first()
    if table is None:
        raise TableNotFound(job.project_id, job.bucket_name, job.table_name)
    if not may_link(table.bucket, job.project_id):
        raise BucketNotShared(table.bucket.project_id, table.bucket.name, job.project_id)
    return table


def visible_tables(bucket: Bucket, branch: Branch | None) -> QuerySet[Table]:
    """The tables of a bucket as a branch sees them, by name: its own versions, and main's where it has none.

    Through a link it sees main of the source. Raises BucketNotShared.
    """
    if bucket.is_linked:
        source = source_of(bucket)
        if source is None:
            return Table.objects.none()
        bucket, branch = source, None
    tables = Table.objects.filter(bucket=bucket).select_related("current_version").order_by("name")
    if branch is None:
        return tables.filter(branch=None)
    own_names = Table.objects.filter(bucket=bucket, branch=branch).values("name")
    return tables.filter(Q(branch=branch) | Q(branch=None) & ~Q(name__in=own_names))


def tables_held_by(branch: Branch) -> QuerySet[Table]:
    """A branch's own versions and the tables made in it, by bucket and name."""
    return (
        Table.objects.filter(branch=branch).select_related("bucket", "current_version").order_by("bucket__name", "name")
    )


def tables_of_main(own: Sequence[Table]) -> QuerySet[Table]:
    """Main's tables with the buckets and names of these, and a few others of those buckets with such names."""
    buckets, names = {table.bucket_id for table in own}, {table.name for table in own}
    return Table.objects.filter(branch=None, bucket__in=buckets, name__in=names).select_related("current_version")


def projects_with_numbers() -> QuerySet[Project]:
    """Projects with `bucket_count`, `table_count` and `size_bytes` of the default branch, counted by the database."""
    buckets = Bucket.objects.filter(project=OuterRef("pk"), source_project_id=None).order_by().values("project")
    tables = Table.objects.filter(bucket__project=OuterRef("pk"), branch=None).order_by().values("bucket__project")
    return Project.objects.annotate(
        bucket_count=_number(buckets.annotate(number=Count("pk"))),
        table_count=_number(tables.annotate(number=Count("pk"))),
        size_bytes=_number(tables.annotate(number=Sum("current_version__size_bytes"))),
    )


def branches_with_numbers(project_id: str) -> QuerySet[Branch]:
    """The dev branches of a project, newest first, with `table_count` and `size_bytes` of the tables they hold."""
    tables = Table.objects.filter(branch=OuterRef("pk")).order_by().values("branch")
    return Branch.objects.filter(project=project_id).annotate(
        table_count=_number(tables.annotate(number=Count("pk"))),
        size_bytes=_number(tables.annotate(number=Sum("current_version__size_bytes"))),
    )


def buckets_with_numbers(project: Project) -> QuerySet[Bucket]:
    """The project's buckets and links by name, with `table_count` of the default branch, for links of the source."""
    own = Table.objects.filter(bucket=OuterRef("pk"), branch=None).order_by().values("bucket")
    linked = Table.objects.filter(
        _is_readable_source(),
        bucket__project=OuterRef("source_project_id"),
        bucket__name=OuterRef("source_bucket_name"),
        bucket__source_project_id=None,
        branch=None,
    )
    number = Count("pk", distinct=True)
    counts = [own.annotate(number=number), linked.order_by().values("bucket").annotate(number=number)]
    total = _number(counts[0]) + _number(counts[1])
    return Bucket.objects.filter(project=project).annotate(table_count=total).order_by("name")


def _is_readable_source() -> Q:
    """`may_link` inside a query whose outer row is the link."""
    if not settings.REQUIRE_SHARE_FOR_LINK:
        return Q()
    own, shared = Q(bucket__project=OuterRef("project")), Q(bucket__shares__target_project=OuterRef("project"))
    return own | shared | Q(bucket__is_openly_shared=True)


def _number(query: QuerySet) -> Coalesce:
    return Coalesce(Subquery(query.values("number")), Value(0))
