import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/** CopyManager: text, csv and binary both ways, errors, and a copy that the client gives up. */
final class Copies {
    public static void main(String[] arguments) throws Exception {
        try (Connection connection = Check.connect()) {
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_copy (id INTEGER, name VARCHAR)");
            Check.equal("text", 3L, copy.copyIn("COPY jdbc_copy FROM STDIN", new StringReader("1\tone\n2\t\\N\n3\ta\\tb\n")));
            Check.equal("csv", 2L, copy.copyIn("COPY jdbc_copy (id, name) FROM STDIN WITH (FORMAT csv, HEADER)",
                    new StringReader("id,name\n4,\"a, \"\"b\"\"\"\n5,\n")));
            StringWriter csv = new StringWriter();
            Check.equal("out", 5L, copy.copyOut("COPY (SELECT * FROM jdbc_copy ORDER BY id) TO STDOUT CSV HEADER", csv));
            Check.equal("csv out", "id,name\n1,one\n2,\n3,a\tb\n4,\"a, \"\"b\"\"\"\n5,\n", csv.toString());
            StringWriter text = new StringWriter();
            copy.copyOut("COPY (SELECT * FROM jdbc_copy ORDER BY id LIMIT 3) TO STDOUT", text);
            Check.equal("text out", "1\tone\n2\t\\N\n3\ta\\tb\n", text.toString());
            binary(connection, copy);
            errors(connection, copy);
        }
    }

    private static void binary(Connection connection, CopyManager copy) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        copy.copyOut("COPY jdbc_copy TO STDOUT (FORMAT BINARY)", bytes);
        Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_copied (id INTEGER, name VARCHAR)");
        InputStream again = new ByteArrayInputStream(bytes.toByteArray());
        Check.equal("binary", 5L, copy.copyIn("COPY jdbc_copied FROM STDIN (FORMAT BINARY)", again));
        Check.equal("the same", "0", Check.rows(connection, "SELECT count(*) FROM (FROM jdbc_copy EXCEPT FROM jdbc_copied)"));
    }

    private static void errors(Connection connection, CopyManager copy) throws Exception {
        Check.refused("22P02", "", () -> copy.copyIn("COPY jdbc_copy FROM STDIN", new StringReader("6\tsix\nx\tseven\n")));
        Check.refused("22P04", "missing data for column", () -> copy.copyIn("COPY jdbc_copy FROM STDIN", new StringReader("6\n")));
        Check.refused("42P01", "does not exist", () -> copy.copyIn("COPY jdbc_missing FROM STDIN", new StringReader("6\n")));
        CopyIn given = copy.copyIn("COPY jdbc_copy FROM STDIN");
        byte[] row = "8\teight\n".getBytes(StandardCharsets.UTF_8);
        given.writeToCopy(row, 0, row.length);
        given.cancelCopy();
        Check.equal("nothing came in", "5", Check.rows(connection, "SELECT count(*) FROM jdbc_copy"));
        Check.refused("42501", "", () -> copy.copyIn("COPY in_c_sales.orders FROM STDIN", new StringReader("6\t1\n")));
    }
}
