package io.mediaflight;

import static io.mediaflight.Servers.connect;
import static io.mediaflight.Servers.rows;
import static io.mediaflight.Servers.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prepared statements: setters of every type, NULLs, batches. */
class ParametersTest {
  interface Setter {
    void set(PreparedStatement p) throws SQLException;
  }

  /** What the server makes of a parameter of the type, as text. */
  private static String sent(Connection c, String type, Setter setter) throws SQLException {
    try (PreparedStatement p = c.prepareStatement("SELECT (?::" + type + ")::text")) {
      setter.set(p);
      try (ResultSet r = p.executeQuery()) {
        r.next();
        return r.getString(1);
      }
    }
  }

  @Test
  void settersOfEveryType() throws SQLException {
    try (Connection c = connect("empty")) {
      assertEquals("true", sent(c, "boolean", p -> p.setBoolean(1, true)));
      assertEquals("7", sent(c, "smallint", p -> p.setShort(1, (short) 7)));
      assertEquals("7", sent(c, "integer", p -> p.setInt(1, 7)));
      assertEquals("7", sent(c, "bigint", p -> p.setInt(1, 7)));
      assertEquals("9223372036854775807", sent(c, "bigint", p -> p.setLong(1, Long.MAX_VALUE)));
      assertEquals("1.5", sent(c, "real", p -> p.setFloat(1, 1.5f)));
      assertEquals("1.5", sent(c, "double precision", p -> p.setDouble(1, 1.5)));
      assertEquals("123.4567", sent(c, "numeric(20, 4)", p -> p.setBigDecimal(1, new BigDecimal("123.4567"))));
      assertEquals("it's \"größe\"", sent(c, "text", p -> p.setString(1, "it's \"größe\"")));
      assertEquals("\\x00ff05", sent(c, "bytea", p -> p.setBytes(1, new byte[] {0, -1, 5})));
      assertEquals("2024-02-29", sent(c, "date", p -> p.setDate(1, Date.valueOf("2024-02-29"))));
      assertEquals("12:34:56", sent(c, "time", p -> p.setTime(1, Time.valueOf("12:34:56"))));
      Timestamp at = Timestamp.valueOf("2024-02-29 12:34:56.789");
      assertEquals("2024-02-29 12:34:56.789", sent(c, "timestamp", p -> p.setTimestamp(1, at)));
      assertEquals("2024-02-29 12:34:56.789+00", sent(c, "timestamptz", p -> p.setTimestamp(1, at)));
      assertEquals("1 day 02:00:00", sent(c, "interval", p -> p.setString(1, "1 day 2 hours")));
      String id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
      assertEquals(id, sent(c, "uuid", p -> p.setString(1, id)));
      assertEquals("{1,2}", sent(c, "integer[]", p -> p.setArray(1, c.createArrayOf("INTEGER", new Integer[] {1, 2}))));
      assertEquals("{a,NULL}", sent(c, "text[]", p -> p.setArray(1, c.createArrayOf("VARCHAR", new String[] {"a", null}))));
      assertEquals("[1,2,3]", sent(c, "vector(3)", p -> p.setArray(1, c.createArrayOf("REAL", new Float[] {1f, 2f, 3f}))));
      assertEquals("untyped", sent(c, "text", p -> p.setObject(1, "untyped")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric(20, 4)", "text", "bytea", "date", "time", "timestamp",
      "timestamptz", "interval", "uuid", "integer[]", "vector(3)"})
  void nullOfEveryType(String type) throws SQLException {
    try (Connection c = connect("empty")) {
      assertEquals(null, sent(c, type, p -> p.setNull(1, Types.NULL)));
      assertEquals(null, sent(c, type, p -> p.setObject(1, null)));
    }
  }

  @Test
  void parametersHaveTheTypesOfTheirPlaces() throws SQLException {
    try (Connection c = connect("lake");
        PreparedStatement p = c.prepareStatement("SELECT title FROM titles WHERE major_genre = ? AND imdb_rating >= ? AND title_id < ?")) {
      ParameterMetaData m = p.getParameterMetaData();
      assertEquals(3, m.getParameterCount());
      assertEquals(Types.VARCHAR, m.getParameterType(1));
      assertEquals(Types.BIGINT, m.getParameterType(3));
    }
  }

  @Test
  void aStatementRunsAgainAndAgain() throws SQLException {
    try (Connection c = connect("lake"); PreparedStatement p = c.prepareStatement("SELECT count(*) AS n FROM titles WHERE major_genre = ?")) {
      for (String[] genre : new String[][] {{"Musical", "53"}, {"no such genre", "0"}, {null, "0"}, {"Musical", "53"}}) {
        p.setString(1, genre[0]);
        assertEquals(genre[1], rows(p.executeQuery(), "n").get(0), genre[0]);
      }
    }
  }

  @Test
  void searchesByVector() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT embedding FROM queries WHERE text = 'a dog'");
        PreparedStatement p = c.prepareStatement("SELECT image_id FROM images ORDER BY text_embedding <=> ?, image_id LIMIT 5")) {
      r.next();
      Object[] dog = (Object[]) r.getArray(1).getArray();
      p.setArray(1, c.createArrayOf("REAL", dog));
      assertEquals(rows(s.executeQuery("SELECT image_id FROM images ORDER BY text_embedding <=> (SELECT embedding FROM queries WHERE text = 'a dog'),"
          + " image_id LIMIT 5"), "image_id"), rows(p.executeQuery(), "image_id"));
    }
  }

  @Test
  void aBatchIsOneChange() throws SQLException {
    try (Connection c = connect("empty"); Statement s = c.createStatement()) {
      s.execute("CREATE TABLE batches (id bigint NOT NULL, name text)");
      try (PreparedStatement p = c.prepareStatement("INSERT INTO batches VALUES (?, ?)")) {
        for (int id = 0; id < 500; id++) {
          p.setLong(1, id);
          if (id % 5 == 0) {
            p.setNull(2, Types.VARCHAR);
          } else {
            p.setString(2, "n" + id);
          }
          p.addBatch();
        }
        assertEquals(500, p.executeBatch()[0]);
        assertEquals("500 400 124750", value(s, "SELECT count(*) || ' ' || count(name) || ' ' || sum(id) FROM batches"));
        assertEquals("1", value(s, "SELECT count(*) FROM mediaflight.snapshots WHERE table_name = 'batches'"));

        p.setLong(1, 1000);
        p.setString(2, "good");
        p.addBatch();
        p.setNull(1, Types.BIGINT);
        p.setString(2, "bad");
        p.addBatch();
        SQLException e = assertThrows(SQLException.class, p::executeBatch);
        assertTrue(e.getMessage().contains("23502") && e.getMessage().contains("\"id\""), e.getMessage());
        assertEquals("500", value(s, "SELECT count(*) FROM batches"));
      }
    }
  }
}
