import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;

/** DatabaseMetaData as DBeaver and DataGrip walk it, and a table opened, sorted, filtered, paged and edited. */
final class Metadata {
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = Check.connect()) {
            Check.execute(connection, "DROP TABLE IF EXISTS meta_lines", "DROP VIEW IF EXISTS meta_view", "DROP TABLE IF EXISTS meta_orders",
                    "CREATE TABLE meta_orders (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, price DECIMAL(12,2) DEFAULT 1.5, placed TIMESTAMPTZ)",
                    "CREATE TABLE meta_lines (id INTEGER, order_id INTEGER REFERENCES meta_orders (id))",
                    "CREATE INDEX meta_by_name ON meta_orders (name)", "CREATE VIEW meta_view AS SELECT id, name FROM meta_orders",
                    "COMMENT ON TABLE meta_orders IS 'What was ordered'");
            DatabaseMetaData data = connection.getMetaData();
            if (arguments.length > 0) {
                editing(connection);
                return;
            }
            objects(connection, data);
            tables(data);
            columns(data);
            keys(data);
            types(data);
            functions(data);
        }
    }

    private static Set<String> names(ResultSet result, String column) throws SQLException {
        Set<String> names = new TreeSet<>();
        while (result.next()) {
            names.add(result.getString(column));
        }
        return names;
    }

    private static void objects(Connection connection, DatabaseMetaData data) throws Exception {
        Check.equal("product", "PostgreSQL", data.getDatabaseProductName());
        Check.equal("version", 15, data.getDatabaseMajorVersion());
        Check.equal("catalog", connection.getCatalog(), Check.rows(data.getCatalogs()));
        Check.equal("schema", "public", connection.getSchema());
        Set<String> schemas = names(data.getSchemas(), "TABLE_SCHEM");
        Check.equal("schemas", "[in_c_sales, information_schema, pg_catalog, public]", schemas.toString());
        Check.equal("by pattern", "in_c_sales", Check.rows(data.getSchemas(connection.getCatalog(), "in\\_c%"), "TABLE_SCHEM"));
        Check.isTrue("kinds of tables", names(data.getTableTypes(), "TABLE_TYPE").contains("TABLE"));
        Check.isTrue("keywords", data.getSQLKeywords().length() > 0);
        Check.equal("length of names", 63, data.getMaxColumnNameLength());
    }

    private static void tables(DatabaseMetaData data) throws Exception {
        Check.equal("own", "public,meta_orders,TABLE,What was ordered;public,meta_view,VIEW,null",
                Check.rows(data.getTables(null, "public", "meta\\_%e%", new String[] {"TABLE", "VIEW"}),
                        "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS")
                        .replace("public,meta_lines,TABLE,null;", ""));
        Set<String> project = names(data.getTables(null, "in_c_sales", "%", null), "TABLE_NAME");
        Check.equal("project", "[orders]", project.toString());
        Check.isTrue("system", names(data.getTables(null, "pg_catalog", "pg_cl%", null), "TABLE_NAME").contains("pg_class"));
        Check.equal("none", "", Check.rows(data.getTables(null, "nowhere", "%", null)));
    }

    private static void columns(DatabaseMetaData data) throws Exception {
        Check.equal("columns", "1,id,4,int4,10,0,NO,null;2,name,12,varchar,2147483647,0,NO,null;"
                        + "3,price,2,numeric,12,2,YES,1.5;4,placed,93,timestamptz,35,6,YES,null",
                Check.rows(data.getColumns(null, "public", "meta\\_orders", "%"), "ORDINAL_POSITION", "COLUMN_NAME",
                        "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "IS_NULLABLE", "COLUMN_DEF"));
        Check.equal("of a view", "id;name", Check.rows(data.getColumns(null, null, "meta\\_view", null), "COLUMN_NAME"));
        Check.equal("of the project", "id,int8;amount,float8",
                Check.rows(data.getColumns(null, "in_c_sales", "orders", "%"), "COLUMN_NAME", "TYPE_NAME"));
    }

    private static void keys(DatabaseMetaData data) throws Exception {
        Check.equal("primary", "meta_orders,id,1", Check.rows(data.getPrimaryKeys(null, "public", "meta_orders"),
                "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ"));
        String foreign = "meta_orders,id,meta_lines,order_id";
        String[] wanted = {"PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FKCOLUMN_NAME"};
        Check.equal("imported", foreign, Check.rows(data.getImportedKeys(null, "public", "meta_lines"), wanted));
        Check.equal("exported", foreign, Check.rows(data.getExportedKeys(null, "public", "meta_orders"), wanted));
        Check.isTrue("indexes", names(data.getIndexInfo(null, "public", "meta_orders", false, true), "INDEX_NAME")
                .contains("meta_by_name"));
        Check.equal("unique columns", "id", Check.rows(data.getIndexInfo(null, "public", "meta_orders", true, true), "COLUMN_NAME"));
        Check.equal("row identifier", "id", Check.rows(
                data.getBestRowIdentifier(null, "public", "meta_orders", DatabaseMetaData.bestRowSession, false), "COLUMN_NAME"));
        data.getTablePrivileges(null, "public", "meta_orders").close();
        data.getColumnPrivileges(null, "public", "meta_orders", "%").close();
        data.getVersionColumns(null, "public", "meta_orders").close();
    }

    private static void types(DatabaseMetaData data) throws Exception {
        Set<String> types = names(data.getTypeInfo(), "TYPE_NAME");
        for (String type : new String[] {"int4", "varchar", "numeric", "timestamptz", "uuid", "bytea", "interval", "json"}) {
            Check.isTrue("type " + type, types.contains(type));
        }
        data.getUDTs(null, null, "%", null).close();
    }

    private static void functions(DatabaseMetaData data) throws Exception {
        data.getFunctions(null, "public", "%").close();
        data.getFunctionColumns(null, "public", "%", "%").close();
        data.getProcedures(null, null, "%").close();
        data.getProcedureColumns(null, null, "%", "%").close();
    }

    private static void editing(Connection connection) throws Exception {
        Check.execute(connection, "INSERT INTO meta_orders (id, name) SELECT range::INTEGER, 'n' || range FROM range(500)");
        String page = "SELECT * FROM \"public\".\"meta_orders\" WHERE name LIKE 'n1%' ORDER BY name DESC LIMIT 5 OFFSET 5";
        Check.equal("a page", "194;193;192;191;190", Check.rows(connection, page.replace("*", "id")));
        connection.setAutoCommit(false);
        change(connection, "UPDATE public.meta_orders SET name=?, price=? WHERE id=?", "edited", 2.5, 7);
        change(connection, "INSERT INTO public.meta_orders (id, name) VALUES (?, ?)", 1000, "new");
        change(connection, "DELETE FROM public.meta_orders WHERE id=? AND name=?", 8, "n8");
        connection.commit();
        Check.equal("edited", "7,edited,2.50;9,n9,1.50;1000,new,1.50", Check.rows(connection,
                "SELECT id, name, price FROM meta_orders WHERE id IN (7, 8, 9, 1000) ORDER BY 1"));
    }

    private static void change(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            Check.equal("changed", 1, statement.executeUpdate());
        }
    }
}
