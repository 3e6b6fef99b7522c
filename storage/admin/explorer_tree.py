"""The nodes of the explorer's tree: projects, their branches, the buckets that a branch shows, the tables in those.

Each level is read when it is opened, a page at a time, in a number of queries that does not depend on its size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.safestring import SafeString

from kbstore.console import formatting, markup
from kbstore.console.rights import visible
from storage import catalog
from storage.errors import BucketNotShared
from storage.models import Branch, Bucket, BucketShare, Project, Table
from storage.names import DEFAULT_BRANCH

M = TypeVar("M", bound=Model)
#: Children shown at first; a button brings the next ones.
PAGE = 100


@dataclass
class Node:
    """One line. `source` is where its children come from, empty for a leaf; `children` are those sent along.

    `add_url` is where one loads data into it.
    """

    kind: str
    icon: str
    label: str
    url: str = ""
    note: str = ""
    badges: list[SafeString] = field(default_factory=list)
    cells: list[Any] = field(default_factory=lambda: ["", "", "", ""])
    source: str = ""
    children: list[Node] = field(default_factory=list)
    is_open: bool = False
    add_url: str = ""


@dataclass
class Level:
    """Children of one node; `more` brings the next ones, `empty` is said when there are none."""

    nodes: list[Node]
    more: str = ""
    empty: str = ""


def seen(user: AbstractUser, rows: QuerySet[M]) -> QuerySet[M]:
    """Those in the user's projects, if they may look at rows of this kind."""
    may_look = user.has_perm(f"{rows.model._meta.app_label}.view_{rows.model._meta.model_name}")
    return visible(user, rows) if may_look else rows.none()


def source_url(offset: int = 0, **place: str) -> str:
    return reverse("admin:explorer_level", query=place | ({"offset": offset} if offset else {}))


def projects(user: AbstractUser, offset: int = 0) -> Level:
    """What the user sees, by id; each project with its numbers."""
    found = visible(user, catalog.projects_with_numbers()).order_by("id")
    rows, more = _page(found, offset)
    empty = "No projects yet. Make one: it holds the buckets and tables of one team or purpose."
    if not user.has_perm("storage.add_project"):
        empty = "You work in no project yet. An operator can add you to one."
    return Level([project_node(project) for project in rows], more, empty)


def project_node(project: Any) -> Node:
    return Node(
        kind="project",
        icon="deployed_code",
        label=project.pk,
        note=project.name or "",
        url=markup.page_url(project),
        cells=[
            formatting.amount(project.table_count, "table"),
            "",
            markup.size(project.size_bytes),
            markup.time(project.created_at),
        ],
        source=source_url(project=project.pk),
    )


def branches(user: AbstractUser, project: Project, offset: int = 0) -> Level:
    """Main, then the dev branches, newest first."""
    found = seen(user, catalog.branches_with_numbers(project.pk))
    rows, more = _page(found, offset, project=project.pk)
    main = Node(
        kind="branch",
        icon="trending_flat",
        label="main",
        note="what everybody reads",
        source=source_url(project=project.pk, branch=DEFAULT_BRANCH),
    )
    return Level([*([] if offset else [main]), *(branch_node(branch) for branch in rows)], more)


def branch_node(branch: Any) -> Node:
    own = formatting.amount(branch.table_count, "own table")
    return Node(
        kind="branch",
        icon="alt_route",
        label=branch.name,
        note=branch.pk,
        url=markup.page_url(branch),
        badges=[markup.badge("branch", own)] if branch.table_count else [],
        cells=["", "", markup.size(branch.size_bytes), markup.time(branch.created_at)],
        source=source_url(project=branch.project_id, branch=branch.pk),
    )


def buckets(user: AbstractUser, project: Project, branch: Branch | None, offset: int = 0) -> Level:
    """The project's buckets and links by name, with the numbers that this branch sees."""
    branch_id = branch.pk if branch else DEFAULT_BRANCH
    found = with_shares(catalog.buckets_with_numbers(project))
    if branch is not None:
        found = found.annotate(own_count=_own_tables(branch), new_count=_own_tables(branch, only_new=True))
    rows, more = _page(found, offset, project=project.pk, branch=branch_id)
    empty = "No buckets yet. A bucket holds the tables of one source or one purpose."
    nodes = [bucket_node(bucket, branch_id) for bucket in rows]
    if user.has_perm("storage.change_table"):
        here = {"project": project.pk} | ({"branch": branch.pk} if branch else {})
        for node, bucket in zip(nodes, rows, strict=True):
            if not bucket.is_linked:
                node.add_url = reverse("admin:load", query=here | {"bucket": bucket.name})
    return Level(nodes, more, empty)


