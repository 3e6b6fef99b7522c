-- Own and project objects together, in the shape that the catalogs are made of.

CREATE VIEW $pg.kb_schema AS
SELECT oid, nspname, comment FROM $pg.kb_own_schema
UNION ALL
SELECT oid, nspname, NULL FROM $pg.kb_project_schema;

CREATE VIEW $pg.kb_relation AS
SELECT oid, relname, relnamespace, nspname, relkind, natts, row_count, has_index, checks, comment, sql,
    true AS is_own
FROM $pg.kb_own_relation
UNION ALL
SELECT oid, relname, relnamespace, nspname, 'r', natts, row_count, key_oid <> 0, 0, comment, NULL, false
FROM $pg.kb_project_relation
UNION ALL
SELECT key_oid, relname || '_pkey', relnamespace, nspname, 'i', len(conkey), 0, false, 0, NULL, NULL, false
FROM $pg.kb_project_relation WHERE key_oid <> 0;

CREATE VIEW $pg.kb_column AS
SELECT attrelid, nspname, relname, attname, attnum, data_type, atttypid, atttypmod, attnotnull,
    column_default, comment, true AS is_own
FROM $pg.kb_own_column
UNION ALL
SELECT stored.attrelid, relation.nspname, relation.relname, stored.attname, stored.attnum, stored.data_type,
    stored.atttypid, stored.atttypmod, stored.attnotnull, NULL, stored.comment, false
FROM $pg.kb_project_column stored JOIN $pg.kb_project_relation relation ON relation.oid = stored.attrelid;

CREATE VIEW $pg.kb_index AS
SELECT indexrelid, indrelid, relname, nspname, table_name, is_unique, is_primary, keys FROM $pg.kb_own_index
UNION ALL
SELECT key_oid, oid, relname || '_pkey', nspname, relname, true, true, conkey
FROM $pg.kb_project_relation WHERE key_oid <> 0;

CREATE VIEW $pg.kb_constraint AS
SELECT oid, conname, relnamespace, nspname, conrelid, table_name, contype, conindid, confrelid, conkey, confkey,
    expression, columns, target_schema, target_table, target_constraint, target_columns
FROM $pg.kb_own_constraint
UNION ALL
SELECT constraint_oid, relname || '_pkey', relnamespace, nspname, oid, relname, 'p', key_oid, 0, conkey, NULL,
    NULL, key_columns, NULL, NULL, NULL, NULL
FROM $pg.kb_project_relation WHERE key_oid <> 0;
