"""Help texts: each has an example that the parser takes, and none takes long to show."""

from __future__ import annotations

import resource
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from keboola_duckdb.cli.command_classes import GROUPS, load_group
from tests.sdk.cli.command_line import COMMAND, CommandLine

GROUP_TABLE = {
    "config": "set get list use-profile list-profiles delete-profile",
    "projects": "list create get stats delete",
    "keys": "list create rotate revoke",
    "branches": "list create get pull delete",
    "buckets": "list create get share unshare link unlink delete",
    "tables": "list create get preview import export profile delete delete-many",
    "schema": "add-column drop-column alter-column set-pk drop-pk",
    "data": "import export",
    "files": "list upload download delete",
    "snapshots": "list create get restore delete",
    "workspaces": "list create get load connect reset-credentials delete",
    "jobs": "list show watch cancel",
}
MAX_CPU_SECONDS = 0.25


def commands() -> Iterator[tuple[str, str, Any]]:
    for group in GROUPS:
        for name, command in load_group(group).commands.items():
            yield group, name, command


ALL = list(commands())
each_command = pytest.mark.parametrize(
    ("group", "name", "command"), ALL, ids=[f"{group} {name}" for group, name, _ in ALL]
)


def test_the_groups_are_those_of_the_contract():
    assert list(GROUPS) == list(GROUP_TABLE)
    for group, names in GROUP_TABLE.items():
        assert set(load_group(group).commands) == set(names.split())


@each_command
def test_a_command_explains_itself_with_an_example(fresh_cli: CommandLine, group, name, command):
    shown = fresh_cli.good(group, name, "-h").out
    assert f"Usage: keboola-duckdb {group} {name}" in shown
    assert "Global options:" in shown
    assert f"    keboola-duckdb {group} {name} " in shown or f"    keboola-duckdb {group} {name}\n" in shown


@each_command
def test_the_parser_takes_the_example(group, name, command):
    line = command.epilog.strip().splitlines()[-1].split(" | ")[0]
    words = shlex.split(line)
    assert words[:3] == ["keboola-duckdb", group, name]
    command.make_context(name, words[3:])


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("tables", "-h"), ("tables", "--help")])
def test_help_is_data(fresh_cli: CommandLine, words):
    outcome = fresh_cli.good(*words)
    assert outcome.out.startswith("Usage: ")
    assert outcome.err == ""


@pytest.mark.parametrize("words", [(), ("tables",)])
def test_without_a_command_help_is_an_error(fresh_cli: CommandLine, words):
    outcome = fresh_cli(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: ")


def test_a_misspelled_group_is_named(fresh_cli: CommandLine):
    outcome = fresh_cli("tabels", "list")
    assert outcome.code == 2
    assert "Did you mean 'tables'?" in outcome.err


class TestStart:
    def test_help_imports_only_what_it_shows(self, fresh_cli: CommandLine):
        done = subprocess.run(
            [COMMAND[0], "-X", "importtime", *COMMAND[1:], "--help"],
            env=fresh_cli.environment,
            capture_output=True,
            text=True,
        )
        imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if "|" in line}
        slow = {"httpx", "pydantic", "rich", "rich.console", "keyring", "yaml", "tenacity", "websockets", "pyarrow"}
        assert done.returncode == 0
        assert imported & slow == set()

    def test_help_is_there_in_no_time(self, fresh_cli: CommandLine):
        assert min(self._cpu_seconds(fresh_cli) for _ in range(3)) < MAX_CPU_SECONDS

    @staticmethod
    def _cpu_seconds(cli: CommandLine) -> float:
        """Of the processor: other tests run at the same time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cli.process("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
