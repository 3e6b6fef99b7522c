import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;

/** Connects as the environment says (PGHOST, PGPORT, ...) and compares what came with what was expected. */
final class Check {
    interface Action {
        void run() throws Exception;
    }

    private Check() {}

    /** Options are pairs: "prepareThreshold", "1", ... */
    static Connection connect(String... options) throws SQLException {
        return connectTo(System.getenv("PGHOST"), options);
    }

    static Connection connectTo(String host, String... options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("password", System.getenv("PGPASSWORD"));
        properties.setProperty("sslmode", "disable");
        for (int i = 0; i < options.length; i += 2) {
            properties.setProperty(options[i], options[i + 1]);
        }
        String database = properties.getProperty("dbname", System.getenv("PGDATABASE"));
        properties.remove("dbname");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + host + ":" + System.getenv("PGPORT") + "/" + database, properties);
    }

    static void equal(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected <" + expected + "> but got <" + actual + ">");
        }
    }

    static void isTrue(String what, boolean condition) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    /** The action must fail with this SQLSTATE and a message that contains these words. */
    static void refused(String state, String words, Action action) throws Exception {
        try {
            action.run();
        } catch (SQLException error) {
            equal("SQLSTATE of " + error.getMessage(), state, error.getSQLState());
            isTrue("<" + words + "> in " + error.getMessage(), error.getMessage().contains(words));
            return;
        }
        throw new AssertionError("not refused, expected " + state + " " + words);
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** All rows as text: values by commas, rows by semicolons. */
    static String rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return rows(result);
        }
    }

    static String rows(ResultSet result, String... columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            List<String> values = new ArrayList<>();
            if (columns.length == 0) {
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    values.add(result.getString(i));
                }
            }
            for (String column : columns) {
                values.add(result.getString(column));
            }
            rows.add(String.join(",", values.stream().map(String::valueOf).toList()));
        }
        return String.join(";", rows);
    }
}
