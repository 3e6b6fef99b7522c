-- Functions of PostgreSQL that tools ask while they look around; the engine's own of these names answer otherwise.

CREATE MACRO $pg.version() AS coalesce('PostgreSQL '
    || (getvariable('kb_settings')::MAP(VARCHAR, VARCHAR))['server_version'] || ' on x86_64-pc-linux-gnu, 64-bit', $version);
CREATE MACRO $pg.pg_backend_pid() AS coalesce(getvariable('kb_process_id')::INTEGER, 0);
CREATE MACRO $pg.current_schemas(implicit) AS
    CASE WHEN implicit THEN ['pg_catalog'] ELSE [] END || $pg.kb_search_path();
CREATE MACRO $pg.current_schema() AS ($pg.kb_search_path())[1];
CREATE MACRO $pg.current_database() AS $database;
CREATE MACRO $pg.current_catalog() AS $database;

-- A session says what it has set in the variable kb_settings, a map of names in lower case to texts.
CREATE VIEW $pg.kb_current_setting AS SELECT lower(name) AS kb_name, setting AS kb_setting FROM $pg.pg_settings;
CREATE MACRO $pg.kb_value_of_setting(the_name) AS coalesce(
    (getvariable('kb_settings')::MAP(VARCHAR, VARCHAR))[lower(the_name)],
    (SELECT min(kb_setting) FROM $pg.kb_current_setting WHERE kb_name = lower(the_name)));
CREATE MACRO $pg.current_setting(the_name) AS coalesce(
    $pg.kb_value_of_setting(the_name), error('unrecognized configuration parameter "' || the_name || '"')::VARCHAR
), (the_name, missing_ok) AS CASE WHEN missing_ok THEN $pg.kb_value_of_setting(the_name) ELSE coalesce(
    $pg.kb_value_of_setting(the_name), error('unrecognized configuration parameter "' || the_name || '"')::VARCHAR) END;
CREATE MACRO $pg.set_config(the_name, the_value, is_local) AS coalesce($pg.kb_value_of_setting(the_name), the_value);
CREATE MACRO $pg.pg_get_userbyid(role_oid) AS
    CASE role_oid WHEN 10 THEN 'postgres' WHEN 16384 THEN $user ELSE format('unknown (OID={})', role_oid) END;
CREATE MACRO $pg.pg_encoding_to_char(encoding) AS
    CASE encoding WHEN 6 THEN 'UTF8' WHEN 0 THEN 'SQL_ASCII' WHEN 8 THEN 'LATIN1' ELSE '' END;
CREATE MACRO $pg.pg_char_to_encoding(name) AS
    CASE upper(replace(name, '-', '')) WHEN 'UTF8' THEN 6 WHEN 'SQL_ASCII' THEN 0 WHEN 'LATIN1' THEN 8 ELSE -1 END;
CREATE MACRO $pg.getdatabaseencoding() AS 'UTF8';
CREATE MACRO $pg.pg_client_encoding() AS 'UTF8';

CREATE VIEW $pg.kb_text_of_object AS
SELECT objoid AS kb_oid, relname AS kb_catalog, description AS kb_text
FROM $pg.pg_description JOIN $pg.kb_system_relation ON oid = classoid WHERE objsubid = 0;
CREATE MACRO $pg.obj_description(the_object_oid) AS (
    SELECT min(kb_text) FROM $pg.kb_text_of_object WHERE kb_oid = try_cast(the_object_oid AS UINTEGER)
), (the_object_oid, the_catalog) AS (
    SELECT min(kb_text) FROM $pg.kb_text_of_object
    WHERE kb_oid = try_cast(the_object_oid AS UINTEGER) AND kb_catalog = the_catalog
);
CREATE MACRO $pg.shobj_description(object_oid, catalog) AS NULL::VARCHAR;
CREATE VIEW $pg.kb_text_of_column AS
SELECT attrelid AS kb_oid, attnum AS kb_number, comment AS kb_text FROM $pg.kb_column WHERE comment IS NOT NULL;
CREATE MACRO $pg.col_description(the_relation_oid, the_number) AS (
    SELECT min(kb_text) FROM $pg.kb_text_of_column
    WHERE kb_oid = try_cast(the_relation_oid AS UINTEGER) AND kb_number = the_number
);

