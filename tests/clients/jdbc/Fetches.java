import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;

/** Results in pages by suspended portals, several at once, and cursors of SQL. */
final class Fetches {
    private static final int ROWS = 25_000;

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = Check.connect()) {
            connection.setAutoCommit(false);
            for (int size : new int[] {1000, 2048, 9999}) {
                Check.equal("rows by " + size, sum(ROWS), read(connection, size));
            }
            interleaved(connection);
            connection.commit();
            cursors(connection);
            maxRows(connection);
        }
        try (Connection connection = Check.connect("defaultRowFetchSize", "500", "adaptiveFetch", "true",
                "maxResultBuffer", "4M")) {
            connection.setAutoCommit(false);
            Check.equal("adaptive", sum(ROWS), read(connection, 500));
        }
    }

    private static long sum(int rows) {
        return (long) rows * (rows - 1) / 2;
    }

    private static long read(Connection connection, int size) throws Exception {
        try (PreparedStatement statement = connection.prepareStatement("SELECT range AS i, 'row ' || range FROM range(?) ORDER BY 1")) {
            statement.setInt(1, ROWS);
            statement.setFetchSize(size);
            long sum = 0;
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    Check.isTrue("in step", result.getString(2).equals("row " + result.getLong(1)));
                    sum += result.getLong(1);
                }
            }
            return sum;
        }
    }

    /** Two portals and other statements in between: no row is lost. */
    private static void interleaved(Connection connection) throws Exception {
        Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_seen (i BIGINT)");
        try (Statement first = connection.createStatement(); Statement second = connection.createStatement()) {
            first.setFetchSize(700);
            second.setFetchSize(300);
            ResultSet upwards = first.executeQuery("SELECT range FROM range(5000) ORDER BY 1");
            ResultSet downwards = second.executeQuery("SELECT range FROM range(5000) ORDER BY 1 DESC");
            int rows = 0;
            while (upwards.next()) {
                Check.isTrue("both go on", downwards.next());
                Check.equal("opposite", 4999L, upwards.getLong(1) + downwards.getLong(1));
                if (rows++ % 1000 == 0) {
                    Check.execute(connection, "INSERT INTO jdbc_seen VALUES (" + rows + ")");
                }
            }
            Check.isTrue("both end", !downwards.next());
            Check.equal("rows", 5000, rows);
        }
        Check.equal("written meanwhile", "5", Check.rows(connection, "SELECT count(*) FROM jdbc_seen"));
    }

    private static void cursors(Connection connection) throws Exception {
        Check.execute(connection, "DECLARE jdbc_a CURSOR FOR SELECT range FROM range(10) ORDER BY 1",
                "DECLARE jdbc_b SCROLL CURSOR FOR SELECT -range FROM range(10) ORDER BY 1 DESC");
        Check.equal("first", "0;1;2", Check.rows(connection, "FETCH 3 FROM jdbc_a"));
        Check.equal("second", "0;-1", Check.rows(connection, "FETCH FORWARD 2 FROM jdbc_b"));
        Check.execute(connection, "MOVE 2 IN jdbc_a");
        Check.equal("on", "5;6", Check.rows(connection, "FETCH 2 FROM jdbc_a"));
        Check.equal("back", "0", Check.rows(connection, "FETCH PRIOR FROM jdbc_b"));
        Check.execute(connection, "CLOSE jdbc_a");
        connection.commit();
        Check.refused("34000", "does not exist", () -> Check.rows(connection, "FETCH 1 FROM jdbc_b"));
        connection.rollback();
    }

    private static void maxRows(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(10);
            Check.equal("limited", "0;1;2;3;4;5;6;7;8;9", Check.rows(statement.executeQuery("SELECT range FROM range(100) ORDER BY 1")));
            statement.setMaxRows(5);
            statement.setFetchSize(2);
            Check.equal("limited pages", "0;1;2;3;4", Check.rows(statement.executeQuery("SELECT range FROM range(100) ORDER BY 1")));
        }
    }
}