def with_shares(found: QuerySet[Bucket]) -> QuerySet[Bucket]:
    """With `share_count`: how many projects the bucket is shared with."""
    shares = BucketShare.objects.filter(bucket=OuterRef("pk")).order_by().values("bucket")
    return found.annotate(share_count=Coalesce(Subquery(shares.annotate(number=Count("pk")).values("number")), 0))


def _own_tables(branch: Branch, *, only_new: bool = False) -> Coalesce:
    tables = Table.objects.filter(bucket=OuterRef("pk"), branch=branch)
    if only_new:
        of_main = Table.objects.filter(bucket=OuterRef("bucket"), branch=None, name=OuterRef("name"))
        tables = tables.filter(~Exists(of_main))
    counted = tables.order_by().values("bucket").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def bucket_badges(bucket: Any) -> list[SafeString]:
    """Linked from where, shared with how many; `share_count` has to be there."""
    badges = []
    if bucket.is_linked:
        badges.append(markup.badge("linked", f"linked from {bucket.source_project_id}"))
    if bucket.share_count:
        badges.append(markup.badge("shared", f"shared with {formatting.amount(bucket.share_count, 'project')}"))
    return badges


def bucket_node(bucket: Any, branch_id: str) -> Node:
    badges = bucket_badges(bucket)
    own = getattr(bucket, "own_count", 0)
    if own:
        badges.append(markup.badge("branch", formatting.amount(own, "own table")))
    number = bucket.table_count + getattr(bucket, "new_count", 0)
    return Node(
        kind="bucket",
        icon="link" if bucket.is_linked else "folder_open",
        label=bucket.name,
        note=bucket.source_bucket_name or "",
        url=markup.page_url(bucket),
        badges=badges,
        cells=[formatting.amount(number, "table"), "", "", markup.time(bucket.created_at)],
        source=source_url(project=bucket.project_id, branch=branch_id, bucket=bucket.name),
    )


def tables(user: AbstractUser, bucket: Bucket, branch: Branch | None, offset: int = 0) -> Level:
    """What the branch sees in the bucket, by name. Raises BucketNotShared for a link that shows nothing any more."""
    branch_id = branch.pk if branch else DEFAULT_BRANCH
    found = catalog.visible_tables(bucket, branch).select_related("bucket", "current_version")
    rows, more = _page(
        found.defer("current_version__columns"), offset, project=bucket.project_id, branch=branch_id, bucket=bucket.name
    )
    # Of a linked bucket the user may see the rows, but not the pages of the project that owns them.
    shown = set(visible(user, Table.objects.filter(pk__in=[table.pk for table in rows])).values_list("pk", flat=True))
    nodes = [table_node(table, is_linked=bucket.is_linked, has_page=table.pk in shown) for table in rows]
    return Level(nodes, more, "No tables yet. Load a file, and the first one is made from it.")


def table_node(table: Table, *, is_linked: bool = False, has_page: bool = True) -> Node:
    version = table.current_version
    badges = []
    if table.branch_id is not None:
        is_new = table.branched_from is None
        badges.append(markup.badge("branch", "only in this branch" if is_new else "branch copy"))
    if is_linked:
        badges.append(markup.badge("linked", "linked"))
    return Node(
        kind="table",
        icon="table",
        label=table.name,
        url=markup.page_url(table) if has_page else "",
        badges=badges,
        cells=[
            "",
            formatting.amount(version.row_count, "row"),
            markup.size(version.size_bytes),
            markup.time(version.created_at),
        ],
    )


def level_of(user: AbstractUser, place: dict[str, str], offset: int = 0) -> Level | None:
    """The children of the node at this place, None where the user sees no such node."""
    if "project" not in place:
        return projects(user, offset)
    project = visible(user, Project.objects.filter(pk=place["project"])).first()
    if project is None:
        return None
    if not user.has_perm("storage.view_bucket"):
        return Level([], empty="Your account may not look at buckets.")
    if "branch" not in place:
        return branches(user, project, offset)
    branch = None
    if place["branch"] != DEFAULT_BRANCH:
        branch = Branch.objects.filter(pk=place["branch"], project=project).first()
        if branch is None:
            return None
    if "bucket" not in place:
        return buckets(user, project, branch, offset)
    bucket = Bucket.objects.filter(project=project, name=place["bucket"]).first()
    return _inside(user, bucket, branch, offset) if bucket is not None else None


def _inside(user: AbstractUser, bucket: Bucket, branch: Branch | None, offset: int) -> Level:
    if not user.has_perm("storage.view_table"):
        return Level([], empty="Your account may not look at tables.")
    try:
        return tables(user, bucket, branch, offset)
    except BucketNotShared:
        return Level([], empty="Its project does not share it any more, so that nothing can be read.")


def _page(found: QuerySet[Any], offset: int, **place: str) -> tuple[list[Any], str]:
    rows = list(found[offset : offset + PAGE + 1])
    return rows[:PAGE], source_url(offset + PAGE, **place) if len(rows) > PAGE else ""
