-- Texts of definitions. The engine keeps expressions as text, so pg_get_expr gives back what it gets.

CREATE MACRO $pg.kb_with_shown_names(sql) AS regexp_replace(regexp_replace(regexp_replace(regexp_replace(sql,
    '\bkb_catalogs\.kb_pg\.kb_(reg\w+)_text\(([^()]*)\)', '(\2)::\1', 'g'), '\bkb_catalogs\.kb_pg\.', 'pg_catalog.', 'g'), '\bkb_catalogs\.kb_info\.', 'information_schema.', 'g'),
    '\bmemory\.kb_names\.', '', 'g');
CREATE MACRO $pg.kb_query_of_view(sql) AS
    ' ' || regexp_replace($pg.kb_with_shown_names(sql), '^CREATE\s+(?:TEMP\s+)?VIEW\s+(?:(?:"(?:[^"]|"")*"|[^\s"(.])+\.?)+\s*(?:\((?:[^()"]|"[^"]*")*\))?\s*AS\s+', '', 'i');

CREATE VIEW $pg.kb_index_text AS
SELECT listed.indexrelid AS kb_oid, columns AS kb_columns,
    format('CREATE {}INDEX {} ON {}.{} USING btree ({})',
        CASE WHEN is_unique THEN 'UNIQUE ' ELSE '' END, $pg.quote_ident(relname), $pg.quote_ident(nspname),
        $pg.quote_ident(table_name), array_to_string(columns, ', ')) AS kb_definition
FROM $pg.kb_index listed JOIN (
    SELECT indexrelid,
        list($pg.quote_ident(stored.attname) ORDER BY list_position(keys, stored.attnum)) AS columns
    FROM $pg.kb_index JOIN $pg.kb_column stored ON stored.attrelid = indrelid AND list_contains(keys, stored.attnum)
    GROUP BY indexrelid
) named ON named.indexrelid = listed.indexrelid;

CREATE MACRO $pg.kb_definition_of_index(the_index_oid) AS (
    SELECT kb_definition FROM $pg.kb_index_text WHERE kb_oid = try_cast(the_index_oid AS UINTEGER)
);
CREATE MACRO $pg.kb_column_of_index(the_index_oid, the_number) AS (
    SELECT kb_columns[the_number] FROM $pg.kb_index_text WHERE kb_oid = try_cast(the_index_oid AS UINTEGER)
);
CREATE MACRO $pg.pg_get_indexdef(index_oid) AS $pg.kb_definition_of_index(index_oid),
    (index_oid, number, pretty) AS CASE WHEN number = 0
        THEN $pg.kb_definition_of_index(index_oid) ELSE $pg.kb_column_of_index(index_oid, number) END;

CREATE MACRO $pg.kb_list_of_names(names) AS
    array_to_string(list_transform(names, lambda name: $pg.quote_ident(name)), ', ');
CREATE VIEW $pg.kb_constraint_text AS
SELECT oid AS kb_oid, CASE contype
    WHEN 'p' THEN 'PRIMARY KEY (' || $pg.kb_list_of_names(columns) || ')'
    WHEN 'u' THEN 'UNIQUE (' || $pg.kb_list_of_names(columns) || ')'
    WHEN 'c' THEN 'CHECK (' || expression || ')'
    ELSE format('FOREIGN KEY ({}) REFERENCES {}{}({})', $pg.kb_list_of_names(columns),
        CASE target_schema WHEN 'public' THEN '' ELSE $pg.quote_ident(target_schema) || '.' END,
        $pg.quote_ident(target_table), $pg.kb_list_of_names(target_columns)) END AS kb_definition
FROM $pg.kb_constraint;
CREATE MACRO $pg.pg_get_constraintdef(the_constraint_oid, the_pretty := true) AS (
    SELECT kb_definition FROM $pg.kb_constraint_text WHERE kb_oid = try_cast(the_constraint_oid AS UINTEGER)
);
CREATE MACRO $pg.pg_get_expr(expression, relation_oid) AS expression, (expression, relation_oid, pretty) AS expression;
CREATE VIEW $pg.kb_view_query AS
SELECT oid AS kb_oid, $pg.kb_query_of_view(sql) AS kb_query FROM $pg.kb_own_relation WHERE relkind = 'v';
CREATE MACRO $pg.kb_view_text(the_view) AS (
    SELECT kb_query FROM $pg.kb_view_query
    WHERE kb_oid = coalesce(try_cast(the_view::VARCHAR AS UINTEGER), $pg.to_regclass(the_view))
);
CREATE MACRO $pg.pg_get_viewdef(view) AS $pg.kb_view_text(view), (view, pretty) AS $pg.kb_view_text(view);
CREATE MACRO $pg.pg_get_ruledef(rule) AS NULL::VARCHAR, (rule, pretty) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_get_triggerdef(trigger_oid) AS NULL::VARCHAR, (trigger_oid, pretty) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_get_partkeydef(relation_oid) AS NULL::VARCHAR;
CREATE MACRO $pg.pg_get_statisticsobjdef_columns(statistics_oid) AS NULL::VARCHAR;
CREATE VIEW $pg.kb_function_text AS
SELECT oid AS kb_oid, array_to_string(arguments, ', ') AS kb_arguments, is_table AS kb_is_table,
    format('CREATE OR REPLACE FUNCTION {}.{}({}) AS {}{}', $pg.quote_ident(nspname), $pg.quote_ident(proname),
        array_to_string(arguments, ', '), CASE WHEN is_table THEN 'TABLE ' ELSE '' END, body) AS kb_definition
FROM $pg.kb_own_function;
CREATE MACRO $pg.pg_get_functiondef(the_function) AS (
    SELECT min(kb_definition) FROM $pg.kb_function_text WHERE kb_oid = try_cast(the_function AS UINTEGER)
);
CREATE MACRO $pg.pg_get_function_result(the_function) AS (
    SELECT min(CASE WHEN kb_is_table THEN 'record' ELSE 'any' END) FROM $pg.kb_function_text
    WHERE kb_oid = try_cast(the_function AS UINTEGER)
);
CREATE MACRO $pg.pg_get_function_arguments(the_function) AS (
    SELECT min(kb_arguments) FROM $pg.kb_function_text WHERE kb_oid = try_cast(the_function AS UINTEGER)
);
CREATE MACRO $pg.pg_get_function_identity_arguments(the_function) AS (
    SELECT min(kb_arguments) FROM $pg.kb_function_text WHERE kb_oid = try_cast(the_function AS UINTEGER)
);
CREATE MACRO $pg.pg_get_serial_sequence(relation_name, column_name) AS NULL::VARCHAR;
