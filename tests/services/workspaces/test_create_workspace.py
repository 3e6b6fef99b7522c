from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kbstore.access import SYSTEM
from storage.models import Branch, Bucket, Project, Table
from workspaces.models import Workspace
from workspaces.services import create_workspace as module
from workspaces.services.create_workspace import WorkspaceOrder, create_workspace
from workspaces.services.describe_workspace import describe_workspace
from workspaces.services.project_tables import visible_tables


class Broken(Exception):
    pass


def test_a_transaction_that_fails_leaves_neither_row_nor_file(own_project: Project, monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Broken

    monkeypatch.setattr(module, "record_success", fail)
    with pytest.raises(Broken):
        create_workspace(actor=SYSTEM, project_id=own_project.pk, order=WorkspaceOrder("lab"))
    assert not Workspace.objects.exists()
    assert list((module.path_of(Workspace(id="x", project=own_project)).parent).iterdir()) == []


def test_a_connection_string_when_the_setting_asks_for_it(workspace: Workspace, settings: Any) -> None:
    settings.PGWIRE_CONNECTION_STRING, settings.PGWIRE_HOST, settings.PGWIRE_PORT = True, "sql.example.org", 6432
    connection = describe_workspace(workspace)["connection"]
    user, name = workspace.credential.username, f"workspace_{workspace.pk}"
    assert connection["connection_string"] == f"postgresql://{user}@sql.example.org:6432/{name}?sslmode=prefer"
    assert (connection["host"], connection["port"]) == ("sql.example.org", 6432)


def test_an_ipv6_host_stands_in_brackets_in_urls(workspace: Workspace, settings: Any) -> None:
    settings.PGWIRE_HOST = "::1"
    strings = describe_workspace(workspace)["connection"]["connection_strings"]
    assert "//[::1]:5432/" in strings["jdbc"]
    assert "host=::1 " in strings["psql"]


def test_what_it_sees_costs_few_queries_however_many_tables_and_links(own_table: Table, workspace: Workspace) -> None:
    source = {"source_project_id": "p1", "source_bucket_name": "in.c-b"}
    Bucket.objects.bulk_create(Bucket(project_id="p1", name=f"link{n}", **source) for n in range(30))
    version = own_table.current_version
    branch = Branch.objects.create(id="b1", project_id="p1", name="b")
    Table.objects.bulk_create(Table(bucket=own_table.bucket, name=f"t{n}", current_version=version) for n in range(50))
    Table.objects.create(bucket=own_table.bucket, branch=branch, name="t", current_version=version)
    workspace.branch = branch
    with CaptureQueriesContext(connection) as queries:
        seen = visible_tables(workspace)
    assert len(queries) <= 6
    assert len(seen) == 51 * 31
    assert len({(table.schema, table.name) for table in seen}) == len(seen)
    assert len({table.alias_key for table in seen}) == len(seen)


def test_the_gauge_counts_workspaces(workspace: Workspace, installation: Path) -> None:
    from kbstore import metrics
    from workspaces.services.count_workspaces import count_workspaces

    count_workspaces()
    assert metrics.WORKSPACES._value.get() == 1
