-- What the workspace itself holds, as views over the engine's own lists, so that each transaction sees its own changes.
-- OIDs of own objects fill the upper half of 31 bits, those of project objects the lower one. They are computed from
-- names alone, which spares each query its joins; that two names of a workspace meet is one chance in a billion a pair.

CREATE MACRO $pg.kb_oid(kind, schema_name, name) AS
    (md5_number_lower(concat_ws('/', kind, schema_name, name)) % 1073741824 + 1073741824)::UINTEGER;
CREATE MACRO $pg.kb_schema_name(engine_schema) AS CASE engine_schema WHEN 'main' THEN 'public' ELSE engine_schema END;
CREATE MACRO $pg.kb_schema_oid(engine_schema) AS
    CASE engine_schema WHEN 'main' THEN 2200::UINTEGER ELSE $pg.kb_oid('schema', '', engine_schema) END;

-- Temporary objects of a session lie in a schema of their own, as in PostgreSQL.
CREATE MACRO $pg.kb_place(the_database, the_schema) AS
    CASE the_database WHEN 'temp' THEN 'pg_temp_3' ELSE the_schema END;

CREATE VIEW $pg.kb_own_schema AS
SELECT schema_name AS engine_schema, $pg.kb_schema_name(schema_name) AS nspname,
    $pg.kb_schema_oid(schema_name) AS oid, comment
FROM duckdb_schemas()
WHERE database_name = $database AND schema_name NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'pg_temp_3', 'pg_temp_3', $pg.kb_schema_oid('pg_temp_3'), NULL
WHERE EXISTS (FROM duckdb_tables() WHERE database_name = 'temp');

CREATE VIEW $pg.kb_own_key AS
SELECT schema_name, table_name, constraint_type, constraint_text, expression, constraint_column_names AS columns,
    list_transform(constraint_column_indexes, lambda i: (i + 1)::SMALLINT) AS conkey,
    referenced_table, referenced_column_names,
    base || CASE WHEN repetition = 1 THEN '' ELSE (repetition - 1)::VARCHAR END AS conname
FROM (
    SELECT *, row_number() OVER (PARTITION BY schema_name, base ORDER BY table_name, constraint_index) AS repetition
    FROM (
        SELECT *, CASE constraint_type
                WHEN 'PRIMARY KEY' THEN table_name || '_pkey'
                WHEN 'UNIQUE' THEN concat_ws('_', table_name, array_to_string(constraint_column_names, '_'), 'key')
                WHEN 'FOREIGN KEY' THEN concat_ws('_', table_name, array_to_string(constraint_column_names, '_'), 'fkey')
                ELSE concat_ws('_', table_name, array_to_string(constraint_column_names, '_'), 'check')
            END AS base
        FROM duckdb_constraints()
        WHERE database_name = $database AND table_name <> '_workspace_info'
            AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY', 'CHECK')
    )
);

CREATE VIEW $pg.kb_own_relation AS
SELECT *, $pg.kb_schema_name(engine_schema) AS nspname, $pg.kb_schema_oid(engine_schema) AS relnamespace,
    $pg.kb_oid('relation', engine_schema, relname) AS oid
FROM (
    SELECT $pg.kb_place(database_name, schema_name) AS engine_schema, table_name AS relname, 'r' AS relkind,
        column_count AS natts, estimated_size AS row_count, comment, index_count > 0 AS has_index,
        check_constraint_count AS checks, sql
    FROM duckdb_tables() WHERE database_name IN ($database, 'temp') AND table_name <> '_workspace_info'
    UNION ALL
    SELECT $pg.kb_place(database_name, schema_name), view_name, 'v', column_count, 0, comment, false, 0, sql
    FROM duckdb_views() WHERE database_name IN ($database, 'temp') AND NOT internal
    UNION ALL
    SELECT schema_name, sequence_name, 'S', 3, 1, comment, false, 0, sql
    FROM duckdb_sequences() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, index_name, 'i', len(string_split(expressions, ', ')), 0, comment, false, 0, sql
    FROM duckdb_indexes() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, conname, 'i', len(columns), 0, NULL, false, 0, NULL
    FROM $pg.kb_own_key WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')
);

CREATE VIEW $pg.kb_own_column AS
SELECT $pg.kb_oid('relation', $pg.kb_place(database_name, schema_name), table_name) AS attrelid,
    $pg.kb_schema_name($pg.kb_place(database_name, schema_name)) AS nspname, table_name AS relname, column_name AS attname, column_index::SMALLINT AS attnum, data_type,
    coalesce(known.oid, CASE
        WHEN data_type LIKE 'ENUM(%' THEN CASE WHEN data_type LIKE '%]' THEN 1015 ELSE 1043 END
        WHEN data_type LIKE '%]' OR data_type SIMILAR TO '(STRUCT|MAP|UNION)\(.*' THEN 114
        WHEN data_type LIKE 'GEOMETRY%' THEN 17
        ELSE 25
    END)::UINTEGER AS atttypid,
    coalesce(known.typmod, -1)::INTEGER AS atttypmod,
    NOT is_nullable AS attnotnull, column_default, comment
