-- What the workspace itself holds, as views over the engine's own lists, so that each transaction sees its own changes.
-- OIDs of own objects fill the upper half of 31 bits, those of project objects the lower one.

CREATE MACRO $pg.kb_oid(kind, schema_name, name) AS
    (md5_number_lower(concat_ws('/', kind, schema_name, name)) % 1073741824 + 1073741824)::UINTEGER;

CREATE VIEW $pg.kb_own_schema AS
SELECT schema_name AS engine_schema,
    CASE schema_name WHEN 'main' THEN 'public' ELSE schema_name END AS nspname,
    CASE schema_name WHEN 'main' THEN 2200::UINTEGER ELSE $pg.kb_oid('schema', '', schema_name) END AS oid,
    comment
FROM duckdb_schemas()
WHERE database_name = $database AND schema_name NOT IN ('pg_catalog', 'information_schema');

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
        WHERE database_name = $database AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY', 'CHECK')
    )
);

CREATE VIEW $pg.kb_own_relation AS
SELECT relation.*, schema.nspname, schema.oid AS relnamespace,
    -- Two names of one hash stand one behind the other.
    (wanted_oid + row_number() OVER (PARTITION BY wanted_oid ORDER BY engine_schema, relname) - 1)::UINTEGER AS oid
FROM (
    SELECT schema_name AS engine_schema, table_name AS relname, 'r' AS relkind, 'p' AS relpersistence,
        column_count AS natts, estimated_size AS row_count, comment, index_count > 0 AS has_index,
        check_constraint_count AS checks, NULL AS table_name, sql,
        $pg.kb_oid('relation', schema_name, relname) AS wanted_oid
    FROM duckdb_tables() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, view_name AS relname, 'v', 'p', column_count, 0, comment, false, 0, NULL, sql,
        $pg.kb_oid('relation', schema_name, relname)
    FROM duckdb_views() WHERE database_name = $database AND NOT internal
    UNION ALL
    SELECT schema_name, sequence_name AS relname, 'S', 'p', 3, 1, comment, false, 0, NULL, sql,
        $pg.kb_oid('relation', schema_name, relname)
    FROM duckdb_sequences() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, index_name AS relname, 'i', 'p', 1, 0, comment, false, 0, table_name, sql,
        $pg.kb_oid('relation', schema_name, relname)
    FROM duckdb_indexes() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, conname AS relname, 'i', 'p', len(columns), 0, NULL, false, 0, table_name, NULL,
        $pg.kb_oid('relation', schema_name, relname)
    FROM $pg.kb_own_key WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')
) relation
JOIN $pg.kb_own_schema schema USING (engine_schema);

CREATE VIEW $pg.kb_own_column AS
SELECT relation.oid AS attrelid, relation.relkind, relation.nspname, relation.relname,
    stored.column_name AS attname, stored.column_index::SMALLINT AS attnum, stored.data_type,
    coalesce(known.oid, CASE
        WHEN stored.data_type LIKE 'ENUM(%' THEN CASE WHEN stored.data_type LIKE '%]' THEN 1015 ELSE 1043 END
        WHEN stored.data_type LIKE '%]' OR stored.data_type SIMILAR TO '(STRUCT|MAP|UNION)\(.*' THEN 114
        WHEN stored.data_type LIKE 'GEOMETRY%' THEN 17
        ELSE 25
    END)::UINTEGER AS atttypid,
    coalesce(known.typmod, -1)::INTEGER AS atttypmod,
    NOT stored.is_nullable AS attnotnull, stored.column_default, stored.comment
FROM duckdb_columns() stored
JOIN $pg.kb_own_relation relation
    ON relation.engine_schema = stored.schema_name AND relation.relname = stored.table_name
    AND relation.relkind IN ('r', 'v')
LEFT JOIN $pg.kb_type_of known
    ON known.duckdb_type = regexp_replace(stored.data_type, '\[\d+\]$$', '[]')
WHERE stored.database_name = $database;

