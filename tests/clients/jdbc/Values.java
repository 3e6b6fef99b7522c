import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.UUID;
import org.postgresql.util.PGInterval;
import org.postgresql.util.PGobject;

/** Every type there and back, in text (first runs) and in binary (prepareThreshold -1 asks for it at once). */
final class Values {
    private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-00000000abcd");

    public static void main(String[] arguments) throws Exception {
        for (String threshold : new String[] {"0", "-1", "1"}) {
            try (Connection connection = Check.connect("prepareThreshold", threshold, "binaryTransfer",
                    threshold.equals("0") ? "false" : "true")) {
                results(connection);
                roundTrip(connection);
                arrays(connection);
            }
        }
    }

    private static void results(Connection connection) throws Exception {
        String sql = "SELECT true, 12::TINYINT, 32000::SMALLINT, 7::INTEGER, 9000000000::BIGINT, 170141183460469231731::HUGEINT,"
                + " 12.50::DECIMAL(12,2), 1.5::FLOAT, 'NaN'::DOUBLE, 'text', '\\x00\\xff'::BLOB, DATE '2024-02-29',"
                + " TIME '23:59:58.123456', TIMESTAMP '2024-02-29 12:34:56.789', TIMESTAMPTZ '2024-02-29 12:00:00+02',"
                + " INTERVAL '1 year 2 months 3 days 04:05:06.5', '" + ID + "'::UUID, '{\"a\": [1, null]}'::JSON, NULL::INTEGER,"
                + " 18446744073709551615::UBIGINT, -0.001::DECIMAL(5,3)";
        try (PreparedStatement statement = connection.prepareStatement(sql); ResultSet row = statement.executeQuery()) {
            row.next();
            Check.equal("bool", true, row.getBoolean(1));
            Check.equal("int2", 12, row.getInt(2));
            Check.equal("int2", (short) 32000, row.getShort(3));
            Check.equal("int4", 7, row.getInt(4));
            Check.equal("int8", 9000000000L, row.getLong(5));
            Check.equal("hugeint", new BigDecimal("170141183460469231731"), row.getBigDecimal(6));
            Check.equal("decimal", new BigDecimal("12.50"), row.getBigDecimal(7));
            Check.equal("float4", 1.5f, row.getFloat(8));
            Check.isTrue("NaN", Double.isNaN(row.getDouble(9)));
            Check.equal("text", "text", row.getString(10));
            Check.isTrue("bytea", Arrays.equals(new byte[] {0x00, (byte) 0xff}, row.getBytes(11)));
            Check.equal("date", LocalDate.of(2024, 2, 29), row.getObject(12, LocalDate.class));
            Check.equal("time", LocalTime.parse("23:59:58.123456"), row.getObject(13, LocalTime.class));
            Check.equal("timestamp", LocalDateTime.parse("2024-02-29T12:34:56.789"), row.getObject(14, LocalDateTime.class));
            Check.isTrue("timestamptz", OffsetDateTime.parse("2024-02-29T10:00:00Z")
                    .isEqual(row.getObject(15, OffsetDateTime.class)));
            Check.equal("interval", new PGInterval(1, 2, 3, 4, 5, 6.5), row.getObject(16));
            Check.equal("uuid", ID, row.getObject(17));
            Check.equal("json", "json", ((PGobject) row.getObject(18)).getType());
            Check.equal("null", null, row.getObject(19));
            Check.equal("ubigint", new BigDecimal("18446744073709551615"), row.getBigDecimal(20));
            Check.equal("small decimal", new BigDecimal("-0.001"), row.getBigDecimal(21));
        }
    }

    private static void roundTrip(Connection connection) throws Exception {
        Check.execute(connection, "CREATE OR REPLACE TABLE jdbc_values (n DECIMAL(18,4), d DATE, ts TIMESTAMP, tz TIMESTAMPTZ,"
                + " i INTERVAL, b BLOB, u UUID, j JSON, f DOUBLE, flag BOOLEAN, t TIME)");
        String insert = "INSERT INTO jdbc_values VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        PGobject json = new PGobject();
        json.setType("json");
        json.setValue("{\"ž\": 1}");
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setBigDecimal(1, new BigDecimal("-12345.6789"));
            statement.setObject(2, LocalDate.of(1066, 10, 14));
            statement.setTimestamp(3, java.sql.Timestamp.valueOf("2024-02-29 12:34:56.789"));
            statement.setObject(4, OffsetDateTime.parse("2024-02-29T12:00:00+02:00"));
            statement.setObject(5, new PGInterval(0, 1, 2, 3, 4, 5.25));
            statement.setBytes(6, new byte[] {0, 1, (byte) 0xfe});
            statement.setObject(7, ID);
            statement.setObject(8, json);
            statement.setDouble(9, 0.1);
            statement.setBoolean(10, false);
            statement.setObject(11, LocalTime.parse("01:02:03"));
            Check.equal("inserted", 1, statement.executeUpdate());
            for (int i = 1; i <= 11; i++) {
                statement.setNull(i, Types.NULL);
            }
            Check.equal("inserted nulls", 1, statement.executeUpdate());
        }
        String expected = "-12345.6789,1066-10-14,true,true,true,0001FE," + ID + ",1,0.1,f,01:02:03";
        String select = "SELECT n::VARCHAR, d::VARCHAR, ts = TIMESTAMP '2024-02-29 12:34:56.789', tz = TIMESTAMPTZ '2024-02-29 10:00:00Z',"
                + " i = INTERVAL '1 month 2 days 03:04:05.25', hex(b), u, j->>'ž', f, flag, t FROM jdbc_values WHERE n IS NOT NULL";
        Check.equal("stored", expected.replace("true", "t"), Check.rows(connection, select).replace("true", "t"));
        Check.equal("nulls", "1", Check.rows(connection,
                "SELECT count(*) FROM jdbc_values WHERE coalesce(n::TEXT, d::TEXT, u::TEXT, b::TEXT, t::TEXT) IS NULL"));
    }

    private static void arrays(Connection connection) throws Exception {
        Array numbers = connection.createArrayOf("int4", new Object[] {1, null, 3});
        Array words = connection.createArrayOf("text", new Object[] {"a", "b, \"c\"", "", "NULL", null});
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT ?::INTEGER[], ?::VARCHAR[], 2 = ANY(?), [true, false], [DATE '2024-02-29'], [[1, 2], [3]]")) {
            statement.setArray(1, numbers);
            statement.setArray(2, words);
            statement.setArray(3, connection.createArrayOf("int4", new Object[] {2}));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                Check.equal("ints", "[1, null, 3]", Arrays.toString((Object[]) row.getArray(1).getArray()));
                Check.equal("words", "[a, b, \"c\", , NULL, null]", Arrays.toString((Object[]) row.getArray(2).getArray()));
                Check.equal("any", true, row.getBoolean(3));
                Check.equal("bools", "[true, false]", Arrays.toString((Object[]) row.getArray(4).getArray()));
                Check.equal("dates", "[2024-02-29]", Arrays.toString((Object[]) row.getArray(5).getArray()));
                Check.equal("nested", "[[1,2],[3]]", row.getString(6).replace(" ", ""));
            }
        }
    }
}
