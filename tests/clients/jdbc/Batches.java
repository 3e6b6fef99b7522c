import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;

/** Batches of thousands of rows in one transaction, with and without rewriting, and errors in their midst. */
final class Batches {
    private static final int ROWS = 10_000;

    public static void main(String[] arguments) throws Exception {
        for (String rewrite : new String[] {"false", "true"}) {
            try (Connection connection = Check.connect("reWriteBatchedInserts", rewrite)) {
                Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_batch (id INTEGER, name VARCHAR, UNIQUE (id))");
                connection.setAutoCommit(false);
                Check.equal("rows", ROWS, insert(connection, 0, ROWS));
                connection.commit();
                Check.equal("stored", "10000,49995000", Check.rows(connection, "SELECT count(*), sum(id) FROM jdbc_batch"));
                connection.commit();
                connection.setAutoCommit(true);
                errorInside(connection);
                mixed(connection);
            }
        }
    }

    private static int insert(Connection connection, int from, int rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO jdbc_batch (id, name) VALUES (?, ?)")) {
            for (int i = from; i < from + rows; i++) {
                statement.setInt(1, i);
                statement.setString(2, "name " + i);
                statement.addBatch();
            }
            return statement.executeBatch().length;
        }
    }

    /** What came before the error in the same batch is undone: it is one transaction. */
    private static void errorInside(Connection connection) throws Exception {
        try {
            insert(connection, 9_990, 20);
            throw new AssertionError("the duplicate key was accepted");
        } catch (BatchUpdateException error) {
            Check.equal("state", "23505", error.getNextException().getSQLState());
        }
        Check.equal("unchanged", "10000", Check.rows(connection, "SELECT count(*) FROM jdbc_batch"));
    }

    private static void mixed(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.addBatch("INSERT INTO jdbc_batch VALUES (-1, 'x')");
            statement.addBatch("UPDATE jdbc_batch SET name = 'y' WHERE id < 2");
            statement.addBatch("DELETE FROM jdbc_batch WHERE id < 0");
            Check.equal("counts", "[1, 3, 1]", Arrays.toString(statement.executeBatch()));
        }
    }
}
