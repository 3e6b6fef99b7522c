-- Each relation of pg_catalog that has content: its name, the columns given here (all others get their type's zero or
-- NULL), and the query. Those that are missing here are empty.

-- pg_namespace: oid nspname nspowner
SELECT oid, nspname, 16384 FROM $pg.kb_schema
UNION ALL SELECT 2200, 'public', 16384 WHERE NOT EXISTS (FROM $pg.kb_own_schema WHERE nspname = 'public')
UNION ALL VALUES (11, 'pg_catalog', 10), (99, 'pg_toast', 10), (13226, 'information_schema', 10);

-- pg_class: oid relname relnamespace reltype relowner relam reltuples relhasindex relisshared relpersistence relkind relnatts relchecks relhasrules relispopulated relreplident relhastriggers
SELECT oid, relname, relnamespace, 0, 16384,
    CASE relkind WHEN 'r' THEN 2 WHEN 'i' THEN 403 ELSE 0 END, row_count, has_index, false, 'p', relkind, natts,
    checks, relkind = 'v', true, CASE relkind WHEN 'r' THEN 'd' ELSE 'n' END, coalesce(is_own AND relkind = 'r', false)
FROM $pg.kb_relation
UNION ALL
SELECT oid, relname, relnamespace, 0, 10, CASE relkind WHEN 'r' THEN 2 ELSE 0 END, 0, false, false, 'p', relkind,
    natts, 0, relkind = 'v', true, 'n', false
FROM $pg.kb_system_relation;

-- pg_attribute: attrelid attname atttypid attstattarget attlen attnum attndims attcacheoff atttypmod attbyval attalign attstorage attcompression attnotnull atthasdef attidentity attgenerated attislocal attcollation
SELECT stored.attrelid, stored.attname, stored.atttypid, -1, type.typlen, stored.attnum,
    CASE WHEN stored.data_type LIKE '%]' THEN 1 ELSE 0 END, -1, stored.atttypmod, type.typbyval, type.typalign,
    type.typstorage, '', stored.attnotnull, stored.column_default IS NOT NULL, '', '', true, type.typcollation
FROM $pg.kb_column stored JOIN $pg.kb_base_type type ON type.oid = stored.atttypid
UNION ALL
SELECT index.indexrelid, stored.attname, stored.atttypid, -1, type.typlen, place.number, 0, -1, stored.atttypmod,
    type.typbyval, type.typalign, type.typstorage, '', false, false, '', '', true, type.typcollation
FROM $pg.kb_index index, LATERAL (SELECT unnest(index.keys) AS attnum, unnest(range(1, len(index.keys) + 1)) AS number) place
JOIN $pg.kb_column stored ON stored.attrelid = index.indrelid AND stored.attnum = place.attnum
JOIN $pg.kb_base_type type ON type.oid = stored.atttypid;

-- pg_attrdef: oid adrelid adnum adbin
SELECT $pg.kb_oid('default', attrelid::VARCHAR, attnum::VARCHAR), attrelid, attnum, column_default
FROM $pg.kb_own_column WHERE column_default IS NOT NULL;

-- pg_index: indexrelid indrelid indnatts indnkeyatts indisunique indisprimary indimmediate indisvalid indisready indislive indkey indcollation indclass indoption
SELECT indexrelid, indrelid, len(keys), len(keys), is_unique, is_primary, true, true, true, true, keys,
    list_transform(keys, lambda key: 0), list_transform(keys, lambda key: 0), list_transform(keys, lambda key: 0)
FROM $pg.kb_index;

-- pg_constraint: oid conname connamespace contype convalidated conrelid conindid confrelid confupdtype confdeltype confmatchtype conislocal connoinherit conkey confkey conbin
SELECT oid, conname, relnamespace, contype, true, conrelid, conindid, confrelid,
    CASE contype WHEN 'f' THEN 'a' ELSE ' ' END, CASE contype WHEN 'f' THEN 'a' ELSE ' ' END,
    CASE contype WHEN 'f' THEN 's' ELSE ' ' END, true, contype <> 'c', conkey, confkey, expression
FROM $pg.kb_constraint;

-- pg_description: objoid classoid objsubid description
SELECT oid, 1259, 0, comment FROM $pg.kb_relation WHERE comment IS NOT NULL
UNION ALL SELECT attrelid, 1259, attnum, comment FROM $pg.kb_column WHERE comment IS NOT NULL
UNION ALL SELECT oid, 2615, 0, comment FROM $pg.kb_schema WHERE comment IS NOT NULL
UNION ALL SELECT oid, 2615, 0, 'standard public schema' FROM $pg.kb_own_schema WHERE oid = 2200 AND comment IS NULL;

-- pg_type: oid typname typnamespace typowner typlen typbyval typtype typcategory typispreferred typisdefined typdelim typsubscript typelem typarray typinput typoutput typreceive typsend typmodin typmodout typanalyze typalign typstorage typtypmod typcollation
SELECT oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined,
    typdelim, typsubscript, typelem, typarray, typinput, typoutput, typreceive, typsend, coalesce(typmodin, '-'),
    coalesce(typmodout, '-'), coalesce(typanalyze, '-'), typalign, typstorage, -1, typcollation
FROM $pg.kb_base_type
UNION ALL
SELECT oid, type_name, typnamespace, 16384, 4, true, 'e', 'E', false, true, ',', '-', 0, 0, 'enum_in', 'enum_out',
    'enum_recv', 'enum_send', '-', '-', '-', 'i', 'p', -1, 0
FROM $pg.kb_own_enum;

-- pg_enum: oid enumtypid enumsortorder enumlabel
SELECT $pg.kb_oid('label', oid::VARCHAR, place.label), oid, place.number, place.label
FROM $pg.kb_own_enum, LATERAL (SELECT unnest(labels) AS label, unnest(range(1, len(labels) + 1)) AS number) place;

