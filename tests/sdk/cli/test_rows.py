"""Rows and files between the shell and the server."""

from __future__ import annotations

import gzip

import pyarrow.parquet
import pytest

from tests.cast import Person
from tests.sdk.cli.conftest import ORDERS

TABLE = ("in_c_sales", "orders")


class TestCreate:
    def test_from_csv_infers_names_and_types(self, cli, alice: Person, project, orders_csv):
        alice.make_bucket("in_c_sales")
        words = ("tables", "create", project, *TABLE, "--from-csv", orders_csv, "--primary-key", "id")
        assert "id BIGINT, city VARCHAR, amount DOUBLE" in cli.good(*words, "--dry-run").err
        made = cli.good(*words, "-j").json
        assert [(column["name"], column["type"]) for column in made["columns"]] == [
            ("id", "BIGINT"),
            ("city", "VARCHAR"),
            ("amount", "DOUBLE"),
        ]
        assert made["primary_key"] == ["id"]

    @pytest.mark.parametrize(
        "columns", ['{"a": "INTEGER"}', '[{"name": "a", "type": "INTEGER", "nullable": false, "default": "1"}]']
    )
    def test_from_json(self, cli, alice: Person, project, columns):
        alice.make_bucket("in_c_sales")
        made = cli.good("tables", "create", project, *TABLE, "--columns", columns, "-j").json
        assert [column["name"] for column in made["columns"]] == ["a"]

    @pytest.mark.parametrize("words", [(), ("--columns", "{"), ("--columns", "3"), ("--columns", '{"a": 1}')])
    def test_otherwise_it_is_wrong_usage(self, cli, project, words):
        assert cli("tables", "create", project, *TABLE, *words).code == 2

    def test_not_from_both(self, cli, project, orders_csv):
        words = ("--columns", "{}", "--from-csv", orders_csv)
        assert cli("tables", "create", project, *TABLE, *words).code == 2


class TestImport:
    def test_a_file_replaces_the_rows(self, cli, alice: Person, project, orders, tmp_path):
        path = tmp_path / "more.csv.gz"
        path.write_bytes(gzip.compress(b"id,city,amount\n9,Plzen,1\n"))
        result = cli.good("tables", "import", project, *TABLE, str(path), "-j").json
        assert (result["imported_rows"], result["table_rows_after"]) == (1, 1)
        assert cli.good("files", "list", project, "-j").json[0]["name"] != path.name

    def test_stdin_adds_to_them(self, cli, alice: Person, project, orders):
        cli.good(
            "tables", "import", project, *TABLE, "-", "--incremental", stdin="id,city,amount\n3,Brno,7\n4,Zlin,8\n"
        )
        assert alice.rows(orders, bucket="in_c_sales") == [
            (1, "Praha", 10.5),
            (2, "Brno", 20.0),
            (3, "Brno", 7.0),
            (4, "Zlin", 8.0),
        ]

    def test_other_dialects_are_told(self, cli, alice: Person, project, orders):
        words = ("tables", "import", project, *TABLE, "-", "--delimiter", r"\t", "--no-header")
        cli.good(*words, stdin="5\tOstrava\t1.5\n")
        assert alice.rows(orders, bucket="in_c_sales") == [(5, "Ostrava", 1.5)]

    def test_an_uploaded_file_is_loaded_by_its_id(self, cli, project, orders, orders_csv):
        (file,) = cli.good("files", "upload", project, orders_csv, "-j").json
        result = cli.good("data", "import", project, *TABLE, "--file-id", file["id"], "--incremental", "-j").json
        assert result["table_rows_after"] == 3


