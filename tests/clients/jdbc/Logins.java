import java.sql.Connection;
import java.sql.SQLException;

/** TLS in all its modes, start-up parameters, and refusals. CERTIFICATE names the server's certificate. */
final class Logins {
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            Check.refused("28000", "requires TLS", Check::connect);
            return;
        }
        String certificate = System.getenv("CERTIFICATE");
        for (String mode : new String[] {"disable", "allow", "prefer", "require"}) {
            answers(Check.connect("sslmode", mode));
        }
        answers(Check.connect("sslmode", "verify-ca", "sslrootcert", certificate));
        answers(Check.connectTo("localhost", "sslmode", "verify-full", "sslrootcert", certificate));
        answers(Check.connect("sslmode", "require", "gssEncMode", "prefer"));
        Check.refused("28P01", "password authentication failed", () -> Check.connect("password", "wrong"));
        Check.refused("28P01", "password authentication failed", () -> Check.connect("user", "nobody"));
        Check.refused("3D000", "does not exist", () -> Check.connect("dbname", "elsewhere"));
        Check.refused("42704", "unrecognized configuration parameter", () -> Check.connect("options", "-c no_such=1"));
        try (Connection connection = Check.connect(
                "ApplicationName", "report", "currentSchema", "public",
                "options", "-c statement_timeout=90s -c TimeZone=Asia/Kolkata -c x.y=a\\ b")) {
            Check.equal("names", "report", Check.rows(connection, "SHOW application_name"));
            Check.equal("search path", "public", Check.rows(connection, "SHOW search_path"));
            Check.equal("time-out", "90s", Check.rows(connection, "SHOW statement_timeout").replace("1min 30s", "90s"));
            Check.equal("custom", "a b", Check.rows(connection, "SELECT current_setting('x.y')"));
        }
    }

    private static void answers(Connection connection) throws SQLException {
        try (connection) {
            Check.isTrue("isValid", connection.isValid(5));
            Check.equal("SELECT 1", "1", Check.rows(connection, "SELECT 1"));
        }
    }
}