FROM duckdb_columns() stored
LEFT JOIN $pg.kb_type_of known ON known.duckdb_type = regexp_replace(data_type, '\[\d+\]$$', '[]')
WHERE database_name IN ($database, 'temp') AND NOT internal AND table_name <> '_workspace_info';

CREATE VIEW $pg.kb_own_index AS
SELECT $pg.kb_oid('relation', schema_name, conname) AS indexrelid,
    $pg.kb_oid('relation', schema_name, table_name) AS indrelid, conname AS relname,
    $pg.kb_schema_name(schema_name) AS nspname, table_name, true AS is_unique,
    constraint_type = 'PRIMARY KEY' AS is_primary, conkey AS keys
FROM $pg.kb_own_key WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')
UNION ALL
SELECT $pg.kb_oid('relation', schema_name, index_name), $pg.kb_oid('relation', schema_name, table_name), index_name,
    $pg.kb_schema_name(schema_name), table_name, is_unique, false,
    list_transform(
        string_split(expressions[2:-2], ', '), lambda word: coalesce(numbers[trim(word, '"''')], 0::SMALLINT))
FROM duckdb_indexes() JOIN (
    SELECT schema_name AS column_schema, table_name AS column_table,
        map(list(column_name), list(column_index::SMALLINT)) AS numbers
    FROM duckdb_columns() WHERE database_name = $database
    GROUP BY ALL
) ON column_schema = schema_name AND column_table = table_name
WHERE database_name = $database AND table_name <> '_workspace_info';

CREATE VIEW $pg.kb_own_constraint AS
SELECT $pg.kb_oid('constraint', listed.schema_name, concat_ws('/', listed.table_name, listed.conname)) AS oid,
    listed.conname, $pg.kb_schema_oid(listed.schema_name) AS relnamespace,
    $pg.kb_schema_name(listed.schema_name) AS nspname,
    $pg.kb_oid('relation', listed.schema_name, listed.table_name) AS conrelid, listed.table_name,
    CASE listed.constraint_type
        WHEN 'PRIMARY KEY' THEN 'p' WHEN 'UNIQUE' THEN 'u' WHEN 'FOREIGN KEY' THEN 'f' ELSE 'c'
    END AS contype,
    CASE WHEN listed.constraint_type IN ('PRIMARY KEY', 'UNIQUE')
        THEN $pg.kb_oid('relation', listed.schema_name, listed.conname)
        WHEN target.conname IS NOT NULL THEN $pg.kb_oid('relation', listed.schema_name, target.conname)
        ELSE 0 END::UINTEGER AS conindid,
    CASE WHEN listed.constraint_type = 'FOREIGN KEY'
        THEN $pg.kb_oid('relation', listed.schema_name, listed.referenced_table) ELSE 0 END::UINTEGER AS confrelid,
    listed.conkey, target.conkey AS confkey, listed.expression, listed.columns,
    CASE WHEN listed.constraint_type = 'FOREIGN KEY' THEN $pg.kb_schema_name(listed.schema_name) END AS target_schema,
    listed.referenced_table AS target_table, target.conname AS target_constraint,
    listed.referenced_column_names AS target_columns
FROM $pg.kb_own_key listed
LEFT JOIN $pg.kb_own_key target
    ON target.schema_name = listed.schema_name AND target.table_name = listed.referenced_table
    AND target.columns = listed.referenced_column_names AND target.constraint_type IN ('PRIMARY KEY', 'UNIQUE');

CREATE VIEW $pg.kb_own_enum AS
SELECT $pg.kb_oid('type', schema_name, type_name) AS oid, type_name, $pg.kb_schema_oid(schema_name) AS typnamespace, labels
FROM duckdb_types()
WHERE database_name = $database AND NOT internal AND logical_type = 'ENUM';

CREATE VIEW $pg.kb_own_function AS
SELECT $pg.kb_oid('function', schema_name, function_name) AS oid, function_name AS proname,
    $pg.kb_schema_name(schema_name) AS nspname, $pg.kb_schema_oid(schema_name) AS pronamespace,
    first(parameters) AS arguments, first(macro_definition) AS body, bool_or(function_type = 'table_macro') AS is_table
FROM duckdb_functions()
WHERE database_name = $database AND NOT internal AND function_type IN ('macro', 'table_macro')
GROUP BY ALL;
