-- The relations of information_schema that have content, as in relations.sql.

-- information_schema_catalog_name: catalog_name
VALUES ($database);

-- schemata: catalog_name schema_name schema_owner
SELECT $database, nspname, CASE nspowner WHEN 10 THEN 'postgres' ELSE $user END FROM $pg.pg_namespace;

-- tables: table_catalog table_schema table_name table_type is_insertable_into is_typed
SELECT $database, nspname, relname, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'BASE TABLE' END,
    CASE WHEN is_own AND relkind = 'r' THEN 'YES' ELSE 'NO' END, 'NO'
FROM $pg.kb_relation WHERE relkind IN ('r', 'v')
UNION ALL
SELECT $database, CASE relnamespace WHEN 11 THEN 'pg_catalog' ELSE 'information_schema' END, relname,
    CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'BASE TABLE' END, 'NO', 'NO'
FROM $pg.kb_system_relation;

-- views: table_catalog table_schema table_name view_definition check_option is_updatable is_insertable_into is_trigger_updatable is_trigger_deletable is_trigger_insertable_into
SELECT $database, nspname, relname, $pg.kb_query_of_view(sql), 'NONE', 'NO', 'NO', 'NO', 'NO', 'NO'
FROM $pg.kb_relation WHERE relkind = 'v';

-- columns: table_catalog table_schema table_name column_name ordinal_position column_default is_nullable data_type character_octet_length numeric_precision numeric_precision_radix numeric_scale datetime_precision udt_catalog udt_schema udt_name dtd_identifier is_self_referencing is_identity is_generated is_updatable
SELECT $database, stored.nspname, stored.relname, attname, attnum, column_default, CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END,
    CASE WHEN known.typname LIKE '\_%' ESCAPE '\' THEN 'ARRAY' ELSE known.sql_name END,
    CASE WHEN atttypid IN (25, 1043) THEN 1073741824 END,
    CASE atttypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53
        WHEN 1700 THEN CASE WHEN atttypmod >= 4 THEN (atttypmod - 4) >> 16 END END,
    CASE WHEN atttypid IN (20, 21, 23, 700, 701) THEN 2 WHEN atttypid = 1700 THEN 10 END,
    CASE WHEN atttypid IN (20, 21, 23) THEN 0 WHEN atttypid = 1700 AND atttypmod >= 4 THEN (atttypmod - 4) & 65535 END,
    CASE WHEN atttypid = 1082 THEN 0 WHEN atttypid IN (1083, 1114, 1184, 1186, 1266) THEN 6 END,
    $database, 'pg_catalog', known.typname, attnum::VARCHAR, 'NO', 'NO', 'NEVER',
    CASE WHEN stored.is_own AND relation.relkind = 'r' THEN 'YES' ELSE 'NO' END
FROM $pg.kb_column stored
JOIN $pg.kb_known_type known ON known.oid = stored.atttypid
JOIN $pg.kb_relation relation ON relation.oid = stored.attrelid;

-- table_constraints: constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type is_deferrable initially_deferred enforced nulls_distinct
SELECT $database, nspname, conname, $database, nspname, table_name,
    CASE contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END,
    'NO', 'NO', 'YES', CASE contype WHEN 'u' THEN 'YES' END
FROM $pg.kb_constraint;

-- key_column_usage: constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name ordinal_position position_in_unique_constraint
SELECT $database, nspname, conname, $database, nspname, table_name, place.name, place.number,
    CASE contype WHEN 'f' THEN place.number END
FROM $pg.kb_constraint, LATERAL (SELECT unnest(columns) AS name, unnest(range(1, len(columns) + 1)) AS number) place
WHERE contype IN ('p', 'u', 'f');

-- referential_constraints: constraint_catalog constraint_schema constraint_name unique_constraint_catalog unique_constraint_schema unique_constraint_name match_option update_rule delete_rule
SELECT $database, nspname, conname, $database, target_schema, target_constraint, 'NONE', 'NO ACTION', 'NO ACTION'
FROM $pg.kb_constraint WHERE contype = 'f';

-- constraint_column_usage: table_catalog table_schema table_name column_name constraint_catalog constraint_schema constraint_name
SELECT $database, coalesce(target_schema, nspname), coalesce(target_table, table_name), place.name, $database, nspname,
    conname
FROM $pg.kb_constraint, unnest(CASE contype WHEN 'f' THEN target_columns ELSE columns END) place(name);

-- constraint_table_usage: table_catalog table_schema table_name constraint_catalog constraint_schema constraint_name
SELECT $database, coalesce(target_schema, nspname), coalesce(target_table, table_name), $database, nspname, conname
FROM $pg.kb_constraint WHERE contype IN ('p', 'u', 'f');

-- check_constraints: constraint_catalog constraint_schema constraint_name check_clause
SELECT $database, nspname, conname, expression FROM $pg.kb_constraint WHERE contype = 'c'
UNION ALL
SELECT $database, nspname, format('{}_{}_not_null', attrelid, attnum), attname || ' IS NOT NULL'
FROM $pg.kb_column WHERE attnotnull;

-- sequences: sequence_catalog sequence_schema sequence_name data_type numeric_precision numeric_precision_radix numeric_scale start_value minimum_value maximum_value increment cycle_option
SELECT $database, schemaname, sequencename, 'bigint', 64, 2, 0, start_value::VARCHAR, min_value::VARCHAR,
    max_value::VARCHAR, increment_by::VARCHAR, CASE WHEN cycle THEN 'YES' ELSE 'NO' END
FROM $pg.pg_sequences;

-- table_privileges: grantor grantee table_catalog table_schema table_name privilege_type is_grantable with_hierarchy
SELECT $user, $user, $database, nspname, relname, privilege, CASE WHEN is_own THEN 'YES' ELSE 'NO' END,
    CASE privilege WHEN 'SELECT' THEN 'YES' ELSE 'NO' END
FROM $pg.kb_relation,
    unnest(CASE WHEN is_own THEN ['INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] ELSE ['SELECT'] END) granted(privilege)
WHERE relkind IN ('r', 'v');

-- role_table_grants: grantor grantee table_catalog table_schema table_name privilege_type is_grantable with_hierarchy
SELECT grantor, grantee, table_catalog, table_schema, table_name, privilege_type, is_grantable, with_hierarchy
FROM $info.table_privileges;

-- applicable_roles: grantee role_name is_grantable
SELECT $user, $user, 'NO' WHERE false;

-- enabled_roles: role_name
VALUES ($user);
