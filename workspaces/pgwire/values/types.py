"""The one table of types: what PostgreSQL calls a DuckDB type, and which DuckDB type takes a PostgreSQL parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

TEXT_FORMAT, BINARY_FORMAT = 0, 1
_UNCONSTRAINED = -1
#: PostgreSQL adds four bytes, once the length of a header, to every type modifier.
_MODIFIER_BASE = 4
MAX_DECIMAL_DIGITS = 38


@dataclass(frozen=True, slots=True)
class PostgresType:
    """A type as RowDescription and pg_attribute tell it; `typlen` -1 means variable, `element_oid` 0 no array."""

    oid: int
    name: str
    typlen: int
    typmod: int = _UNCONSTRAINED
    element_oid: int = 0

    @property
    def is_array(self) -> bool:
        """Whether values are arrays in the array format; int2vector and oidvector have a text form of their own."""
        return self.element_oid != 0


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table: a PostgreSQL type with its array type, SQL name and the DuckDB type of a parameter."""

    oid: int
    name: str
    typlen: int
    array_oid: int
    sql_name: str
    parameter_type: str | None = "VARCHAR"


_ROWS = (
    _Row(16, "bool", 1, 1000, "boolean", "BOOLEAN"),
    _Row(17, "bytea", -1, 1001, "bytea", "BLOB"),
    _Row(18, "char", 1, 1002, '"char"'),
    _Row(19, "name", 64, 1003, "name"),
    _Row(20, "int8", 8, 1016, "bigint", "BIGINT"),
    _Row(21, "int2", 2, 1005, "smallint", "SMALLINT"),
    _Row(22, "int2vector", -1, 1006, "int2vector"),
    _Row(23, "int4", 4, 1007, "integer", "INTEGER"),
    _Row(24, "regproc", 4, 1008, "regproc"),
    _Row(25, "text", -1, 1009, "text"),
    _Row(26, "oid", 4, 1028, "oid", "UINTEGER"),
    _Row(27, "tid", 6, 1010, "tid"),
    _Row(28, "xid", 4, 1011, "xid", "UINTEGER"),
    _Row(29, "cid", 4, 1012, "cid", "UINTEGER"),
    _Row(30, "oidvector", -1, 1013, "oidvector"),
    _Row(114, "json", -1, 199, "json", "JSON"),
    _Row(142, "xml", -1, 143, "xml"),
    _Row(194, "pg_node_tree", -1, 0, "pg_node_tree"),
    _Row(650, "cidr", -1, 651, "cidr"),
    _Row(700, "float4", 4, 1021, "real", "FLOAT"),
    _Row(701, "float8", 8, 1022, "double precision", "DOUBLE"),
    _Row(705, "unknown", -2, 0, "unknown"),
    _Row(790, "money", 8, 791, "money"),
    _Row(829, "macaddr", 6, 1040, "macaddr"),
    _Row(869, "inet", -1, 1041, "inet"),
    _Row(1033, "aclitem", 12, 1034, "aclitem"),
    _Row(1042, "bpchar", -1, 1014, "character"),
    _Row(1043, "varchar", -1, 1015, "character varying"),
    _Row(1082, "date", 4, 1182, "date", "DATE"),
    _Row(1083, "time", 8, 1183, "time without time zone", "TIME"),
    _Row(1114, "timestamp", 8, 1115, "timestamp without time zone", "TIMESTAMP"),
    _Row(1184, "timestamptz", 8, 1185, "timestamp with time zone", "TIMESTAMP WITH TIME ZONE"),
    _Row(1186, "interval", 16, 1187, "interval", "INTERVAL"),
    _Row(1266, "timetz", 12, 1270, "time with time zone", "TIME WITH TIME ZONE"),
    _Row(1560, "bit", -1, 1561, "bit", "BIT"),
    _Row(1562, "varbit", -1, 1563, "bit varying", "BIT"),
    # The value decides the width of a numeric parameter; this is what an unbound one is prepared with.
    _Row(1700, "numeric", -1, 1231, "numeric", "DECIMAL(38,10)"),
    _Row(2205, "regclass", 4, 2210, "regclass"),
    _Row(2206, "regtype", 4, 2211, "regtype"),
    _Row(2249, "record", -1, 2287, "record", None),
    _Row(2278, "void", 4, 0, "void", None),
    _Row(2950, "uuid", 16, 2951, "uuid", "UUID"),
    _Row(3802, "jsonb", -1, 3807, "jsonb", "JSON"),
    _Row(4089, "regnamespace", 4, 4090, "regnamespace"),
)
_BY_OID = {row.oid: row for row in _ROWS}
_BY_ARRAY_OID = {row.array_oid: row for row in _ROWS if row.array_oid}


def _types_by_oid() -> dict[int, PostgresType]:
    scalars = {row.oid: PostgresType(row.oid, row.name, row.typlen) for row in _ROWS}
    arrays = {
        row.array_oid: PostgresType(row.array_oid, f"_{row.name}", -1, element_oid=row.oid)
        for row in _ROWS
        if row.array_oid
    }
    return scalars | arrays


#: Every type this server can name, without modifier, by OID.
BY_OID = _types_by_oid()
_BY_NAME = {known.name: known for known in BY_OID.values()}

BOOL, BYTEA, INT2, INT4, INT8 = (_BY_NAME[name] for name in ("bool", "bytea", "int2", "int4", "int8"))
FLOAT4, FLOAT8, NUMERIC = (_BY_NAME[name] for name in ("float4", "float8", "numeric"))
TEXT, VARCHAR, JSON, JSONB = (_BY_NAME[name] for name in ("text", "varchar", "json", "jsonb"))
DATE, TIME, TIMETZ, TIMESTAMP = (_BY_NAME[name] for name in ("date", "time", "timetz", "timestamp"))
TIMESTAMPTZ, INTERVAL, UUID = (_BY_NAME[name] for name in ("timestamptz", "interval", "uuid"))
BIT, VARBIT, OID, UNKNOWN = (_BY_NAME[name] for name in ("bit", "varbit", "oid", "unknown"))


