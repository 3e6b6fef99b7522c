-- Between names and OIDs: what ::regclass and its kin stand for, and the texts that describe objects.

CREATE MACRO $pg.quote_ident(name) AS
    CASE WHEN regexp_full_match(name::VARCHAR, '[a-z_][a-z0-9_$$]*') AND NOT list_contains($reserved, name::VARCHAR)
        THEN name::VARCHAR ELSE '"' || replace(name::VARCHAR, '"', '""') || '"' END;

-- A session says which schemas it looks in by the variable kb_search_path, a list of names.
CREATE MACRO $pg.kb_search_path() AS coalesce(getvariable('kb_search_path')::VARCHAR[], ['public']);

CREATE MACRO $pg.kb_name_parts(name) AS
    list_transform(
        regexp_extract_all(name, '"(?:[^"]|"")*"|[^.\s]+'),
        lambda part: CASE WHEN part[1] = '"' THEN replace(part[2:-2], '""', '"') ELSE lower(part) END
    );

CREATE VIEW $pg.kb_any_relation AS
SELECT oid, relname, nspname FROM $pg.kb_relation
UNION ALL
SELECT oid, relname, CASE relnamespace WHEN 11 THEN 'pg_catalog' ELSE 'information_schema' END
FROM $pg.kb_system_relation;

CREATE MACRO $pg.to_regclass(the_name) AS (
    SELECT min_by(kb_oid, coalesce(list_position($pg.kb_search_path(), kb_nspname), 0))
    FROM $pg.kb_any_relation AS known(kb_oid, kb_relname, kb_nspname)
    WHERE lower(kb_relname) = lower($pg.kb_name_parts(the_name::VARCHAR)[-1])
        AND CASE WHEN len($pg.kb_name_parts(the_name::VARCHAR)) > 1
            THEN lower(kb_nspname) = lower($pg.kb_name_parts(the_name::VARCHAR)[-2])
            ELSE kb_nspname IN ('pg_catalog', 'pg_temp_3') OR list_contains($pg.kb_search_path(), kb_nspname) END
);
CREATE MACRO $pg.kb_regclass(value) AS
    CASE WHEN value IS NULL THEN NULL
        ELSE coalesce(
            try_cast(value::VARCHAR AS UINTEGER), $pg.to_regclass(value),
            error('relation "' || value::VARCHAR || '" does not exist')::UINTEGER) END;
CREATE MACRO $pg.kb_regclass_text(the_value) AS coalesce((
    SELECT CASE WHEN kb_nspname IN ('pg_catalog', 'pg_temp_3') OR list_contains($pg.kb_search_path(), kb_nspname)
        THEN $pg.quote_ident(kb_relname)
        ELSE $pg.quote_ident(kb_nspname) || '.' || $pg.quote_ident(kb_relname) END
    FROM $pg.kb_any_relation AS known(kb_oid, kb_relname, kb_nspname) WHERE kb_oid = coalesce(try_cast(the_value::VARCHAR AS UINTEGER), $pg.to_regclass(the_value))
), CASE the_value::VARCHAR WHEN '0' THEN '-' ELSE the_value::VARCHAR END);

CREATE VIEW $pg.kb_type_name AS
SELECT oid, typname AS type_name, sql_name FROM $pg.kb_known_type
UNION ALL SELECT oid, type_name, $pg.quote_ident(type_name) FROM $pg.kb_own_enum;

