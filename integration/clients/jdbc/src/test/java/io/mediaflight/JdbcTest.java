package io.mediaflight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a JDBC tool does with a server: browse, query, prepare, change. */
class JdbcTest {
  private static Connection connect(String server) throws SQLException {
    return DriverManager.getConnection("jdbc:arrow-flight-sql://" + System.getProperty(server) + "/?useEncryption=false");
  }

  private static List<String> column(ResultSet rows, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    while (rows.next()) {
      values.add(rows.getString(name));
    }
    return values;
  }

  @Test
  void queries() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT category, count(*) AS n, avg(NSFW_score) AS nsfw FROM images GROUP BY category ORDER BY n DESC")) {
      assertTrue(r.next());
      assertEquals("signs and symbols", r.getString("category"));
      assertEquals(976, r.getLong("n"));
      assertEquals(0.01858, r.getDouble("nsfw"), 1e-5);
    }
  }

  @Test
  void preparesWithParameters() throws SQLException {
    try (Connection c = connect("lake");
        PreparedStatement p = c.prepareStatement("SELECT title FROM titles WHERE major_genre = ? AND imdb_rating >= ? ORDER BY title")) {
      assertEquals(2, p.getParameterMetaData().getParameterCount());
      p.setString(1, "Musical");
      p.setFloat(2, 8f);
      try (ResultSet r = p.executeQuery()) {
        assertFalse(column(r, "title").isEmpty());
      }
      p.setString(1, "no such genre");
      p.setFloat(2, 0f);
      try (ResultSet r = p.executeQuery()) {
        assertTrue(column(r, "title").isEmpty());
      }
    }
  }

  @Test
  void searchesByVector() throws SQLException {
    String sql = "SELECT image_id FROM images ORDER BY text_embedding <=> (SELECT embedding FROM queries WHERE text = ?) LIMIT 5";
    try (Connection c = connect("lake"); PreparedStatement p = c.prepareStatement(sql)) {
      p.setString(1, "a dog");
      try (ResultSet r = p.executeQuery()) {
        assertEquals(5, column(r, "image_id").size());
      }
    }
  }

  @Test
  void browses() throws SQLException {
    try (Connection c = connect("lake")) {
      DatabaseMetaData m = c.getMetaData();
      assertEquals("Mediaflight", m.getDatabaseProductName());
      assertEquals("\"", m.getIdentifierQuoteString());
      assertTrue(m.getNumericFunctions().contains("abs"));
      assertFalse(m.getSQLKeywords().isEmpty());
      try (ResultSet r = m.getCatalogs()) {
        assertEquals(List.of("mediaflight"), column(r, "TABLE_CAT"));
      }
      try (ResultSet r = m.getSchemas()) {
        assertTrue(column(r, "TABLE_SCHEM").containsAll(List.of("information_schema", "main", "mediaflight")));
      }
      try (ResultSet r = m.getTables(null, "main", "%", new String[] {"TABLE"})) {
        assertEquals(List.of("images", "queries", "titles"), column(r, "TABLE_NAME"));
      }
      try (ResultSet r = m.getColumns(null, "main", "titles", "%")) {
        assertTrue(r.next());
        assertEquals("title_id", r.getString("COLUMN_NAME"));
        assertEquals(Types.BIGINT, r.getInt("DATA_TYPE"));
      }
      try (ResultSet r = m.getTableTypes()) {
        assertTrue(column(r, "TABLE_TYPE").contains("TABLE"));
      }
      try (ResultSet r = m.getTypeInfo()) {
        assertTrue(column(r, "TYPE_NAME").contains("bigint"));
      }
    }
  }

  @Test
  void createsAndInserts() throws SQLException {
    try (Connection c = connect("empty"); Statement s = c.createStatement()) {
      assertFalse(s.execute("CREATE TABLE clips (id bigint PRIMARY KEY, name text NOT NULL, price numeric(10, 2), day date, vector vector(3))"));
      assertEquals(2, s.executeUpdate("INSERT INTO clips VALUES (1, 'one', 1.50, DATE '2026-11-25', '[1,2,3]'), (2, 'two', NULL, NULL, NULL)"));
      try (PreparedStatement p = c.prepareStatement("INSERT INTO clips (id, name) VALUES (?, ?)")) {
        for (int id = 3; id < 6; id++) {
          p.setLong(1, id);
          p.setString(2, "n" + id);
          p.addBatch();
        }
        p.executeBatch();
      }
      try (ResultSet r = s.executeQuery("SELECT * FROM clips ORDER BY id")) {
        assertTrue(r.next());
        assertEquals(new BigDecimal("1.50"), r.getBigDecimal("price"));
        assertEquals(Date.valueOf("2026-11-25"), r.getDate("day"));
        assertTrue(r.next());
        assertEquals(null, r.getBigDecimal("price"));
      }
      try (ResultSet r = s.executeQuery("SELECT count(*) FROM clips")) {
        assertTrue(r.next());
        assertEquals(5, r.getLong(1));
      }
      try (ResultSet r = c.getMetaData().getPrimaryKeys(null, "main", "clips")) {
        assertEquals(List.of("id"), column(r, "COLUMN_NAME"));
      }
    }
  }

  @Test
  void errorsSayWhatAndWhere() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement()) {
      SQLException e = assertThrows(SQLException.class, () -> s.executeQuery("SELECT captoin FROM images"));
      String text = e.getMessage() + e.getCause();
      assertTrue(text.contains("42703") && text.contains("captoin"), text);
    }
  }
}