CREATE MACRO $pg.pg_table_is_visible(the_relation_oid) AS (
    try_cast(the_relation_oid AS UINTEGER) IN (
        SELECT kb_oid FROM $pg.kb_any_relation AS known(kb_oid, kb_relname, kb_nspname)
        WHERE kb_nspname IN ('pg_catalog', 'pg_temp_3') OR list_contains($pg.kb_search_path(), kb_nspname))
);
CREATE MACRO $pg.pg_type_is_visible(type_oid) AS true;
CREATE MACRO $pg.pg_function_is_visible(function_oid) AS true;
CREATE MACRO $pg.pg_operator_is_visible(operator_oid) AS true;
CREATE MACRO $pg.pg_conversion_is_visible(conversion_oid) AS true;
CREATE MACRO $pg.pg_collation_is_visible(collation_oid) AS true;
CREATE MACRO $pg.pg_opclass_is_visible(class_oid) AS true;
CREATE MACRO $pg.pg_relation_is_publishable(relation_oid) AS false;
CREATE MACRO $pg.pg_opfamily_is_visible(family_oid) AS true;
CREATE MACRO $pg.pg_statistics_obj_is_visible(statistics_oid) AS true;
CREATE MACRO $pg.pg_ts_config_is_visible(config_oid) AS true;
CREATE MACRO $pg.pg_ts_dict_is_visible(dictionary_oid) AS true;
CREATE MACRO $pg.pg_ts_parser_is_visible(parser_oid) AS true;
CREATE MACRO $pg.pg_ts_template_is_visible(template_oid) AS true;
CREATE MACRO $pg.pg_get_function_sqlbody(function_oid) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_get_function_arg_default(function_oid, number) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_describe_object(catalog_oid, object_oid, number) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_identify_object(catalog_oid, object_oid, number) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_partition_ancestors(relation) AS unnest([]::UINTEGER[]);
CREATE MACRO $pg.pg_partition_ancestors(relation) AS TABLE
    SELECT 0::UINTEGER AS relid, 0::BIGINT AS ordinality WHERE false;
CREATE MACRO $pg.pg_partition_root(relation) AS NULL::UINTEGER;
CREATE MACRO $pg.pg_options_to_table(options) AS TABLE
    SELECT split_part(option, '=', 1) AS option_name, split_part(option, '=', 2) AS option_value
    FROM (SELECT unnest(options::VARCHAR[]) AS option);
CREATE MACRO $pg.aclexplode(items) AS TABLE
    SELECT 0::UINTEGER AS grantor, 0::UINTEGER AS grantee, '' AS privilege_type, false AS is_grantable WHERE false;
CREATE MACRO $pg.pg_collation_for(value) AS '"default"';
CREATE MACRO $pg.pg_column_size(value) AS strlen(value::VARCHAR)::INTEGER;
CREATE MACRO $pg.pg_current_xact_id() AS txid_current();
CREATE MACRO $pg.pg_current_xact_id_if_assigned() AS txid_current();
CREATE MACRO $pg.pg_relation_filenode(relation) AS NULL::UINTEGER;
CREATE MACRO $pg.pg_relation_filepath(relation) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_index_column_has_property(index_oid, number, property) AS NULL::BOOLEAN;
CREATE MACRO $pg.pg_indexam_has_property(method_oid, property) AS NULL::BOOLEAN;
CREATE MACRO $pg.pg_index_has_property(index_oid, property) AS NULL::BOOLEAN;
CREATE MACRO $pg.pg_stat_get_numscans(relation_oid) AS 0::BIGINT;
CREATE MACRO $pg.pg_stat_get_live_tuples(relation_oid) AS 0::BIGINT;
CREATE MACRO $pg.pg_stat_get_dead_tuples(relation_oid) AS 0::BIGINT;
CREATE MACRO $pg.pg_blocking_pids(process_id) AS []::INTEGER[];
CREATE MACRO $pg.pg_last_wal_receive_lsn() AS NULL::VARCHAR;
CREATE MACRO $pg.pg_last_wal_replay_lsn() AS NULL::VARCHAR;
CREATE MACRO $pg.pg_current_wal_lsn() AS '0/0';
CREATE MACRO $pg.pg_export_snapshot() AS error('pg_export_snapshot() is not supported')::VARCHAR;

CREATE MACRO $pg.has_database_privilege(a, b) AS true, (a, b, c) AS true;
CREATE MACRO $pg.has_schema_privilege(a, b) AS true, (a, b, c) AS true;
CREATE VIEW $pg.kb_own_oid AS SELECT oid AS kb_oid FROM $pg.kb_own_relation;
CREATE MACRO $pg.kb_may(the_relation, the_privilege) AS (
    upper(the_privilege) LIKE 'SELECT%'
    OR coalesce(try_cast(the_relation::VARCHAR AS UINTEGER), $pg.to_regclass(the_relation)) IN (SELECT kb_oid FROM $pg.kb_own_oid)
);
CREATE MACRO $pg.has_table_privilege(relation, privilege) AS $pg.kb_may(relation, privilege),
    (role, relation, privilege) AS $pg.kb_may(relation, privilege);
CREATE MACRO $pg.has_any_column_privilege(relation, privilege) AS $pg.kb_may(relation, privilege),
    (role, relation, privilege) AS $pg.kb_may(relation, privilege);
CREATE MACRO $pg.has_column_privilege(relation, attribute, privilege) AS $pg.kb_may(relation, privilege),
    (role, relation, attribute, privilege) AS $pg.kb_may(relation, privilege);
CREATE MACRO $pg.has_sequence_privilege(a, b) AS true, (a, b, c) AS true;
CREATE MACRO $pg.has_function_privilege(a, b) AS true, (a, b, c) AS true;
CREATE MACRO $pg.has_type_privilege(a, b) AS true, (a, b, c) AS true;
CREATE MACRO $pg.pg_has_role(a, b) AS true, (a, b, c) AS true;

