"""What a person sees: colours, bars, questions."""

from __future__ import annotations

import re

import pexpect

from tests.sdk.cli.command_line import CommandLine

RED, BOLD = "\x1b[31m", "\x1b[1"


class TestColours:
    def test_an_error_is_one_red_line(self, cli, project):
        shown = cli.seen("tables", "list", project, "nope")
        assert shown.startswith(f"{RED}Error: Bucket nope not found")
        assert shown.endswith("\x1b[0m\r\n")
        assert shown.count("\n") == 1

    def test_headings_are_bold(self, cli, project, orders):
        assert re.search(
            r"\x1b\[1[;m][^\n]*row_count|\x1b\[1[;m].*rows", cli.seen("tables", "list", project, "in_c_sales")
        )
        assert BOLD in cli.seen("tables", "--help")

    def test_they_can_be_switched_off(self, cli, project, orders):
        words = ["tables", "profile", project, "in_c_sales", orders, "-m", "full", "--quiet"]
        assert "\x1b[3" in cli.seen(*words)
        assert "\x1b[3" not in cli.seen(*words, "--no-color")
        assert "\x1b[3" not in cli.seen(*words, NO_COLOR="1")
        assert "\x1b[3" not in cli.seen(*words, KEBOOLA_DUCKDB_NO_COLOR="true")
        assert "\x1b[31m" not in cli.seen("tables", "list", project, "nope", "--no-color")


class TestBars:
    def test_an_import_shows_bytes_then_the_job(self, cli, project, orders, orders_csv):
        shown = cli.seen("tables", "import", project, "in_c_sales", orders, orders_csv)
        assert "orders: upload" in shown
        assert re.search(r"\d+ B of \d+ B", shown)
        assert "orders: import" in shown
        assert "imported_rows" in shown

    def test_quiet_shows_none(self, cli, project, orders, orders_csv):
        assert "upload" not in cli.seen("tables", "import", project, "in_c_sales", orders, orders_csv, "--quiet")

    def test_data_in_a_pipe_has_its_bar_beside_it(self, cli, project, orders, tmp_path):
        script = f'{" ".join(cli_words(project, orders))} > "$HOME/out.csv"'
        child = pexpect.spawn(
            "bash", ["-c", script], env=cli.environment | {"TERM": "xterm"}, encoding="utf-8", timeout=30
        )
        child.expect(pexpect.EOF)
        assert "orders: download" in child.before
        assert (tmp_path / "out.csv").read_text().startswith("id,city,amount\n")

    def test_watching_a_job_shows_how_far_it_is(self, cli, project, orders):
        (job,) = cli.good("jobs", "list", project, "--type", "table_import", "-j").json
        shown = cli.seen("jobs", "watch", job["id"])
        assert "100%" in shown
        assert "3 rows" in shown


def cli_words(project: str, table: str) -> list[str]:
    from tests.sdk.cli.command_line import COMMAND

    return [*COMMAND, "tables", "export", project, "in_c_sales", table, "-"]


class TestQuestions:
    def test_yes_deletes(self, cli, project, orders):
        with cli.terminal("tables", "delete", project, "in_c_sales", orders) as child:
            child.expect_exact(f"Really delete table in_c_sales.orders of project {project}? [y/N]: ")
            child.sendline("y")
            child.expect_exact("Table in_c_sales.orders is deleted.")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 0

    def test_anything_else_does_not(self, cli, project, orders):
        with cli.terminal("tables", "delete", project, "in_c_sales", orders) as child:
            child.expect_exact("[y/N]: ")
            child.sendline("")
            child.expect_exact("Nothing was changed.")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 1
        cli.good("tables", "get", project, "in_c_sales", orders)

    def test_nor_does_ctrl_c(self, cli, project, orders):
        with cli.terminal("tables", "delete", project, "in_c_sales", orders) as child:
            child.expect_exact("[y/N]: ")
            child.sendintr()
            child.expect_exact("Interrupted.")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130
        cli.good("tables", "get", project, "in_c_sales", orders)

    def test_a_key_is_asked_for_and_not_shown(self, fresh_cli: CommandLine):
        with fresh_cli.terminal("config", "set", "api-key") as child:
            child.expect_exact("API key: ")
            child.waitnoecho()
            child.sendline("proj_1_admin_0123456789abcdef")
            child.expect_exact("api-key is ****cdef.")
            assert "0123456789" not in child.before
            child.expect(pexpect.EOF)
        assert fresh_cli.good("config", "get", "api-key").out == "****cdef\n"


def test_a_wide_table_folds_instead_of_losing_text(cli, project):
    text = "word " * 60
    cli.good("buckets", "create", project, "b", "--description", text.strip())
    shown = cli.seen("buckets", "list", project)
    assert shown.count("word") == 60
    assert max(len(line) for line in re.sub(r"\x1b\[[\d;]*m", "", shown).split("\r\n")) <= 120
