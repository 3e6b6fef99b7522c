"""What a script sees: real processes, pipes and signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess

import pytest

from tests.cast import Person
from tests.sdk.cli.command_line import COMMAND, SECONDS
from tests.sdk.cli.conftest import ORDERS


@pytest.fixture
def many(alice: Person) -> str:
    """More rows than a pipe holds."""
    alice.make_bucket("in_c_sales")
    alice.make_table("in_c_sales", "many", {"id": "INTEGER", "text": "VARCHAR"})
    rows = "".join(f"{number},{'x' * 90}\n" for number in range(20_000))
    alice.load("id,text\n" + rows, "many", bucket="in_c_sales").raise_for_status()
    return "many"


def test_rows_go_from_pipe_to_pipe(cli, project, orders):
    outcome = cli.shell(f"""
        set -euo pipefail
        keboola-duckdb tables export {project} in_c_sales orders - \
          | keboola-duckdb tables import {project} in_c_sales orders - --json
        keboola-duckdb tables export {project} in_c_sales orders -
    """)
    assert outcome.code == 0, outcome.err
    document, _, rows = outcome.out.partition("}\n")
    assert json.loads(document + "}")["imported_rows"] == 3
    assert rows == ORDERS


def test_a_reader_that_has_enough_is_no_error(cli, project, many):
    outcome = cli.shell(f"""
        set -o pipefail
        keboola-duckdb tables export {project} in_c_sales many - | head -n 2
    """)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0] == "id,text"


def test_nor_is_one_that_wants_nothing(cli, project):
    outcome = cli.shell(f"set -o pipefail; keboola-duckdb projects get {project} | true")
    assert (outcome.code, outcome.err) == (0, "")


def test_nothing_is_coloured_or_drawn(cli, project, orders, orders_csv):
    for words in (
        ["tables", "import", project, "in_c_sales", orders, orders_csv],
        ["tables", "profile", project, "in_c_sales", orders, "-m", "full"],
        ["tables", "get", project, "in_c_sales", "nope"],
        ["tables", "--help"],
    ):
        outcome = cli.process(*words)
        assert "\x1b" not in outcome.out + outcome.err


def test_exit_codes_reach_the_shell(cli, project):
    assert cli.process("tables", "list", project, "nope").code == 4
    assert cli.process("nope").code == 2


def test_ctrl_c_ends_it_quietly(cli):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen(
            [*COMMAND, "projects", "list", "--url", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=cli.environment,
        ) as process:
            connection, _ = silent.accept()
            # It has asked, and waits for an answer that never comes.
            assert connection.recv(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=SECONDS)
            connection.close()
    assert (process.returncode, out, err) == (130, b"", b"Interrupted.\n")


def test_data_is_utf_8_whatever_the_locale(cli, project):
    cli.good("branches", "create", project, "žluťoučký █")
    outcome = cli.process("branches", "list", project, LC_ALL="C", PYTHONIOENCODING="latin-1")
    assert (outcome.code, outcome.err) == (0, "")
    assert "žluťoučký █" in outcome.out


def test_without_the_extra_it_says_how_to_get_it(fresh_cli):
    script = "import sys; sys.modules['typer'] = None; import keboola_duckdb.cli.main"
    done = subprocess.run([COMMAND[0], "-c", script], env=fresh_cli.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "The command line is an extra of the SDK: pip install 'keboola-duckdb-sdk[cli]'\n"