CREATE MACRO $pg.format_type(the_type_oid, the_modifier) AS (
    SELECT CASE
        WHEN the_modifier IS NULL OR the_modifier < 4 THEN CASE WHEN the_modifier IS NOT NULL AND kb_oid = 1042 THEN 'bpchar' ELSE kb_sql_name END
        WHEN kb_oid IN (1700, 1231) THEN format('numeric({},{}){}', (the_modifier - 4) >> 16, (the_modifier - 4) & 65535, CASE kb_oid WHEN 1231 THEN '[]' ELSE '' END)
        WHEN kb_oid IN (1042, 1043) THEN format('{}({})', kb_sql_name, the_modifier - 4)
        ELSE kb_sql_name END
    FROM $pg.kb_type_name AS known(kb_oid, kb_name, kb_sql_name) WHERE kb_oid = try_cast(the_type_oid AS UINTEGER)
);
CREATE MACRO $pg.to_regtype(the_name) AS (
    SELECT min(kb_oid) FROM $pg.kb_type_name AS known(kb_oid, kb_name, kb_sql_name)
    WHERE lower(regexp_replace(the_name::VARCHAR, '^(pg_catalog|public)\.', '')) IN (lower(kb_name), lower(kb_sql_name))
        OR lower(the_name::VARCHAR) = CASE kb_oid WHEN 1007 THEN 'int[]' WHEN 23 THEN 'int' WHEN 701 THEN 'float'
            WHEN 1700 THEN 'decimal' WHEN 1114 THEN 'timestamp' WHEN 1083 THEN 'time' END
);
CREATE MACRO $pg.kb_regtype(value) AS
    CASE WHEN value IS NULL THEN NULL
        ELSE coalesce(
            try_cast(value::VARCHAR AS UINTEGER), $pg.to_regtype(value),
            error('type "' || value::VARCHAR || '" does not exist')::UINTEGER) END;
CREATE MACRO $pg.kb_regtype_text(value) AS
    coalesce($pg.format_type(coalesce(try_cast(value::VARCHAR AS UINTEGER), $pg.to_regtype(value)), NULL),
        CASE value::VARCHAR WHEN '0' THEN '-' ELSE value::VARCHAR END);

CREATE VIEW $pg.kb_any_schema AS SELECT oid AS kb_oid, nspname AS kb_name FROM $pg.pg_namespace;
CREATE VIEW $pg.kb_role AS SELECT oid AS kb_oid, rolname AS kb_name FROM $pg.pg_roles;
CREATE MACRO $pg.to_regnamespace(the_name) AS (
    SELECT min(kb_oid) FROM $pg.kb_any_schema WHERE kb_name = trim(the_name::VARCHAR, '"')
);
CREATE MACRO $pg.kb_regnamespace(value) AS
    coalesce(try_cast(value::VARCHAR AS UINTEGER), $pg.to_regnamespace(value),
        error('schema "' || value::VARCHAR || '" does not exist')::UINTEGER);
CREATE MACRO $pg.kb_regnamespace_text(the_value) AS coalesce((
    SELECT $pg.quote_ident(kb_name) FROM $pg.kb_any_schema WHERE kb_oid = try_cast(the_value::VARCHAR AS UINTEGER)
), the_value::VARCHAR);
CREATE MACRO $pg.kb_regrole(the_value) AS coalesce(try_cast(the_value::VARCHAR AS UINTEGER), (
    SELECT min(kb_oid) FROM $pg.kb_role WHERE kb_name = trim(the_value::VARCHAR, '"')
));
CREATE MACRO $pg.kb_regrole_text(the_value) AS coalesce((
    SELECT $pg.quote_ident(kb_name) FROM $pg.kb_role WHERE kb_oid = try_cast(the_value::VARCHAR AS UINTEGER)
), the_value::VARCHAR);
-- Functions have names only here: typinput and its kin hold them as text.
CREATE MACRO $pg.kb_regproc(value) AS regexp_replace(value::VARCHAR, '^pg_catalog\.', '');
CREATE MACRO $pg.kb_regproc_text(value) AS CASE value::VARCHAR WHEN '0' THEN '-' ELSE $pg.kb_regproc(value) END;
CREATE VIEW $pg.kb_any_function AS SELECT oid AS kb_oid, proname AS kb_name FROM $pg.kb_own_function;
CREATE MACRO $pg.kb_regproc_oid(the_name) AS coalesce(try_cast(the_name::VARCHAR AS UINTEGER), (
    SELECT min(kb_oid) FROM $pg.kb_any_function
    WHERE lower(kb_name) = lower($pg.kb_name_parts(regexp_replace(the_name::VARCHAR, '\(.*', ''))[-1])
), error('function "' || the_name::VARCHAR || '" does not exist')::UINTEGER);
CREATE MACRO $pg.to_regproc(name) AS NULL::VARCHAR;
CREATE MACRO $pg.to_regprocedure(name) AS NULL::VARCHAR;
CREATE MACRO $pg.to_regrole(the_name) AS (SELECT min(kb_oid) FROM $pg.kb_role WHERE kb_name = trim(the_name::VARCHAR, '"'));