CREATE VIEW $pg.kb_own_index AS
SELECT relation.oid AS indexrelid, owner.oid AS indrelid, relation.relname, relation.nspname,
    owner.relname AS table_name, is_unique, is_primary, keys, listed.sql
FROM (
    SELECT schema_name, index_name AS name, table_name, is_unique, false AS is_primary, sql,
        list_transform(
            string_split(expressions[2:-2], ', '), lambda word: trim(word, '"''')
        ) AS columns
    FROM duckdb_indexes() WHERE database_name = $database
    UNION ALL
    SELECT schema_name, conname, table_name, true, constraint_type = 'PRIMARY KEY', NULL, columns
    FROM $pg.kb_own_key WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')
) listed
JOIN $pg.kb_own_relation relation
    ON relation.engine_schema = listed.schema_name AND relation.relname = listed.name AND relation.relkind = 'i'
JOIN $pg.kb_own_relation owner
    ON owner.engine_schema = listed.schema_name AND owner.relname = listed.table_name AND owner.relkind = 'r'
JOIN (
    SELECT schema_name AS column_schema, table_name AS column_table,
        map(list(column_name), list(column_index::SMALLINT)) AS numbers
    FROM duckdb_columns() WHERE database_name = $database
    GROUP BY ALL
) numbering ON column_schema = listed.schema_name AND column_table = listed.table_name
CROSS JOIN LATERAL (
    SELECT list_transform(listed.columns, lambda name: coalesce(numbering.numbers[name], 0::SMALLINT)) AS keys
);

CREATE VIEW $pg.kb_own_constraint AS
SELECT $pg.kb_oid('constraint', listed.schema_name, concat_ws('/', listed.table_name, listed.conname)) AS oid,
    listed.conname, owner.relnamespace, owner.nspname, owner.oid AS conrelid, owner.relname AS table_name,
    CASE listed.constraint_type
        WHEN 'PRIMARY KEY' THEN 'p' WHEN 'UNIQUE' THEN 'u' WHEN 'FOREIGN KEY' THEN 'f' ELSE 'c'
    END AS contype,
    coalesce(key_index.oid, target_index.oid, 0)::UINTEGER AS conindid,
    coalesce(target.oid, 0)::UINTEGER AS confrelid, listed.conkey,
    CASE WHEN target.oid IS NOT NULL THEN target_key.conkey END AS confkey,
    listed.expression, listed.columns, target.nspname AS target_schema, target.relname AS target_table,
    target_key.conname AS target_constraint, listed.referenced_column_names AS target_columns
FROM $pg.kb_own_key listed
JOIN $pg.kb_own_relation owner
    ON owner.engine_schema = listed.schema_name AND owner.relname = listed.table_name AND owner.relkind = 'r'
LEFT JOIN $pg.kb_own_relation key_index
    ON key_index.engine_schema = listed.schema_name AND key_index.relname = listed.conname
    AND key_index.relkind = 'i' AND listed.constraint_type IN ('PRIMARY KEY', 'UNIQUE')
LEFT JOIN $pg.kb_own_relation target
    ON target.engine_schema = listed.schema_name AND target.relname = listed.referenced_table AND target.relkind = 'r'
LEFT JOIN $pg.kb_own_key target_key
    ON target_key.schema_name = listed.schema_name AND target_key.table_name = listed.referenced_table
    AND target_key.columns = listed.referenced_column_names AND target_key.constraint_type IN ('PRIMARY KEY', 'UNIQUE')
LEFT JOIN $pg.kb_own_relation target_index
    ON target_index.engine_schema = target_key.schema_name AND target_index.relname = target_key.conname
    AND target_index.relkind = 'i';

CREATE VIEW $pg.kb_own_enum AS
SELECT $pg.kb_oid('type', schema_name, type_name) AS oid, type_name, schema.oid AS typnamespace, labels
FROM duckdb_types() JOIN $pg.kb_own_schema schema ON schema.engine_schema = schema_name
WHERE database_name = $database AND NOT internal AND logical_type = 'ENUM';
