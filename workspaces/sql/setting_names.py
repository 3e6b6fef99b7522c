"""Which settings exist for a user, and what becomes of each: the table of what SET, RESET and SHOW may name."""

from __future__ import annotations

from enum import Enum
from fnmatch import fnmatchcase


class SettingGroup(Enum):
    """What the server does with a setting."""

    APPLIED = "applied"
    STORED = "stored"
    READ_ONLY = "read_only"
    FIXED = "fixed"
    CUSTOM = "custom"
    ENGINE = "engine"
    IGNORED = "ignored"
    REFUSED = "refused"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_APPLIED = _names("""
    timezone search_path statement_timeout idle_in_transaction_session_timeout idle_session_timeout transaction_timeout
    lock_timeout application_name client_encoding datestyle intervalstyle client_min_messages
    default_transaction_read_only transaction_read_only default_transaction_isolation transaction_isolation
    transaction_deferrable default_transaction_deferrable
""")
_STORED = _names("""
    extra_float_digits bytea_output synchronous_commit work_mem maintenance_work_mem effective_cache_size temp_buffers
    jit force_parallel_mode constraint_exclusion row_security check_function_bodies default_tablespace temp_tablespaces
    default_table_access_method xmloption xmlbinary backslash_quote escape_string_warning array_nulls plan_cache_mode
    default_with_oids session_replication_role password_encryption default_text_search_config ssl_renegotiation_limit
    statement_mem optimizer cursor_tuple_fraction from_collapse_limit join_collapse_limit quote_all_identifiers
    default_statistics_target commit_delay debug_print_plan effective_io_concurrency lc_messages lc_monetary lc_numeric
    lc_time track_activities track_counts track_functions track_io_timing role seed exit_on_error
    default_toast_compression hash_mem_multiplier deadlock_timeout gin_fuzzy_search_limit icu_validation_level
    parallel_leader_participation recursive_worktable_factor
""")
_STORED_PATTERNS = (
    "enable_*", "*_cost", "max_parallel_*", "geqo*", "lc_*", "vacuum_*", "log_*", "tcp_*", "jit_*", "min_parallel_*",
)  # fmt: skip
_READ_ONLY = _names("""
    server_version server_version_num server_encoding integer_datetimes max_identifier_length max_index_keys
    max_connections block_size lc_collate lc_ctype is_superuser session_authorization data_checksums wal_level
    in_hot_standby segment_size ssl port max_function_args wal_block_size
""")
_FIXED = _names("standard_conforming_strings")
_IGNORED = _names("enable_progress_bar enable_print_progress_bar")
#: Engine settings that are safe for each connection.
_ENGINE = _names("integer_division default_null_order calendar")
#: All other settings of the engine (1.5.5): a test compares them with the engine's own list.
_REFUSED = _names("""
    __delta_only_variant_encoding_enabled access_mode allocator_background_threads
    allocator_bulk_deallocation_flush_threshold allocator_flush_threshold allow_community_extensions
    allow_extensions_metadata_mismatch allow_parser_override_extension allow_persistent_secrets
    allow_unredacted_secrets allow_unsigned_extensions allowed_configs allowed_directories allowed_paths
    arrow_large_buffer_size arrow_lossless_conversion arrow_output_list_view arrow_output_version
    asof_loop_join_threshold auto_checkpoint_skip_wal_threshold autoinstall_extension_repository
    autoinstall_known_extensions autoload_known_extensions binary_as_string block_allocator_memory
    catalog_error_max_schemas checkpoint_threshold current_transaction_invalidation_policy
    custom_extension_repository custom_profiling_settings custom_user_agent debug_asof_iejoin debug_checkpoint_abort
    debug_checkpoint_sleep_ms debug_eviction_queue_sleep_micro_seconds debug_force_external
    debug_force_no_cross_product debug_physical_table_scan_execution_strategy debug_skip_checkpoint_on_commit
    debug_verify_blocks debug_verify_vector debug_window_mode default_block_size default_collation default_order
    default_secret_storage deprecated_using_key_syntax disable_database_invalidation disable_parquet_prefetching
    disable_timestamptz_casts disabled_compression_methods disabled_filesystems disabled_log_types
    disabled_optimizers duckdb_api dynamic_or_filter_threshold enable_caching_operators enable_external_access
    enable_external_file_cache enable_fsst_vectors enable_geoparquet_conversion enable_http_logging
    enable_http_metadata_cache enable_logging enable_macro_dependencies enable_object_cache enable_profiling
    enable_progress_bar_print enable_view_dependencies enabled_log_types errors_as_json experimental_metadata_reuse
    explain_output extension_directories extension_directory external_threads file_search_path force_bitpacking_mode
    force_column_metadata_reuse force_compression force_mbedtls_unsafe force_variant_shredding
    geometry_minimum_shredding_size home_directory http_logging_output http_proxy http_proxy_password
    http_proxy_username ieee_floating_point_ops ignore_unknown_crs immediate_transaction_mode index_scan_max_count
    index_scan_percentage lambda_syntax late_materialization_max_rows lock_configuration log_query_path
    logging_level logging_mode logging_storage max_expression_depth max_memory max_temp_directory_size
    max_vacuum_tasks memory_limit merge_join_threshold nested_loop_join_threshold null_order old_implicit_casting
    order_by_non_integer_literal ordered_aggregate_threshold pandas_analyze_sample parquet_metadata_cache
    partitioned_write_flush_threshold partitioned_write_max_open_files password perfect_ht_threshold pin_threads
    pivot_filter_threshold pivot_limit prefer_range_joins prefetch_all_parquet_files preserve_identifier_case
    preserve_insertion_order produce_arrow_string_view profile_output profiling_coverage profiling_mode
    profiling_output progress_bar_time python_enable_replacements python_scan_all_frames
    scalar_subquery_error_on_multiple_rows scheduler_process_partial schema secret_directory storage_block_prefetch
    storage_compatibility_version streaming_buffer_size temp_directory temp_file_encryption threads user username
    vacuum_rebuild_indexes validate_external_file_cache variant_minimum_shredding_size wal_autocheckpoint
    wal_autocheckpoint_entries warnings_as_errors worker_threads write_buffer_row_group_count
    write_buffer_row_group_memory_limit zstd_min_string_length
""")
_BY_NAME = {
    **dict.fromkeys(_REFUSED, SettingGroup.REFUSED),
    **dict.fromkeys(_APPLIED, SettingGroup.APPLIED),
    **dict.fromkeys(_STORED, SettingGroup.STORED),
    **dict.fromkeys(_READ_ONLY, SettingGroup.READ_ONLY),
    **dict.fromkeys(_FIXED, SettingGroup.FIXED),
    **dict.fromkeys(_IGNORED, SettingGroup.IGNORED),
    **dict.fromkeys(_ENGINE, SettingGroup.ENGINE),
}


def setting_group(name: str) -> SettingGroup | None:
    """The group of a setting, whatever its case; None for a name that neither PostgreSQL nor the engine knows."""
    folded = name.lower()
    group = _BY_NAME.get(folded)
    if group is not None:
        return group
    if "." in folded:
        return SettingGroup.CUSTOM
    if any(fnmatchcase(folded, pattern) for pattern in _STORED_PATTERNS):
        return SettingGroup.STORED
    return None
