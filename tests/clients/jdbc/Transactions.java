import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;

/** Blocks, failed blocks, savepoints, SQLSTATEs, settings, cancel, time-outs, and project tables that nobody may write. */
final class Transactions {
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = Check.connect()) {
            Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_block (i INTEGER NOT NULL CHECK (i < 100), UNIQUE (i))");
            blocks(connection);
            savepoints(connection);
            states(connection);
            projectTables(connection);
            resets(connection);
            cancels(connection);
        }
        autosave();
    }

    private static void blocks(Connection connection) throws Exception {
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        Check.execute(connection, "INSERT INTO jdbc_block VALUES (1)");
        connection.rollback();
        Check.equal("undone", "0", Check.rows(connection, "SELECT count(*) FROM jdbc_block"));
        Check.refused("42P01", "does not exist", () -> Check.rows(connection, "SELECT * FROM jdbc_missing"));
        Check.refused("25P02", "current transaction is aborted", () -> Check.rows(connection, "SELECT 1"));
        Check.execute(connection, "COMMIT");
        connection.rollback();
        connection.setReadOnly(true);
        Check.refused("25006", "read-only transaction", () -> Check.execute(connection, "INSERT INTO jdbc_block VALUES (1)"));
        connection.rollback();
        connection.setReadOnly(false);
        connection.setAutoCommit(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }

    private static void savepoints(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        Check.execute(connection, "INSERT INTO jdbc_block VALUES (7)");
        Savepoint savepoint = connection.setSavepoint("before it");
        Check.refused("42P01", "does not exist", () -> Check.rows(connection, "SELECT * FROM jdbc_missing"));
        connection.rollback(savepoint);
        Check.equal("kept", "7", Check.rows(connection, "SELECT i FROM jdbc_block"));
        connection.releaseSavepoint(savepoint);
        Savepoint second = connection.setSavepoint();
        Check.execute(connection, "INSERT INTO jdbc_block VALUES (8)");
        Check.refused("0A000", "cannot undo changes", () -> connection.rollback(second));
        connection.rollback();
        connection.setAutoCommit(true);
    }

    private static void autosave() throws Exception {
        for (String mode : new String[] {"always", "conservative"}) {
            try (Connection connection = Check.connect("autosave", mode)) {
                connection.setAutoCommit(false);
                Check.equal("before", "1", Check.rows(connection, "SELECT 1"));
                try {
                    Check.rows(connection, "SELECT * FROM jdbc_missing");
                } catch (SQLException expected) {
                    Check.equal("state", "42P01", expected.getSQLState());
                }
                if (mode.equals("always")) {
                    Check.equal("goes on", "2", Check.rows(connection, "SELECT 2"));
                }
                connection.rollback();
            }
        }
    }

    private static void states(Connection connection) throws Exception {
        Check.execute(connection, "INSERT INTO jdbc_block VALUES (1)");
        String[][] cases = {
            {"42601", "SELEC 1"}, {"42703", "SELECT nothing FROM jdbc_block"}, {"42P01", "SELECT * FROM jdbc_missing"},
            {"42883", "SELECT no_such_function(1)"}, {"22P02", "SELECT 'x'::INTEGER"}, {"22003", "SELECT 300000::SMALLINT"},
            {"23505", "INSERT INTO jdbc_block VALUES (1)"}, {"23502", "INSERT INTO jdbc_block VALUES (NULL)"},
            {"23514", "INSERT INTO jdbc_block VALUES (500)"}, {"42P07", "CREATE TABLE jdbc_block (i INTEGER)"},
            {"3F000", "CREATE TABLE nowhere.t (i INTEGER)"}, {"22007", "SELECT 'x'::DATE"},
        };
        for (String[] one : cases) {
            Check.refused(one[0], "", () -> Check.execute(connection, one[1]));
        }
    }

    private static void projectTables(Connection connection) throws Exception {
        Check.equal("rows", "1,1.5;2,2.5;3,3.5", Check.rows(connection, "SELECT id, amount FROM in_c_sales.orders ORDER BY 1"));
        Check.refused("42501", "permission denied", () -> Check.execute(connection, "DELETE FROM in_c_sales.orders"));
        Check.refused("42501", "permission denied", () -> Check.execute(connection, "INSERT INTO in_c_sales.orders VALUES (1, 1)"));
    }

    private static void resets(Connection connection) throws Exception {
        Check.execute(connection, "SET TimeZone = 'Asia/Tokyo'", "SET search_path = in_c_sales, public");
        Check.equal("path", "3", Check.rows(connection, "SELECT count(*) FROM orders"));
        Check.execute(connection, "CREATE TEMP TABLE jdbc_temp (i INTEGER)", "DISCARD ALL", "DEALLOCATE ALL", "RESET ALL");
        Check.equal("path again", "\"$user\", public", Check.rows(connection, "SHOW search_path"));
        Check.refused("42P01", "does not exist", () -> Check.rows(connection, "SELECT * FROM jdbc_temp"));
    }

    private static void cancels(Connection connection) throws Exception {
        String endless = "SELECT count(*) FROM range(100000000000) a, range(100000) b";
        try (Statement statement = connection.createStatement()) {
            statement.cancel();
            Check.equal("a cancel while idle", "1", Check.rows(connection, "SELECT 1"));
            Thread canceller = new Thread(() -> cancelUntilDone(statement));
            canceller.start();
            Check.refused("57014", "canceling statement due to user request", () -> statement.executeQuery(endless));
            canceller.interrupt();
            canceller.join();
        }
        Check.execute(connection, "SET statement_timeout = 50");
        Check.refused("57014", "canceling statement due to statement timeout", () -> Check.rows(connection, endless));
        Check.execute(connection, "RESET statement_timeout");
        Check.equal("goes on", "1", Check.rows(connection, "SELECT 1"));
    }

    private static void cancelUntilDone(Statement statement) {
        try {
            while (true) {
                Thread.sleep(50);
                statement.cancel();
            }
        } catch (InterruptedException done) {
            Thread.currentThread().interrupt();
        } catch (SQLException error) {
            throw new IllegalStateException(error);
        }
    }
}