class TestExport:
    def test_to_stdout(self, cli, project, orders):
        assert cli.good("tables", "export", project, *TABLE, "-").out == ORDERS

    def test_the_name_of_the_file_chooses_the_format(self, cli, project, orders, tmp_path):
        outcome = cli.good("tables", "export", project, *TABLE, str(tmp_path / "o.parquet"))
        assert pyarrow.parquet.read_table(tmp_path / "o.parquet").num_rows == 3
        assert (outcome.out, "3 rows" in outcome.err) == ("", True)
        cli.good("tables", "export", project, *TABLE, str(tmp_path / "o.csv.gz"))
        assert gzip.decompress((tmp_path / "o.csv.gz").read_bytes()).decode() == ORDERS

    def test_some_rows_and_columns(self, cli, project, orders):
        words = ("--columns", "city,id", "--where", "city = 'Praha'", "--limit", "1")
        assert cli.good("tables", "export", project, *TABLE, "-", *words).out == "city,id\nPraha,1\n"

    def test_to_a_file_of_the_project(self, cli, project, orders, tmp_path):
        made = cli.good("data", "export", project, *TABLE, "-j").json
        assert cli.good("files", "download", project, made["file_id"], "-").out == ORDERS
        cli.good("data", "export", project, *TABLE, "--output", str(tmp_path / "here.csv"))
        assert (tmp_path / "here.csv").read_text() == ORDERS

    def test_another_format_is_wrong_usage(self, cli, project, orders):
        for group in (("tables", "export", project, *TABLE, "-"), ("data", "export", project, *TABLE)):
            assert cli(*group, "--format", "xlsx").code == 2


class TestPreview:
    def test_the_first_rows(self, cli, project, orders):
        outcome = cli.good("tables", "preview", project, *TABLE, "--limit", "2")
        assert outcome.out.splitlines() == ["id  city   amount", " 1  Praha    10.5", " 2  Brno     20.0"]
        assert outcome.err == "2 of 3 rows shown.\n"

    def test_as_csv(self, cli, project, orders):
        assert cli.good("tables", "preview", project, *TABLE, "-f", "csv").out == ORDERS


class TestDelete:
    def test_several_at_once(self, cli, alice: Person, project, orders):
        alice.make_table("in_c_sales", "more", {"id": "INTEGER"})
        outcome = cli.good("tables", "delete-many", project, "in_c_sales", "orders", "more", "--yes")
        assert len(outcome.err.splitlines()) == 2
        assert cli.good("tables", "list", project, "in_c_sales", "-j").json == []

    def test_one(self, cli, project, orders):
        cli.good("tables", "delete", project, *TABLE, "-y")
        assert cli("tables", "get", project, *TABLE).code == 4


class TestFiles:
    def test_many_paths_and_patterns(self, cli, project, tmp_path):
        for name in ("a.csv", "b.csv", "c.txt", "*.odd"):
            (tmp_path / name).write_text(name)
        made = cli.good(
            "files", "upload", project, str(tmp_path / "[ab].csv"), str(tmp_path / "*.odd"), "--tag", "k=v", "-j"
        ).json
        assert [(file["name"], file["tags"]) for file in made] == [
            ("a.csv", {"k": "v"}),
            ("b.csv", {"k": "v"}),
            ("*.odd", {"k": "v"}),
        ]
        found = cli.good("files", "list", project, "--tag", "k=v", "--name", ".csv", "-j").json
        assert {file["name"] for file in found} == {"a.csv", "b.csv"}

    def test_stdin_needs_a_name(self, cli, project, tmp_path):
        (made,) = cli.good("files", "upload", project, "--stdin", "--name", "notes.txt", "-j", stdin=b"\x00\xff").json
        assert cli.good("files", "download", project, made["id"], "-").out_bytes == b"\x00\xff"
        cli.good("files", "download", project, made["id"], str(tmp_path))
        assert (tmp_path / "notes.txt").read_bytes() == b"\x00\xff"
        assert cli("files", "upload", project, "--stdin").code == 2
        assert cli("files", "upload", project).code == 2

    def test_one_name_is_for_one_file(self, cli, project, tmp_path):
        for name in "ab":
            (tmp_path / name).write_text(name)
        assert cli("files", "upload", project, str(tmp_path / "a"), str(tmp_path / "b"), "--name", "c").code == 2
        assert cli("files", "upload", project, str(tmp_path / "a"), "--tag", "odd").code == 2

    def test_they_are_deleted(self, cli, project, orders_csv):
        made = cli.good("files", "upload", project, orders_csv, "-j").json
        cli.good("files", "delete", project, made[0]["id"], "-y")
        assert cli.good("files", "list", project, "-j").json == []