-- pg_sequence: seqrelid seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle
SELECT relation.oid, 20, start_value, increment_by, max_value, min_value, 1, cycle
FROM duckdb_sequences() JOIN $pg.kb_own_relation relation
    ON engine_schema = schema_name AND relname = sequence_name AND relkind = 'S'
WHERE database_name = $database;

-- pg_sequences: schemaname sequencename sequenceowner data_type start_value min_value max_value increment_by cycle cache_size last_value
SELECT relation.nspname, sequence_name, $user, 'bigint', start_value, min_value, max_value, increment_by, cycle, 1,
    last_value
FROM duckdb_sequences() JOIN $pg.kb_own_relation relation
    ON engine_schema = schema_name AND relname = sequence_name AND relkind = 'S'
WHERE database_name = $database;

-- pg_database: oid datname datdba encoding datlocprovider datallowconn datconnlimit datfrozenxid datminmxid dattablespace datcollate datctype
VALUES (16385, $database, 16384, 6, 'c', true, -1, 1, 1, 1663, 'C', 'C');

-- pg_roles: oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolconnlimit rolpassword rolbypassrls
VALUES (10, 'postgres', true, true, true, true, false, false, -1, '********', true),
    (16384, $user, false, true, false, false, true, false, -1, '********', false);

-- pg_authid: oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolbypassrls rolconnlimit
VALUES (10, 'postgres', true, true, true, true, false, false, true, -1),
    (16384, $user, false, true, false, false, true, false, false, -1);

-- pg_user: usename usesysid usecreatedb usesuper userepl usebypassrls passwd
VALUES ('postgres', 10, true, true, false, true, '********'), ($user, 16384, false, false, false, false, '********');

-- pg_tables: schemaname tablename tableowner hasindexes hasrules hastriggers rowsecurity
SELECT nspname, relname, $user, has_index, false, false, false FROM $pg.kb_relation WHERE relkind = 'r'
UNION ALL
SELECT 'pg_catalog', relname, 'postgres', false, false, false, false
FROM $pg.kb_system_relation WHERE relkind = 'r' AND relnamespace = 11;

-- pg_views: schemaname viewname viewowner definition
SELECT nspname, relname, $user, $pg.kb_query_of_view(sql) FROM $pg.kb_relation WHERE relkind = 'v'
UNION ALL
SELECT CASE relnamespace WHEN 11 THEN 'pg_catalog' ELSE 'information_schema' END, relname, 'postgres', NULL
FROM $pg.kb_system_relation WHERE relkind = 'v';

-- pg_indexes: schemaname tablename indexname indexdef
SELECT nspname, table_name, relname, kb_definition FROM $pg.kb_index JOIN $pg.kb_index_text ON kb_oid = indexrelid;

-- pg_proc: oid proname pronamespace proowner prolang procost prorows prosupport prokind prosecdef proleakproof proisstrict proretset provolatile proparallel pronargs pronargdefaults prorettype proargtypes proargnames prosrc
SELECT oid, proname, pronamespace, 16384, 14, 100, 0, '-', 'f', false, false, false, is_table, 'v', 'u', len(arguments), 0,
    CASE WHEN is_table THEN 2249 ELSE 25 END, list_transform(arguments, lambda name: 25), arguments, body
FROM $pg.kb_own_function;

-- pg_stat_activity: datid datname pid usesysid usename application_name state query backend_type
SELECT 16385, $database, getvariable('kb_process_id')::INTEGER, 16384, $user,
    (getvariable('kb_settings')::MAP(VARCHAR, VARCHAR))['application_name'], 'active',
    regexp_replace(current_query(), '(memory|kb_catalogs)\.kb_(pg|info|names)\.', '', 'g'), 'client backend';

-- pg_extension: oid extname extowner extnamespace extversion
VALUES (13586, 'plpgsql', 10, 11, '1.0');

-- pg_rewrite: oid rulename ev_class ev_type ev_enabled is_instead
SELECT $pg.kb_oid('rule', nspname, relname), '_RETURN', oid, '1', 'O', true
FROM $pg.kb_own_relation WHERE relkind = 'v';

-- pg_stat_user_tables: relid schemaname relname n_live_tup
SELECT oid, nspname, relname, row_count FROM $pg.kb_relation WHERE relkind = 'r';

-- pg_stat_all_tables: relid schemaname relname n_live_tup
SELECT oid, nspname, relname, row_count FROM $pg.kb_relation WHERE relkind = 'r';

-- pg_settings: name setting unit category short_desc extra_desc context vartype source min_val max_val enumvals boot_val reset_val pending_restart
SELECT name, coalesce((getvariable('kb_settings')::MAP(VARCHAR, VARCHAR))[lower(name)], setting), unit, category,
    short_desc, extra_desc, context, vartype, source, min_val, max_val, enumvals, boot_val, reset_val, false
FROM $pg.kb_setting;

-- pg_cursors: name statement is_holdable is_binary is_scrollable creation_time
SELECT told[1], told[2], told[3]::BOOLEAN, told[4]::BOOLEAN, told[5]::BOOLEAN, told[6]::TIMESTAMPTZ
FROM (SELECT unnest(getvariable('kb_cursors')::VARCHAR[][]) AS told);

-- pg_prepared_statements: name statement prepare_time parameter_types from_sql generic_plans custom_plans
SELECT told[1], told[2], told[3]::TIMESTAMPTZ, told[4], told[5]::BOOLEAN, 0, 0
FROM (SELECT unnest(getvariable('kb_prepared_statements')::VARCHAR[][]) AS told);
