import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;

/** Simple and extended protocol, named statements, parameters whose types the server infers, RETURNING, big values. */
final class Queries {
    public static void main(String[] arguments) throws Exception {
        for (String mode : new String[] {"extended", "extendedForPrepared", "extendedCacheEverything", "simple"}) {
            try (Connection connection = Check.connect("preferQueryMode", mode, "prepareThreshold", "2")) {
                severalStatements(connection);
                generatedKeys(connection, "jdbc_keys_" + mode.toLowerCase());
                if (mode.equals("extended") || mode.equals("simple")) {
                    bigValues(connection);
                }
                if (!mode.equals("simple")) {
                    parameters(connection);
                    describes(connection);
                }
            }
        }
        notices();
    }

    private static void severalStatements(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            Check.isTrue("rows first", statement.execute("SELECT 1 AS a; SELECT 2 AS b;"));
            Check.equal("first", "1", Check.rows(statement.getResultSet()));
            Check.isTrue("more", statement.getMoreResults());
            Check.equal("second", "2", Check.rows(statement.getResultSet()));
            Check.isTrue("no more", !statement.getMoreResults() && statement.getUpdateCount() == -1);
            statement.execute("");
        }
    }

    private static void parameters(Connection connection) throws Exception {
        String sql = "SELECT ?::INT + 1, upper(?), ? > 3, CASE WHEN ? THEN 'yes' END, ?::DATE";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < 5; i++) {
                statement.setInt(1, i);
                statement.setString(2, "Žluť" + i);
                statement.setLong(3, i);
                statement.setBoolean(4, i == 4);
                statement.setDate(5, java.sql.Date.valueOf("2024-02-29"));
                try (ResultSet result = statement.executeQuery()) {
                    String expected = (i + 1) + ",ŽLUŤ" + i + "," + (i > 3 ? "t" : "f") + ","
                            + (i == 4 ? "yes" : "null") + ",2024-02-29";
                    Check.equal("run " + i, expected, Check.rows(result));
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT ? + 1, coalesce(?, NULL) LIMIT ?")) {
            statement.setBigDecimal(1, new BigDecimal("1.50"));
            statement.setNull(2, java.sql.Types.VARCHAR);
            statement.setInt(3, 5);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                Check.equal("decimal", 0, new BigDecimal("2.5").compareTo(result.getBigDecimal(1)));
                Check.equal("null", null, result.getString(2));
            }
        }
    }

    private static void describes(Connection connection) throws Exception {
        Check.execute(connection, "DROP TABLE IF EXISTS jdbc_described",
                "CREATE TABLE jdbc_described (id INTEGER NOT NULL, price DECIMAL(12,2), placed TIMESTAMPTZ, name VARCHAR)");
        String insert = "INSERT INTO jdbc_described VALUES (?, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            ParameterMetaData parameters = statement.getParameterMetaData();
            Check.equal("parameters", 4, parameters.getParameterCount());
            Check.equal("types", "int4 numeric timestamptz varchar", parameters.getParameterTypeName(1) + " "
                    + parameters.getParameterTypeName(2) + " " + parameters.getParameterTypeName(3) + " "
                    + parameters.getParameterTypeName(4));
        }
        String select = "SELECT id, price, name AS label, count(*) OVER () AS n FROM jdbc_described";
        try (PreparedStatement statement = connection.prepareStatement(select)) {
            ResultSetMetaData columns = statement.getMetaData();
            Check.equal("columns", 4, columns.getColumnCount());
            Check.equal("type", "numeric", columns.getColumnTypeName(2));
            Check.equal("precision", "12,2", columns.getPrecision(2) + "," + columns.getScale(2));
            Check.equal("label", "label", columns.getColumnLabel(3));
            Check.equal("class", "java.lang.Long", columns.getColumnClassName(4));
        }
    }

    private static void generatedKeys(Connection connection, String table) throws Exception {
        Check.execute(connection, "CREATE SEQUENCE " + table + "_seq",
                "CREATE TABLE " + table + " (id BIGINT DEFAULT nextval('" + table + "_seq'), name VARCHAR)");
        String insert = "INSERT INTO " + table + " (name) VALUES (?)";
        try (PreparedStatement statement = connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
            for (int i = 1; i <= 3; i++) {
                statement.setString(1, "n" + i);
                Check.equal("inserted", 1, statement.executeUpdate());
                Check.equal("keys", i + ",n" + i, Check.rows(statement.getGeneratedKeys()));
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE " + table + " SET name = name || ? WHERE id > ? RETURNING id, name")) {
            statement.setString(1, "!");
            statement.setInt(2, 1);
            Check.equal("returning", "2,n2!;3,n3!", Check.rows(statement.executeQuery()));
        }
        Check.execute(connection, "DROP TABLE " + table, "DROP SEQUENCE " + table + "_seq");
    }

    private static void bigValues(Connection connection) throws Exception {
        String big = "ž🐎".repeat(200_000);
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::TEXT, ''::TEXT, NULL::TEXT, ?::TEXT")) {
            statement.setString(1, big);
            statement.setString(2, "'; DROP TABLE x; --");
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                Check.isTrue("big value", big.equals(result.getString(1)));
                Check.equal("empty", "", result.getString(2));
                Check.equal("null", null, result.getString(3));
                Check.equal("quotes", "'; DROP TABLE x; --", result.getString(4));
            }
        }
        StringBuilder wide = new StringBuilder("SELECT 0 AS c0");
        for (int i = 1; i < 1600; i++) {
            wide.append(", ").append(i).append(" AS c").append(i);
        }
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(wide.toString())) {
            result.next();
            Check.equal("columns", 1600, result.getMetaData().getColumnCount());
            Check.equal("last", 1599, result.getInt("c1599"));
        }
    }

    private static void notices() throws Exception {
        try (Connection connection = Check.connect(); Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS jdbc_never_there");
            Check.isTrue("notice", statement.getWarnings().getMessage().contains("does not exist, skipping"));
            statement.clearWarnings();
            statement.execute("ROLLBACK");
            Check.equal("warning", "25P01", statement.getWarnings().getSQLState());
        }
    }
}
