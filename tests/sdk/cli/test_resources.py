"""One walk through each group that holds no rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.cast import Person
from tests.sdk.cli.command_line import CommandLine


class TestProjects:
    @pytest.fixture
    def name(self, admin_cli: CommandLine) -> Iterator[str]:
        name = f"cli_{uuid.uuid4().hex[:8]}"
        yield name
        admin_cli("projects", "delete", name, "--yes")

    def test_they_are_made_looked_at_and_deleted(self, admin_cli: CommandLine, name):
        made = admin_cli.good("projects", "create", name, "--name", "Sales", "-j").json
        assert (made["name"], made["api_key"].startswith("proj_")) == ("Sales", True)
        assert admin_cli.good("projects", "get", name, "-j", "--api-key", made["api_key"]).json["id"] == name
        assert admin_cli.good("projects", "stats", name, "-j").json["table_count"] == 0
        assert name in [project["id"] for project in admin_cli.good("projects", "list", "--all", "-j").json]
        admin_cli.good("projects", "delete", name, "--yes")
        assert admin_cli("projects", "get", name).code == 4

    def test_the_key_of_a_new_one_can_go_into_a_profile(self, admin_cli: CommandLine, name):
        made = admin_cli.good("projects", "create", name, "--save-profile", "mine", "-j")
        assert "api_key" not in made.json
        without_key = {"KEBOOLA_DUCKDB_API_KEY": "", "KEBOOLA_DUCKDB_URL": ""}
        assert admin_cli.good("projects", "get", name, "-p", "mine", "-j", **without_key).json["id"] == name
        assert admin_cli("projects", "list", "-p", "mine", **without_key).code == 3


class TestKeys:
    def test_a_key_is_made_rotated_and_revoked(self, cli, project):
        made = cli.good("keys", "create", project, "nightly load", "--expires-in-days", "9", "-j").json
        assert made["scope"] == "project_admin"
        assert "nightly load" in cli.good("keys", "list", project).out
        new = cli.good("keys", "rotate", project, made["id"], "-y", "-j").json
        assert cli("projects", "get", project, "--api-key", made["api_key"]).code == 3
        cli.good("projects", "get", project, "--api-key", new["api_key"])
        cli.good("keys", "revoke", project, new["id"], "-y")
        assert cli("projects", "get", project, "--api-key", new["api_key"]).code == 3

    def test_a_key_may_be_for_one_branch_by_name(self, cli, project):
        branch = cli.good("branches", "create", project, "dev", "-j").json["id"]
        made = cli.good("keys", "create", project, "dev", "--scope", "branch_read", "--branch", "dev", "-j").json
        assert made["branch_id"] == branch

    def test_another_scope_is_refused_here(self, cli, project):
        outcome = cli("keys", "create", project, "x", "--scope", "god")
        assert outcome.code == 2
        assert "branch_read" in outcome.err


class TestBuckets:
    def test_one_is_shared_linked_and_taken_back(self, cli, project, orders, carol: Person):
        theirs = str(carol.project_id)
        as_carol = {"KEBOOLA_DUCKDB_API_KEY": str(carol.key)}
        cli.good("buckets", "share", project, "in_c_sales", "--with", theirs)
        linked = cli.good("buckets", "link", theirs, "in_c_sales", "--from-project", project, "-j", **as_carol).json
        assert (linked["is_linked"], linked["source_project_id"]) == (True, project)
        cli.good("tables", "preview", theirs, "in_c_sales", orders, **as_carol)
        cli.good("buckets", "unlink", theirs, "in_c_sales", "-y", **as_carol)
        cli.good("buckets", "unshare", project, "in_c_sales", "--with", theirs, "-y")
        assert cli("buckets", "link", theirs, "b", "--from-project", project, **as_carol).code in (1, 3, 4)

    def test_one_with_tables_goes_only_with_them(self, cli, project, orders):
        assert cli("buckets", "delete", project, "in_c_sales", "-y").code == 1
        cli.good("buckets", "delete", project, "in_c_sales", "-y", "--cascade")
        assert cli.good("buckets", "list", project, "-j").json == []


class TestBranches:
    def test_one_is_used_by_its_name(self, cli, project, orders):
        cli.good("branches", "create", project, "try", "--description", "new prices")
        columns = '{"id": "INTEGER"}'
        cli.good("tables", "create", project, "in_c_sales", "drafts", "--columns", columns, "--branch", "try")
        assert cli("tables", "get", project, "in_c_sales", "drafts").code == 4
        own = cli.good("tables", "list", project, "in_c_sales", "-b", "try", "-j").json
        assert {table["name"]: table["source"] for table in own} == {"orders": "main", "drafts": "branch"}
        pulled = cli.good("branches", "pull", project, "try", "in_c_sales", orders, "-y", "-j").json
        assert pulled["was_local"] is False
        cli.good("branches", "delete", project, "try", "-y")
        assert cli.good("branches", "list", project, "-j").json == []

    def test_two_of_one_name_cannot_be_told_apart(self, cli, project):
        for _ in range(2):
            cli.good("workspaces", "create", project, "same")
        outcome = cli("workspaces", "get", project, "same")
        assert outcome.code == 2
        assert outcome.err.count("ws_") == 2


class TestSnapshots:
    def test_a_table_comes_back(self, cli, project, orders):
        made = cli.good("snapshots", "create", project, "in_c_sales", orders, "--description", "May", "-j").json
        assert cli.good("snapshots", "get", project, made["id"], "-j").json["row_count"] == 3
        cli.good("schema", "drop-column", project, "in_c_sales", orders, "city", "-y")
        assert cli("snapshots", "restore", project, made["id"]).code == 2
        cli.good("snapshots", "restore", project, made["id"], "-y")
        cli.good("snapshots", "restore", project, made["id"], "--to-table", "copy")
        columns = cli.good("tables", "get", project, "in_c_sales", "copy", "-j").json["columns"]
        assert [column["name"] for column in columns] == ["id", "city", "amount"]
        found = cli.good("snapshots", "list", project, "--table", orders, "--type", "manual", "-j").json
        assert [snapshot["id"] for snapshot in found] == [made["id"]]
        cli.good("snapshots", "delete", project, made["id"], "-y")


class TestSchema:
    def test_columns_and_keys_change(self, cli, project, orders):
        where = (project, "in_c_sales", orders)
        cli.good("schema", "add-column", *where, "note", "VARCHAR", "--default", "'none'")
        cli.good("schema", "alter-column", *where, "note", "--rename", "remark", "--not-null")
        cli.good("schema", "alter-column", *where, "amount", "--type", "DECIMAL(10,2)")
        cli.good("schema", "drop-pk", *where, "-y")
        keyed = cli.good("schema", "set-pk", *where, "id,remark", "-j").json
        assert keyed["primary_key"] == ["id", "remark"]
        types = {column["name"]: (column["type"], column["nullable"]) for column in keyed["columns"]}
        assert types["amount"] == ("DECIMAL(10,2)", True)
        assert types["remark"] == ("VARCHAR", False)

    def test_a_change_of_nothing_is_wrong_usage(self, cli, project, orders):
        assert cli("schema", "alter-column", project, "in_c_sales", orders, "id").code == 2


class TestWorkspaces:
    def test_tables_are_loaded_and_failures_told(self, cli, project, orders):
        made = cli.good("workspaces", "create", project, "analysis", "--ttl-hours", "2", "-j").json
        assert made["connection"]["password"]
        loaded = cli("workspaces", "load", project, "analysis", "in_c_sales.orders=o", "in_c_sales.nope", "-j")
        assert loaded.code == 1
        assert [table["status"] for table in loaded.json] == ["loaded", "failed"]
        detail = cli.good("workspaces", "get", project, made["id"], "-j").json
        assert [held["name"] for held in detail["workspace_objects"]] == ["o"]
        assert made["connection"]["password"] not in cli.good("workspaces", "get", project, "analysis", "-j").out

    def test_connect_prints_a_command_without_the_password(self, cli, project):
        made = cli.good("workspaces", "create", project, "analysis", "-j").json
        line = cli.good("workspaces", "connect", project, "analysis").out
        assert line.startswith("psql 'host=")
        assert f"user={made['connection']['username']}" in line
        assert "PGPASSWORD" not in line

    def test_a_new_password_ends_the_old_one(self, cli, project):
        made = cli.good("workspaces", "create", project, "analysis", "-j").json
        new = cli.good("workspaces", "reset-credentials", project, "analysis", "-y", "-j").json
        assert new["password"] != made["connection"]["password"]
        cli.good("workspaces", "delete", project, "analysis", "-y")
        assert cli.good("workspaces", "list", project, "-j").json == []


class TestJobs:
    def test_they_are_listed_shown_and_watched(self, cli, project, orders):
        (job,) = cli.good("jobs", "list", project, "--type", "table_import", "-j").json
        assert cli.good("jobs", "show", job["id"], "-j").json["state"] == "success"
        assert cli.good("jobs", "watch", job["id"], "-j").json["id"] == job["id"]
        assert cli("jobs", "cancel", job["id"], "-y").code == 1

    def test_watching_a_failed_one_fails(self, cli, project, orders):
        assert cli("tables", "import", project, "in_c_sales", orders, "-", stdin="id,city,amount\nx,y,z\n").code == 1
        (job,) = cli.good("jobs", "list", project, "--state", "error", "-j").json
        watched = cli("jobs", "watch", job["id"], "-j")
        assert (watched.code, watched.json["state"]) == (1, "error")