def numeric(precision: int, scale: int) -> PostgresType:
    """numeric with its precision and scale in the modifier."""
    return replace(NUMERIC, typmod=((precision << 16) | scale) + _MODIFIER_BASE)


_SCALARS = {
    "BOOLEAN": BOOL,
    "TINYINT": INT2,
    "SMALLINT": INT2,
    "UTINYINT": INT2,
    "INTEGER": INT4,
    "USMALLINT": INT4,
    "BIGINT": INT8,
    "UINTEGER": INT8,
    "UBIGINT": numeric(20, 0),
    # Readers size buffers by the modifier; the few values of 39 digits are sent in full all the same.
    "HUGEINT": numeric(MAX_DECIMAL_DIGITS, 0),
    "UHUGEINT": numeric(MAX_DECIMAL_DIGITS, 0),
    "BIGNUM": NUMERIC,
    "FLOAT": FLOAT4,
    "DOUBLE": FLOAT8,
    "VARCHAR": VARCHAR,
    "ENUM": VARCHAR,
    "BLOB": BYTEA,
    "BIT": VARBIT,
    "DATE": DATE,
    "TIME": TIME,
    "TIME_NS": TIME,
    "TIME WITH TIME ZONE": TIMETZ,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP_S": TIMESTAMP,
    "TIMESTAMP_MS": TIMESTAMP,
    "TIMESTAMP_NS": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "INTERVAL": INTERVAL,
    "UUID": UUID,
    "JSON": JSON,
    "STRUCT": JSON,
    "MAP": JSON,
    "UNION": JSON,
    "VARIANT": JSON,
    "GEOMETRY": BYTEA,
}
_ARRAY_SUFFIX = re.compile(r"\[(\d*)\]$")
_VARIANT = re.compile(r"\bVARIANT\b")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
#: What DuckDB calls the type of a bare NULL; Arrow has it as integers.
_NULL_TYPE = '"NULL"'
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)$")


def postgres_type(duckdb_type: str) -> PostgresType:
    """What PostgreSQL calls a DuckDB type in canonical spelling; unknown and new types are text."""
    suffix = _ARRAY_SUFFIX.search(duckdb_type)
    if suffix is None:
        return _scalar(duckdb_type)
    element_text = duckdb_type[: suffix.start()]
    element = postgres_type(element_text)
    if element.is_array:
        return element if _is_rectangular(duckdb_type) else JSON
    return JSON if element.oid == JSON.oid else array_of(element)


def _scalar(duckdb_type: str) -> PostgresType:
    decimal = _DECIMAL.match(duckdb_type)
    if decimal is not None:
        return numeric(int(decimal[1]), int(decimal[2]))
    head = duckdb_type.split("(", 1)[0].strip()
    return _SCALARS.get(head, TEXT)


def _is_rectangular(duckdb_type: str) -> bool:
    """Whether each level of an array type has a fixed size: only then PostgreSQL's arrays of more dimensions fit."""
    rest = duckdb_type
    while suffix := _ARRAY_SUFFIX.search(rest):
        if not suffix[1]:
            return False
        rest = rest[: suffix.start()]
    return True


def array_of(element: PostgresType) -> PostgresType:
    """The array type of an element type, with the element's modifier as PostgreSQL has it."""
    array_oid = _BY_OID[element.oid].array_oid
    return replace(BY_OID[array_oid], typmod=element.typmod) if array_oid else JSON


def element_of(array: PostgresType) -> PostgresType:
    """The type of an array's elements, with the array's modifier."""
    return replace(BY_OID[array.element_oid], typmod=array.typmod)


def parameter_type(oid: int, typmod: int = _UNCONSTRAINED) -> str | None:
    """The DuckDB type that takes parameters of a PostgreSQL type; None where there is none, as for records."""
    element = _BY_ARRAY_OID.get(oid)
    if element is not None:
        return None if element.parameter_type is None else f"{parameter_type(element.oid, typmod)}[]"
    row = _BY_OID.get(oid)
    if row is None:
        return None
    modifier = numeric_modifier(typmod) if oid == NUMERIC.oid else None
    return row.parameter_type if modifier is None else f"DECIMAL({modifier[0]},{modifier[1]})"


def numeric_modifier(typmod: int) -> tuple[int, int] | None:
    """Precision and scale of a numeric's modifier; None without one."""
    if typmod < _MODIFIER_BASE:
        return None
    packed = typmod - _MODIFIER_BASE
    return packed >> 16, packed & 0xFFFF


def sql_name(wanted: PostgresType) -> str:
    """The name that format_type and information_schema print, as `numeric(12,2)[]` or `character varying`."""
    element = _BY_ARRAY_OID.get(wanted.oid)
    row = element or _BY_OID[wanted.oid]
    modifier = numeric_modifier(wanted.typmod) if row.oid == NUMERIC.oid else None
    name = row.sql_name if modifier is None else f"numeric({modifier[0]},{modifier[1]})"
    return f"{name}[]" if element else name


def engine_cast(duckdb_type: str) -> str | None:
    """`JSON` or `VARCHAR` when the query has to give the column in that form, None when Arrow carries it as it is."""
    bare = duckdb_type
    while suffix := _ARRAY_SUFFIX.search(bare):
        bare = bare[: suffix.start()]
    if _VARIANT.search(_QUOTED.sub("", bare)):
        return "JSON"
    return "VARCHAR" if _scalar(bare).oid == TEXT.oid and bare != _NULL_TYPE else None
