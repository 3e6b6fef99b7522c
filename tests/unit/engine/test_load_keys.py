"""How rows of a file meet those of the table, for each mode of load."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.errors import DuplicateKey
from tests.unit.engine.load_bench import opened, table

KEYED = table("id INTEGER", "v VARCHAR", key=("id",))
FREE = table("id INTEGER", "v VARCHAR")
STRICT = ("fail_on_duplicates", "insert_duplicates")
MODES = ("update_duplicates", "anything else", *STRICT)


@pytest.mark.parametrize("mode", MODES)
def test_without_a_key_a_full_load_replaces_and_an_incremental_one_appends(tmp_path: Path, mode: str) -> None:
    with opened(tmp_path, FREE) as bench:
        assert bench.load(b"id,v\n1,x\n1,x\n", dedup_mode=mode).imported_rows == 2
        assert bench.load(b"id,v\n1,x\n1,x\n", incremental=True, dedup_mode=mode).imported_rows == 2
        assert bench.rows() == [(1, "x")] * 4
        assert bench.load(b"id,v\n2,y\n", dedup_mode=mode).imported_rows == 1
        assert bench.rows() == [(2, "y")]


@pytest.mark.parametrize("mode", ["update_duplicates", "anything else"])
def test_the_last_row_of_a_full_load_wins(tmp_path: Path, mode: str) -> None:
    with opened(tmp_path, KEYED) as bench:
        counts = bench.load(b"id,v\n1,a\n2,b\n1,c\n1,d\n", dedup_mode=mode)
        assert counts.imported_rows == 4
        assert counts.warnings == ("2 rows were superseded by a later row of the file with the same key.",)
        assert sorted(bench.rows()) == [(1, "d"), (2, "b")]


def test_an_upsert_overwrites_inserts_and_counts_what_it_added(tmp_path: Path) -> None:
    with opened(tmp_path, KEYED) as bench:
        bench.load(b"id,v\n1,a\n2,b\n3,c\n")
        counts = bench.load(b"id,v\n2,B\n4,d\n4,D\n3,\n", incremental=True)
        assert counts.imported_rows == 1
        assert counts.warnings == ("1 row was superseded by a later row of the file with the same key.",)
        assert sorted(bench.rows()) == [(1, "a"), (2, "B"), (3, None), (4, "D")]
        assert bench.leftovers() == []


def test_an_upsert_that_only_updates_imports_no_rows(tmp_path: Path) -> None:
    with opened(tmp_path, KEYED) as bench:
        bench.load(b"id,v\n1,a\n2,b\n")
        assert bench.load(b"id,v\n1,c\n", incremental=True).imported_rows == 0


def test_the_last_of_many_rows_wins(tmp_path: Path) -> None:
    """Enough rows for DuckDB to read them in parallel: file order must survive."""
    content = b"id,v\n" + b"".join(b"%d,%d\n" % (row % 1000, row) for row in range(600_000))
    expected = [(key, str(599_000 + key)) for key in range(1000)]
    with opened(tmp_path, KEYED) as bench:
        assert bench.load(content).imported_rows == 600_000
        assert sorted(bench.rows()) == expected
        assert bench.load(content, incremental=True).imported_rows == 0
        assert sorted(bench.rows()) == expected


@pytest.mark.parametrize("mode", STRICT)
@pytest.mark.parametrize("incremental", [False, True])
def test_strict_modes_refuse_a_key_twice_in_the_file(tmp_path: Path, mode: str, incremental: bool) -> None:
    with opened(tmp_path, KEYED) as bench:
        bench.load(b"id,v\n9,z\n")
        with pytest.raises(DuplicateKey) as caught:
            bench.load(b"id,v\n1,a\n2,b\n2,c\n3,d\n3,d\n", incremental=incremental, dedup_mode=mode)
        assert caught.value.message == (
            "Duplicate key violation: 2 keys occur more than once in the file, for example id=2"
        )
        assert caught.value.details == {"dedup_mode": mode}
        assert bench.rows() == ([(9, "z")] if incremental else [])
        assert bench.leftovers() == []


@pytest.mark.parametrize("mode", STRICT)
def test_strict_modes_refuse_a_key_of_the_table(tmp_path: Path, mode: str) -> None:
    with opened(tmp_path, KEYED) as bench:
        bench.load(b"id,v\n1,a\n2,b\n")
        with pytest.raises(DuplicateKey, match=r"1 key of the file is in the table already, for example id=2"):
            bench.load(b"id,v\n3,c\n2,b\n", incremental=True, dedup_mode=mode)
        assert bench.rows() == [(1, "a"), (2, "b")]
        assert bench.load(b"id,v\n3,c\n", incremental=True, dedup_mode=mode).imported_rows == 1


def test_a_table_of_keys_only_ignores_rows_it_has(tmp_path: Path) -> None:
    with opened(tmp_path, table("a INTEGER", "b VARCHAR", key=("b", "a"))) as bench:
        bench.load(b"a,b\n1,x\n2,y\n")
        assert bench.load(b"a,b\n1,x\n1,y\n1,y\n", incremental=True).imported_rows == 1
        assert sorted(bench.rows()) == [(1, "x"), (1, "y"), (2, "y")]


def test_keys_of_several_columns(tmp_path: Path) -> None:
    spec = table("a INTEGER", "v VARCHAR", 'odd "name VARCHAR'.replace(' "name', "_name"), key=("odd_name", "a"))
    with opened(tmp_path, spec) as bench:
        bench.load(b"a,v,k\n1,p,x\n1,q,y\n")
        bench.load(b"a,v,k\n1,Q,y\n2,r,y\n", incremental=True)
        assert sorted(bench.rows()) == [(1, "Q", "y"), (1, "p", "x"), (2, "r", "y")]
        with pytest.raises(DuplicateKey, match="for example odd_name=x, a=1"):
            bench.load(b"a,v,k\n1,Q,x\n", incremental=True, dedup_mode="fail_on_duplicates")


def test_an_upsert_of_some_columns_resets_the_others_to_their_defaults(tmp_path: Path) -> None:
    with opened(tmp_path, table("id INTEGER", "v VARCHAR", "s VARCHAR DEFAULT 'new'", key=("id",))) as bench:
        bench.load(b"id,v,s\n1,a,old\n2,b,old\n")
        bench.load(b"v,id\nB,2\nC,3\n", incremental=True, columns=("v", "id"))
        assert sorted(bench.rows()) == [(1, "a", "old"), (2, "B", "new"), (3, "C", "new")]


def test_an_incremental_load_into_an_empty_table_is_a_full_one(tmp_path: Path) -> None:
    with opened(tmp_path, KEYED) as bench:
        assert bench.load(b"id,v\n1,a\n2,b\n", incremental=True).imported_rows == 2


@pytest.mark.parametrize("spec", [KEYED, FREE])
def test_a_header_only_file_empties_or_adds_nothing(tmp_path: Path, spec: object) -> None:
    with opened(tmp_path, spec) as bench:  # type: ignore[arg-type]
        bench.load(b"id,v\n1,a\n")
        assert bench.load(b"id,v\n", incremental=True).imported_rows == 0
        assert bench.count() == 1
        assert bench.load(b"id,v\n").imported_rows == 0
        assert bench.count() == 0
