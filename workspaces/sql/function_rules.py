"""Which functions and catalog relations of the engine no user may reach: files, settings, logs, SQL in strings."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DENIED_PREFIXES = (
    "read_", "duckdb_", "pragma_", "parquet_", "http_", "postgres_", "mysql_", "sqlite_", "st_read", "iceberg_",
    "delta_", "enable_", "disable_", "verify_", "load_", "ducklake_", "copy_database", "import_database", "shell_",
)  # fmt: skip
_DENIED_SUFFIXES = ("_scan", "_scan_dumb", "_attach")
_DENIED = _names("""
    glob sniff_csv query query_table which_secret write_log truncate_duckdb_logs getenv checkpoint force_checkpoint
    add_parquet_key json_execute_serialized_sql json_serialize_plan from_substrait from_substrait_json get_substrait
    get_substrait_json python_map_function storage_info metadata_info database_list database_size show_databases
    show_tables_expanded extension_versions all_profiling_output create_fts_index drop_fts_index sql_auto_complete
    read_xlsx st_drivers write_blob register_geoarrow_extensions start_ui stop_ui
""")
_ALLOWED = _names("duckdb_types duckdb_functions duckdb_keywords duckdb_variables")
_DENIED_RELATIONS = _names("sqlite_master sqlite_schema sqlite_temp_master sqlite_temp_schema _workspace_info")
#: Table macros that read the relation whose name they are given as a text.
_DENIED_IN_FROM = _names("histogram histogram_values")


def is_denied_function(name: str, *, replaced: frozenset[str] = frozenset()) -> bool:
    """Whether a call of this name, however it is qualified, is refused; `replaced` are those we serve ourselves."""
    folded = name.casefold()
    if folded in _ALLOWED or folded in replaced:
        return False
    return folded in _DENIED or folded.startswith(_DENIED_PREFIXES) or folded.endswith(_DENIED_SUFFIXES)


def is_denied_table_function(name: str) -> bool:
    """Whether a call is refused where a relation stands, though an aggregate of that name is fine."""
    return name.casefold() in _DENIED_IN_FROM


def is_denied_relation(name: str, *, replaced: frozenset[str] = frozenset()) -> bool:
    """Whether a built-in view of this name shows files, aliases or other people's definitions."""
    folded = name.casefold()
    if folded in _ALLOWED or folded in replaced:
        return False
    return folded in _DENIED_RELATIONS or folded.startswith(("duckdb_", "pragma_"))
