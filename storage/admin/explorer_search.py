"""The explorer's search: names that hold a text, as a tree of what was found and where it lies."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db.models import Q

from storage import catalog
from storage.admin import explorer_tree as tree
from storage.admin.explorer_tree import Level, Node
from storage.models import Branch, Bucket, Project, Table
from storage.names import DEFAULT_BRANCH

#: Of each kind.
LIMIT = 50


def search(user: AbstractUser, text: str) -> Level:
    """Projects, branches, buckets and tables whose name holds `text`, whatever its case; at most `LIMIT` of each."""
    found = _Found(user)
    by_name = Q(pk__icontains=text) | Q(name__icontains=text)
    for project in tree.seen(user, catalog.projects_with_numbers()).filter(by_name).order_by("id")[:LIMIT]:
        found.project(project)
    for branch in tree.seen(user, Branch.objects.filter(by_name)).select_related("project")[:LIMIT]:
        found.branch(branch.project, branch)
    buckets = tree.seen(user, Bucket.objects.filter(name__icontains=text)).select_related("project").order_by("name")
    for bucket in buckets[:LIMIT]:
        found.bucket(bucket, None)
    tables = tree.seen(user, Table.objects.filter(name__icontains=text)).order_by("name")
    for table in tables.select_related("bucket__project", "branch", "current_version")[:LIMIT]:
        found.table(table)
    return Level(_sorted(found.top), empty="Nothing has such a name.")


class _Found:
    """Puts what was found under what it lies in, each node once."""

    def __init__(self, user: AbstractUser) -> None:
        self.top: list[Node] = []
        self._nodes: dict[tuple[str, ...], Node] = {}

    def project(self, project: Project) -> Node:
        node = self._nodes.get((project.pk,))
        if node is None:
            node = tree.project_node(project) if hasattr(project, "table_count") else _path_node(project)
            self._nodes[(project.pk,)] = node
            self.top.append(node)
        return node

    def branch(self, project: Project, branch: Branch | None) -> Node:
        if branch is None:
            node = Node("branch", "trending_flat", "main")
        else:
            node = Node("branch", "alt_route", branch.name, note=branch.pk, url=tree.markup.page_url(branch))
        branch_id = branch.pk if branch else DEFAULT_BRANCH
        node.source = tree.source_url(project=project.pk, branch=branch_id)
        return self._under(self.project(project), (project.pk, branch_id), node)

    def bucket(self, bucket: Bucket, branch: Branch | None) -> Node:
        branch_id = branch.pk if branch else DEFAULT_BRANCH
        source = tree.source_url(project=bucket.project_id, branch=branch_id, bucket=bucket.name)
        icon = "link" if bucket.is_linked else "folder_open"
        node = Node("bucket", icon, bucket.name, url=tree.markup.page_url(bucket), source=source)
        if bucket.is_linked:
            node.badges.append(tree.markup.badge("linked", f"linked from {bucket.source_project_id}"))
        return self._under(self.branch(bucket.project, branch), (bucket.project_id, branch_id, bucket.name), node)

    def table(self, table: Table) -> Node:
        parent = self.bucket(table.bucket, table.branch)
        branch_id = table.branch_id or DEFAULT_BRANCH
        key = (table.bucket.project_id, branch_id, table.bucket.name, table.name)
        return self._under(parent, key, tree.table_node(table))

    def _under(self, parent: Node, key: tuple[str, ...], node: Node) -> Node:
        known = self._nodes.get(key)
        if known is not None:
            return known
        self._nodes[key] = node
        parent.children.append(node)
        parent.is_open = True
        return node


def _sorted(nodes: list[Node]) -> list[Node]:
    """By name at every level, main before the other branches."""
    for node in nodes:
        node.children = _sorted(node.children)
    return sorted(nodes, key=lambda node: (node.kind == "branch" and bool(node.note), node.label))


def _path_node(project: Project) -> Node:
    node = Node("project", "deployed_code", project.pk, url=tree.markup.page_url(project), note=project.name or "")
    node.source = tree.source_url(project=project.pk)
    return node
