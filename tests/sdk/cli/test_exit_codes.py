"""What a script can tell from the exit code, and a person from the one line about an error."""

from __future__ import annotations

import re

from tests.cast import Person
from tests.sdk.cli.command_line import CommandLine


def the_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


class TestCodes:
    def test_1_for_what_the_server_refuses(self, cli, project, orders):
        outcome = cli("buckets", "delete", project, "in_c_sales", "--yes")
        assert outcome.code == 1
        assert "--cascade" in outcome.err

    def test_1_for_a_job_that_fails(self, cli, project, orders):
        outcome = cli("tables", "import", project, "in_c_sales", orders, "-", stdin="id,city,amount\nx,y,z\n")
        assert outcome.code == 1
        assert "keboola-duckdb jobs show " in the_line(outcome.err)

    def test_2_for_wrong_usage(self, cli, project):
        for words in (["buckets", "create"], ["buckets", "list", project, "--nope"], ["nope"], ["tables", "nope"]):
            outcome = cli(*words)
            assert outcome.code == 2
            assert "--help`" in the_line(outcome.err)

    def test_2_for_a_local_file_that_is_not_there(self, cli, project, orders):
        for words in (
            ["tables", "import", project, "in_c_sales", orders, "nope.csv"],
            ["files", "upload", project, "nope.csv"],
            ["tables", "create", project, "in_c_sales", "t", "--from-csv", "nope.csv"],
        ):
            outcome = cli(*words)
            assert outcome.code == 2
            assert "nope.csv" in the_line(outcome.err)

    def test_2_for_a_target_that_cannot_be_written(self, cli, project, orders):
        assert cli("tables", "export", project, "in_c_sales", orders, "/nope/orders.csv").code == 2

    def test_3_without_a_key(self, server, fresh_cli):
        outcome = fresh_cli("projects", "list", "--url", server.url)
        assert outcome.code == 3
        assert "config set api-key" in the_line(outcome.err)

    def test_3_for_a_key_that_nobody_knows(self, cli, project):
        assert cli("projects", "get", project, "--api-key", "wrong").code == 3

    def test_3_for_what_the_key_may_not_do(self, cli, bob: Person, project):
        words = ["buckets", "create", project, "b", "--api-key", str(bob.key)]
        outcome = cli(*words)
        assert outcome.code == 3
        assert "Use a key that may do this" in the_line(outcome.err)

    def test_4_for_what_is_not_there(self, cli, project, orders):
        for words in (
            ["buckets", "get", project, "nope"],
            ["tables", "get", project, "in_c_sales", "nope"],
            ["branches", "get", project, "nope"],
            ["snapshots", "get", project, "nope"],
            ["workspaces", "get", project, "nope"],
            ["jobs", "show", "nope"],
            ["files", "download", project, "nope", "-"],
            ["tables", "export", project, "in_c_sales", "nope", "-"],
            ["data", "import", project, "in_c_sales", orders, "--file-id", "nope"],
        ):
            assert (words, cli(*words).code) == (words, 4)

    def test_5_where_nobody_listens(self, cli):
        outcome = cli("projects", "list", "--url", "http://127.0.0.1:9", KEBOOLA_DUCKDB_MAX_RETRIES="0")
        assert outcome.code == 5
        assert "Does the server run at http://127.0.0.1:9?" in the_line(outcome.err)

    def test_2_for_an_address_that_is_none(self, cli):
        assert cli("projects", "list", "--url", "localhost:8000").code == 2


class TestTheLine:
    def test_it_says_what_to_do_next_and_the_request_id(self, cli, project):
        line = the_line(cli("tables", "list", project, "nope").err)
        assert re.fullmatch(
            rf"Error: Bucket nope not found in project {project}\. "
            rf"See `keboola-duckdb buckets list {project}`\. \(request id [0-9a-f-]+\)",
            line,
        )

    def test_v_adds_the_body(self, cli, project):
        error, *body = cli("tables", "list", project, "nope", "-v").err.splitlines()
        assert error.startswith("Error: ")
        assert '"error": "bucket_not_found",' in "".join(body)

    def test_an_invalid_request_names_the_field(self, admin_cli: CommandLine):
        outcome = admin_cli("tables", "create", "p", "b", "t", "--columns", '[{"type": "INTEGER"}]')
        assert outcome.code == 1
        assert "columns.0.name" in the_line(outcome.err)


class TestConfirmation:
    def test_without_a_terminal_nothing_is_lost(self, cli, project, orders):
        outcome = cli("tables", "delete", project, "in_c_sales", orders)
        assert outcome.code == 2
        assert "--yes" in the_line(outcome.err)
        cli.good("tables", "get", project, "in_c_sales", orders)

    def test_dry_run_says_what_would_happen_and_asks_nothing(self, cli, project, orders):
        outcome = cli.good("tables", "delete", project, "in_c_sales", orders, "--dry-run")
        assert outcome.err == f"Dry run: would delete table in_c_sales.orders of project {project}.\n"
        assert outcome.out == ""
        cli.good("tables", "get", project, "in_c_sales", orders)

    def test_dry_run_makes_nothing(self, cli, project, orders_csv):
        cli.good("buckets", "create", project, "b", "--dry-run")
        cli.good("files", "upload", project, orders_csv, "--dry-run")
        assert cli.good("buckets", "list", project, "-j").json == []
        assert cli.good("files", "list", project, "-j").json == []
