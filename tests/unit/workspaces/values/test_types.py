"""The table of types: what each DuckDB type is called, and which type a parameter is bound as."""

from __future__ import annotations

import pytest

from workspaces.pgwire.values.types import (
    BY_OID,
    array_of,
    element_of,
    engine_cast,
    numeric,
    parameter_type,
    postgres_type,
    sql_name,
)


@pytest.mark.parametrize(
    ("duckdb_type", "oid", "name", "typlen", "typmod"),
    [
        ("BOOLEAN", 16, "bool", 1, -1),
        ("UTINYINT", 21, "int2", 2, -1),
        ("USMALLINT", 23, "int4", 4, -1),
        ("UINTEGER", 20, "int8", 8, -1),
        ("UBIGINT", 1700, "numeric", -1, 1310724),
        ("HUGEINT", 1700, "numeric", -1, 2490372),
        ("BIGNUM", 1700, "numeric", -1, -1),
        ("DECIMAL(12,2)", 1700, "numeric", -1, (12 << 16 | 2) + 4),
        ("VARCHAR", 1043, "varchar", -1, -1),
        ("ENUM('a[]', 'DECIMAL(1,1)')", 1043, "varchar", -1, -1),
        ("TIMESTAMP WITH TIME ZONE", 1184, "timestamptz", 8, -1),
        ("TIMESTAMP_NS", 1114, "timestamp", 8, -1),
        ("GEOMETRY", 17, "bytea", -1, -1),
        ("STRUCT(a INTEGER, b VARCHAR[])", 114, "json", -1, -1),
        ("MAP(VARCHAR, INTEGER)", 114, "json", -1, -1),
        ("UNION(a INTEGER)", 114, "json", -1, -1),
        ("VARIANT", 114, "json", -1, -1),
        ("INTEGER[]", 1007, "_int4", -1, -1),
        ("INTEGER[3]", 1007, "_int4", -1, -1),
        ("INTEGER[3][2]", 1007, "_int4", -1, -1),
        ("DECIMAL(6,2)[]", 1231, "_numeric", -1, (6 << 16 | 2) + 4),
        ("ENUM('a', 'b')[]", 1015, "_varchar", -1, -1),
        ("INTEGER[][]", 114, "json", -1, -1),
        ("INTEGER[3][]", 114, "json", -1, -1),
        ("STRUCT(a INTEGER)[]", 114, "json", -1, -1),
        ("JSON[]", 114, "json", -1, -1),
        ("TYPE", 25, "text", -1, -1),
        ('"NULL"', 25, "text", -1, -1),
        ("SOMETHING_NEW", 25, "text", -1, -1),
    ],
)
def test_each_duckdb_type_has_its_name_in_postgresql(duckdb_type, oid, name, typlen, typmod):
    found = postgres_type(duckdb_type)
    assert (found.oid, found.name, found.typlen, found.typmod) == (oid, name, typlen, typmod)


@pytest.mark.parametrize(
    ("oid", "duckdb_type"),
    [
        (16, "BOOLEAN"),
        (705, "VARCHAR"),
        (3802, "JSON"),
        (1007, "INTEGER[]"),
        (1266, "TIME WITH TIME ZONE"),
        (2249, None),
    ],
)
def test_a_parameter_is_bound_as_the_duckdb_type_of_its_oid(oid, duckdb_type):
    assert parameter_type(oid) == duckdb_type


def test_a_numeric_parameter_keeps_the_modifier_it_was_given():
    assert parameter_type(1700, numeric(12, 2).typmod) == "DECIMAL(12,2)"
    assert parameter_type(1231, numeric(12, 2).typmod) == "DECIMAL(12,2)[]"


@pytest.mark.parametrize("oid", sorted(BY_OID))
def test_every_type_has_a_name_in_sql(oid):
    assert sql_name(BY_OID[oid])


def test_names_in_sql_show_modifiers_and_brackets():
    assert sql_name(postgres_type("DECIMAL(12,2)[]")) == "numeric(12,2)[]"
    assert sql_name(postgres_type("TIMESTAMP")) == "timestamp without time zone"


def test_an_array_type_and_its_element_know_each_other():
    assert element_of(array_of(numeric(6, 2))) == numeric(6, 2)


@pytest.mark.parametrize(
    ("duckdb_type", "cast"),
    [
        ("INTEGER", None),
        ("STRUCT(a INTEGER)", None),
        ("MAP(INTEGER, INTEGER)[]", None),
        ("ENUM('VARIANT')", None),
        ("DECIMAL(4,2)[]", None),
        ("TIME WITH TIME ZONE", None),
        ("VARIANT", "JSON"),
        ("VARIANT[]", "JSON"),
        ("STRUCT(a VARIANT)", "JSON"),
        ("TYPE", "VARCHAR"),
        ("SOMETHING_NEW[]", "VARCHAR"),
    ],
)
def test_only_types_that_arrow_cannot_hold_are_cast_by_the_engine(duckdb_type, cast):
    assert engine_cast(duckdb_type) == cast