CREATE MACRO $pg.kb_pretty(size) AS CASE
    WHEN abs(size) < 10240 THEN format('{} bytes', size)
    WHEN abs(size) < 10485248 THEN format('{} kB', round(size / 1024)::BIGINT)
    WHEN abs(size) < 10736893952 THEN format('{} MB', round(size / 1048576)::BIGINT)
    WHEN abs(size) < 10994579406848 THEN format('{} GB', round(size / 1073741824)::BIGINT)
    ELSE format('{} TB', round(size / 1099511627776)::BIGINT) END;
CREATE MACRO $pg.pg_size_pretty(size) AS $pg.kb_pretty(size::HUGEINT);
CREATE MACRO $pg.pg_database_size(database) AS (
    SELECT (block_size * total_blocks)::BIGINT FROM pragma_database_size() WHERE database_name = $database
);
CREATE MACRO $pg.pg_tablespace_size(tablespace) AS 0::BIGINT;
-- The engine keeps no size of a table: eight bytes a value are what it usually takes.
CREATE VIEW $pg.kb_relation_size AS
SELECT oid AS kb_oid, (row_count * natts * 8)::BIGINT AS kb_size FROM $pg.kb_relation WHERE relkind = 'r';
CREATE MACRO $pg.kb_size_of(the_relation) AS coalesce((
    SELECT kb_size FROM $pg.kb_relation_size
    WHERE kb_oid = coalesce(try_cast(the_relation::VARCHAR AS UINTEGER), $pg.to_regclass(the_relation))
), 0);
CREATE MACRO $pg.pg_table_size(relation) AS $pg.kb_size_of(relation);
CREATE MACRO $pg.pg_indexes_size(relation) AS 0::BIGINT;
CREATE MACRO $pg.pg_relation_size(relation) AS $pg.kb_size_of(relation), (relation, fork) AS $pg.kb_size_of(relation);
CREATE MACRO $pg.pg_total_relation_size(relation) AS $pg.kb_size_of(relation);
CREATE MACRO $pg.pg_tablespace_location(tablespace) AS '';

-- Sessions are ended by the product's console and cancelled by their own clients.
CREATE MACRO $pg.pg_cancel_backend(process_id) AS false;
CREATE MACRO $pg.pg_terminate_backend(process_id) AS false, (process_id, timeout) AS false;
CREATE MACRO $pg.pg_is_in_recovery() AS false;
CREATE MACRO $pg.pg_is_wal_replay_paused() AS false;
CREATE MACRO $pg.pg_jit_available() AS false;
CREATE MACRO $pg.row_security_active(relation) AS false;
CREATE MACRO $pg.pg_sequence_last_value(relation) AS NULL::BIGINT;
CREATE MACRO $pg.inet_server_addr() AS NULL::VARCHAR;
CREATE MACRO $pg.inet_client_addr() AS NULL::VARCHAR;
CREATE MACRO $pg.pg_advisory_unlock_all() AS NULL::VARCHAR;

CREATE MACRO $pg.array_lower(elements, dimension) AS CASE WHEN dimension = 1 AND len(elements) > 0 THEN 1 END;
CREATE MACRO $pg.array_upper(elements, dimension) AS CASE WHEN dimension = 1 AND len(elements) > 0 THEN len(elements)::INTEGER END;
CREATE MACRO $pg.array_ndims(elements) AS CASE WHEN len(elements) > 0 THEN 1 END;
CREATE MACRO $pg.cardinality(elements) AS len(elements)::INTEGER;
CREATE MACRO $pg.array_remove(the_elements, the_unwanted) AS
    list_filter(the_elements, lambda element: element IS DISTINCT FROM the_unwanted);
CREATE MACRO $pg.array_to_string(elements, separator) AS
    CASE WHEN len(elements) = 0 THEN '' ELSE list_aggregate(elements::VARCHAR[], 'string_agg', separator) END,
    (elements, separator, missing) AS CASE WHEN len(elements) = 0 THEN '' ELSE list_aggregate(
        list_transform(elements::VARCHAR[], lambda element: coalesce(element, missing)), 'string_agg', separator) END;
CREATE MACRO $pg._pg_expandarray(elements) AS
    unnest(list_transform(elements, lambda element, number: {'x': element, 'n': number::INTEGER}));
CREATE MACRO $pg.quote_literal(value) AS '''' || replace(value::VARCHAR, '''', '''''') || '''';
CREATE MACRO $pg.quote_nullable(value) AS coalesce('''' || replace(value::VARCHAR, '''', '''''') || '''', 'NULL');

CREATE MACRO $pg.pg_get_keywords() AS TABLE SELECT keyword_name AS word,
    CASE keyword_category WHEN 'reserved' THEN 'R' WHEN 'unreserved' THEN 'U' WHEN 'column_name' THEN 'C' ELSE 'T' END AS catcode,
    true AS barelabel, keyword_category AS catdesc, 'can be bare label' AS baredesc
FROM duckdb_keywords();
