"""Options that stand anywhere, and the formats they choose."""

from __future__ import annotations

import csv
import io

import pytest
import yaml

from keboola_duckdb._version import __version__
from tests.sdk.cli.command_line import CommandLine

LIST = ("buckets", "list")


class TestPlace:
    @pytest.mark.parametrize("place", [0, 1, 2, 3])
    def test_they_may_stand_before_and_after_the_command(self, cli, project, orders, place):
        words = [*LIST, project]
        words.insert(place, "--json")
        assert [bucket["name"] for bucket in cli.good(*words).json] == ["in_c_sales"]

    def test_the_last_one_counts(self, cli, project, orders):
        assert cli.good("--json", *LIST, project, "-f", "csv").out.startswith("name,")

    def test_each_v_counts_wherever_it_stands(self, cli, project):
        assert f"GET /projects/{project}" in cli.good("-v", "projects", "-v", "get", project).err

    def test_an_option_of_the_command_itself_wins(self, cli, project, orders):
        made = cli.good("data", "export", project, "in_c_sales", orders, "--format", "parquet", "-o", "-")
        assert made.out_bytes.startswith(b"PAR1")

    def test_a_value_may_look_like_one(self, cli, project):
        cli.good("buckets", "create", project, "b", "--description=--json")
        assert cli.good("-j", "buckets", "get", project, "b").json["description"] == "--json"


class TestFormats:
    def test_a_table_in_a_pipe_is_plain(self, cli, project, orders):
        heading, row = cli.good(*LIST, project).out.splitlines()
        assert heading.split() == ["name", "tables", "linked", "from", "project", "from", "bucket", "description"]
        assert row.split() == ["in_c_sales", "1", "no"]

    def test_csv_has_the_plain_values(self, cli, project, orders):
        rows = list(csv.DictReader(io.StringIO(cli.good("tables", "list", project, "in_c_sales", "-f", "csv").out)))
        assert [(row["name"], row["row_count"], row["primary_key"]) for row in rows] == [("orders", "3", '["id"]')]

    def test_yaml_and_json_hold_the_same(self, cli, project, orders):
        words = ("tables", "get", project, "in_c_sales", orders)
        assert yaml.safe_load(cli.good(*words, "-f", "yaml").out) == cli.good(*words, "-j").json

    def test_nothing_is_an_empty_list(self, cli, project):
        assert cli.good(*LIST, project, "-j").json == []
        assert len(cli.good(*LIST, project, "-f", "csv").out.splitlines()) == 1

    def test_another_one_is_wrong_usage(self, cli, project):
        outcome = cli(*LIST, project, "-f", "xml")
        assert (outcome.code, outcome.out) == (2, "")
        assert "table, json, csv, yaml" in outcome.err


class TestStreams:
    def test_data_is_on_stdout_and_words_on_stderr(self, cli, project):
        outcome = cli.good("buckets", "create", project, "in_c_sales", "-j")
        assert outcome.json["name"] == "in_c_sales"
        assert outcome.err == "Bucket in_c_sales is created.\n"

    def test_quiet_leaves_the_words_out(self, cli, project):
        assert cli.good("buckets", "create", project, "in_c_sales", "--quiet").err == ""

    def test_errors_are_no_data(self, cli):
        outcome = cli("projects", "get", "nope", "-j")
        assert outcome.out == ""
        assert outcome.err.startswith("Error: ")

    def test_a_list_says_when_there_is_more(self, cli, project):
        for number in range(3):
            cli.good("buckets", "create", project, f"b{number}")
        short = cli.good(*LIST, project, "--limit", "2", "-j")
        assert (len(short.json), short.err) == (2, "2 of 3 shown: --limit N or --all shows more.\n")
        assert len(cli.good(*LIST, project, "--all", "-j").json) == 3
        assert len(cli.good(*LIST, project, "--limit", "1001", "-j").json) == 3


def test_the_version_needs_no_command(fresh_cli: CommandLine):
    for option in ("--version", "-V"):
        assert fresh_cli.good(option).out == f"keboola-duckdb {__version__}\n"


def test_control_characters_of_data_are_shown_not_obeyed(cli, project):
    cli.good("branches", "create", project, "a\x1b[31mred")
    assert "a\\x1b[31mred" in cli.good("branches", "list", project).out
    assert "\x1b" not in cli.good("branches", "list", project).out


def test_nor_are_those_of_messages_obeyed(cli, project):
    outcome = cli("tables", "get", project, "in_c_sales", "a\x1b]0;title\x07", "-v")
    assert outcome.code != 0
    assert "\x1b" not in outcome.err
    assert "\x1b" not in cli("buckets", "create", project, "\x1b[2J", "--dry-run").err
