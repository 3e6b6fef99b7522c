"""What the shell offers after TAB."""

from __future__ import annotations

import shutil

import pytest

from tests.sdk.cli.command_line import CommandLine

VARIABLE = "_KEBOOLA_DUCKDB_COMPLETE"


def offered(cli: CommandLine, line: str) -> list[str]:
    """By bash for the last word of `line`."""
    words = line.split(" ")
    environment = {VARIABLE: "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    outcome = cli(**environment)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out.split()


class TestWords:
    def test_groups_commands_and_options(self, fresh_cli):
        assert offered(fresh_cli, "keboola-duckdb pro") == ["projects"]
        assert offered(fresh_cli, "keboola-duckdb tables del") == ["delete", "delete-many"]
        assert {"--limit", "--json", "--url"} <= set(offered(fresh_cli, "keboola-duckdb tables preview --"))

    def test_names_of_the_server(self, cli, admin_cli, project, orders):
        assert offered(admin_cli, f"keboola-duckdb buckets list {project[:-2]}") == [project]
        assert offered(cli, f"keboola-duckdb tables list {project} in") == ["in_c_sales"]
        assert offered(cli, f"keboola-duckdb tables get {project} in_c_sales ") == ["orders"]

    def test_an_option_before_tells_where(self, cli, fresh_cli, project, orders):
        url, key = (cli.environment[f"KEBOOLA_DUCKDB_{name}"] for name in ("URL", "API_KEY"))
        assert offered(fresh_cli, f"keboola-duckdb --url {url} --api-key {key} tables list {project} in") == [
            "in_c_sales"
        ]


class TestSilence:
    @pytest.mark.parametrize(
        "environment",
        [
            {},
            {"KEBOOLA_DUCKDB_API_KEY": "wrong"},
            {"KEBOOLA_DUCKDB_API_KEY": "k", "KEBOOLA_DUCKDB_URL": "http://127.0.0.1:9"},
            {"KEBOOLA_DUCKDB_API_KEY": "k", "KEBOOLA_DUCKDB_URL": "nonsense"},
            {"KEBOOLA_DUCKDB_PROFILE": "nope"},
        ],
    )
    def test_whatever_fails(self, fresh_cli, environment):
        fresh_cli.environment |= {"KEBOOLA_DUCKDB_URL": "http://127.0.0.1:9"} | environment
        assert offered(fresh_cli, "keboola-duckdb buckets list ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(fresh_cli, shell):
    script = fresh_cli.process(**{VARIABLE: f"source_{shell}"})
    assert script.code == 0
    assert VARIABLE in script.out
    if shutil.which(shell):
        checked = fresh_cli.shell(f"{shell} -n /dev/stdin <<'SCRIPT'\n{script.out}\nSCRIPT\n")
        assert (checked.code, checked.err) == (0, "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_are_offered_groups(fresh_cli, shell):
    environment = {VARIABLE: f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "keboola-duckdb pro"}
    outcome = fresh_cli(**environment, _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert "projects" in outcome.out
    assert "Projects" in outcome.out


def test_it_is_installed_for_the_shell_that_asks(fresh_cli):
    outcome = fresh_cli.shell("keboola-duckdb --install-completion; true")
    assert "completion installed" in outcome.out
    assert "keboola-duckdb" in (fresh_cli.home / ".bashrc").read_text()
