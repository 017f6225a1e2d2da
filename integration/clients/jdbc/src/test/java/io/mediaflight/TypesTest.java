package io.mediaflight;

import static io.mediaflight.Servers.connect;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every type of SQL, read with its getter. */
class TypesTest {
  interface Check {
    void of(ResultSet r) throws SQLException;
  }

  private static void select(String expressions, Check check) throws SQLException {
    try (Connection c = connect("empty"); Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT " + expressions)) {
      assertTrue(r.next());
      check.of(r);
      assertFalse(r.next());
    }
  }

  @Test
  void numbers() throws SQLException {
    select("true, 12::smallint, -2147483648, 9223372036854775807, 1.5::real, 2.25::double precision, 'NaN'::double precision,"
        + " 123456789012345678901234567890.12345::numeric(38, 5)", r -> {
      assertTrue(r.getBoolean(1));
      assertEquals(12, r.getShort(2));
      assertEquals(Integer.MIN_VALUE, r.getInt(3));
      assertEquals(Long.MAX_VALUE, r.getLong(4));
      assertEquals(1.5f, r.getFloat(5));
      assertEquals(2.25, r.getDouble(6));
      assertTrue(Double.isNaN(r.getDouble(7)));
      assertEquals(new BigDecimal("123456789012345678901234567890.12345"), r.getBigDecimal(8));
      assertEquals(12L, r.getLong(2));
      assertEquals(new BigDecimal("9223372036854775807"), r.getBigDecimal(4));
      assertEquals("-2147483648", r.getString(3));
    });
  }

  @Test
  void textAndBytes() throws SQLException {
    UUID id = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    select("'größe 日本 🎬', '', '\\x00ff10'::bytea, '" + id + "'::uuid", r -> {
      assertEquals("größe 日本 🎬", r.getString(1));
      assertEquals("", r.getString(2));
      assertArrayEquals(new byte[] {0, -1, 16}, r.getBytes(3));
      ByteBuffer bytes = ByteBuffer.wrap(r.getBytes(4));
      assertEquals(id, new UUID(bytes.getLong(), bytes.getLong()));
    });
  }

  @Test
  void times() throws SQLException {
    select("DATE '1969-12-31', TIME '23:59:59.123456', TIMESTAMP '2024-02-29 12:34:56.789012', TIMESTAMPTZ '2024-02-29 12:34:56.789012+02',"
        + " INTERVAL '1 year 2 months 3 days 04:05:06.5'", r -> {
      assertEquals(Date.valueOf("1969-12-31"), r.getDate(1));
      assertEquals("23:59:59.123", r.getString(2)); // the driver's times have no more digits
      assertEquals(LocalDateTime.parse("2024-02-29T12:34:56.789012"), r.getObject(3, LocalDateTime.class));
      assertEquals(Timestamp.valueOf("2024-02-29 12:34:56.789012"), r.getTimestamp(3));
      assertEquals(Instant.parse("2024-02-29T10:34:56.789012Z"), r.getObject(4, Instant.class));
      assertEquals("P14M3DT4H5M6.5S", r.getString(5));
    });
  }

  @Test
  void nested() throws SQLException {
    select("ARRAY[1, 2, NULL], ARRAY['a', NULL], ARRAY[ARRAY[1, 2], ARRAY[3]], '[1, 2, 3]'::vector(3), ROW(1, 'x')", r -> {
      assertArrayEquals(new Object[] {1, 2, null}, (Object[]) r.getArray(1).getArray());
      assertEquals("[\"a\",null]", r.getString(2));
      assertEquals("[[1,2],[3]]", r.getString(3));
      assertArrayEquals(new Object[] {1f, 2f, 3f}, (Object[]) r.getArray(4).getArray());
      assertEquals("[f1, f2]", ((Map<?, ?>) r.getObject(5)).keySet().toString());
      assertEquals("{\"f1\":1,\"f2\":\"x\"}", r.getString(5));
    });
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric(10, 2)", "text", "bytea", "date",
      "time", "timestamp", "interval", "uuid", "integer[]", "vector(3)"})
  void nulls(String type) throws SQLException {
    select("NULL::" + type, r -> {
      assertNull(r.getObject(1));
      assertTrue(r.wasNull());
      assertNull(r.getString(1));
    });
  }

  @Test
  void nullOfPrimitives() throws SQLException {
    select("NULL::bigint, NULL::double precision, NULL::boolean, 1, NULL::timestamptz", r -> {
      assertEquals(0, r.getLong(1));
      assertTrue(r.wasNull());
      assertEquals(0, r.getDouble(2));
      assertTrue(r.wasNull());
      assertFalse(r.getBoolean(3));
      assertTrue(r.wasNull());
      assertEquals(1, r.getInt(4));
      assertFalse(r.wasNull());
      assertNull(r.getTimestamp(5));
    });
  }

  @Test
  void resultsDescribeThemselves() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT image_id, NSFW_score AS score, 1.25 AS n, text_embedding, created_at, 1 FROM images LIMIT 1")) {
      ResultSetMetaData m = r.getMetaData();
      assertEquals(6, m.getColumnCount());
      int[] types = {Types.BIGINT, Types.FLOAT, Types.DECIMAL, Types.ARRAY, Types.TIMESTAMP_WITH_TIMEZONE, Types.INTEGER};
      assertArrayEquals(types, Arrays.stream(new int[] {1, 2, 3, 4, 5, 6}).map(i -> {
        try {
          return m.getColumnType(i);
        } catch (SQLException e) {
          throw new AssertionError(e);
        }
      }).toArray());
      assertEquals("score", m.getColumnLabel(2));
      assertEquals("3,2", m.getPrecision(3) + "," + m.getScale(3));
    }
  }

  @Test
  void bytesOfTheLake() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT image_id, thumbnail, bboxes, text_embedding FROM images")) {
      int rows = 0;
      long bytes = 0;
      while (r.next()) {
        rows++;
        bytes += r.getBytes("thumbnail").length;
        if (rows == 1) {
          assertEquals(384, ((Object[]) r.getArray("text_embedding").getArray()).length);
        }
      }
      assertEquals(4297, rows);
      assertEquals(3992314, bytes);
    }
  }
}
