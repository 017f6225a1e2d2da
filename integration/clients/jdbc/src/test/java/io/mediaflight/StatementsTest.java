package io.mediaflight;

import static io.mediaflight.Servers.ENDLESS;
import static io.mediaflight.Servers.connect;
import static io.mediaflight.Servers.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Statements: queries, changes, several at once, their end before time, their errors. */
class StatementsTest {
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
  void changesCountTheirRows() throws SQLException {
    try (Connection c = connect("empty"); Statement s = c.createStatement()) {
      assertFalse(s.execute("CREATE TABLE clips (id bigint PRIMARY KEY, name text NOT NULL, price numeric(10, 2), day date, vector vector(3))"));
      assertEquals(0, s.getUpdateCount());
      assertEquals(2, s.executeUpdate("INSERT INTO clips VALUES (1, 'one', 1.50, DATE '2026-11-25', '[1,2,3]'), (2, 'two', NULL, NULL, NULL)"));
      assertEquals(2, s.executeLargeUpdate("INSERT INTO clips SELECT id + 2, name, price, day, vector FROM clips"));
      assertFalse(s.execute("INSERT INTO clips (id, name) VALUES (5, 'five')"));
      assertEquals(1, s.getUpdateCount());
      assertNull(s.getResultSet());
      assertTrue(s.execute("SELECT * FROM clips ORDER BY id"));
      try (ResultSet r = s.getResultSet()) {
        assertTrue(r.next());
        assertEquals(new BigDecimal("1.50"), r.getBigDecimal("price"));
        assertEquals(Date.valueOf("2026-11-25"), r.getDate("day"));
        assertTrue(r.next());
        assertNull(r.getBigDecimal("price"));
      }
      assertEquals("5", value(s, "SELECT count(*) FROM clips"));
      assertEquals(3, s.executeUpdate("UPDATE clips SET price = 2 WHERE id > 2"));
      try (PreparedStatement p = c.prepareStatement("UPDATE clips SET name = ? WHERE id = ?")) {
        p.setString(1, "new");
        p.setLong(2, 4);
        assertEquals(1, p.executeUpdate());
        p.setLong(2, 400);
        assertEquals(0, p.executeUpdate());
      }
      assertTrue(s.execute("DELETE FROM clips WHERE id = 4 RETURNING name, price"));
      try (ResultSet r = s.getResultSet()) {
        assertTrue(r.next());
        assertEquals("new", r.getString("name"));
        assertEquals(new BigDecimal("2.00"), r.getBigDecimal("price"));
        assertFalse(r.next());
      }
      assertEquals(4, s.executeUpdate("DELETE FROM clips"));
      assertEquals(0, s.executeUpdate("TRUNCATE clips"));
      assertFalse(s.execute("DROP TABLE clips"));
    }
  }

  @Test
  void severalAreOpenAtOnce() throws SQLException {
    try (Connection c = connect("lake"); Statement up = c.createStatement(); Statement down = c.createStatement();
        ResultSet a = up.executeQuery("SELECT title_id FROM titles ORDER BY 1"); ResultSet b = down.executeQuery("SELECT title_id FROM titles ORDER BY 1 DESC")) {
      for (int i = 1; i <= 3200; i++) {
        assertTrue(a.next() && b.next());
        assertEquals(3201, a.getLong(1) + b.getLong(1));
      }
      assertFalse(a.next() || b.next());
    }
  }

  @Test
  void limitsAndHintsAreHarmless() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement()) {
      s.setFetchSize(2);
      s.setMaxRows(3);
      try (ResultSet r = s.executeQuery("SELECT title_id FROM titles")) {
        int n = 0;
        while (r.next()) {
          n++;
        }
        assertEquals(3, n);
      }
      s.setMaxRows(0);
      assertEquals("3200", value(s, "SELECT count(*) FROM titles;"));
    }
  }

  @Test
  void aTimeoutEndsTheQuery() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement()) {
      s.setQueryTimeout(1);
      assertTrue(assertThrows(SQLException.class, () -> s.executeQuery(ENDLESS)).getMessage().contains("timed out"));
      s.setQueryTimeout(0);
      s.execute("SET statement_timeout = '100ms'");
      String text = assertThrows(SQLException.class, () -> s.executeQuery(ENDLESS)).getMessage();
      assertTrue(text.contains("57014") && text.contains("statement timeout"), text);
      s.execute("RESET statement_timeout");
      assertEquals("1", value(s, "SELECT 1"));
    }
  }

  @Test
  void cancelEndsAStream() throws Exception {
    Connection c = connect("lake");
    try (Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT a.title_id FROM titles a CROSS JOIN titles b CROSS JOIN images c")) {
      assertTrue(r.next());
      Thread canceller = new Thread(() -> {
        try {
          Thread.sleep(100);
          s.cancel();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
      canceller.start();
      assertThrows(Exception.class, () -> { // the driver's own, or gRPC's, whichever its two threads come to first
        while (r.next()) {
          // until it is cancelled: there are 44 billion rows
        }
      });
      canceller.join();
    }
    try {
      c.close();
    } catch (SQLException e) { // the driver may lose a buffer between its two threads, and says so here
      assertTrue(e.getCause().getMessage().contains("leaked"), e.toString());
    }
  }

  @Test
  void aResultMayBeLeftEarly() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement()) {
      try (ResultSet r = s.executeQuery("SELECT a.title_id FROM titles a CROSS JOIN titles b CROSS JOIN images c")) {
        assertTrue(r.next());
      }
      assertEquals("1", value(s, "SELECT 1"));
    }
  }

  @Test
  void errorsSayWhatAndWhere() throws SQLException {
    try (Connection c = connect("lake"); Statement s = c.createStatement()) {
      String text = assertThrows(SQLException.class, () -> s.executeQuery("SELECT captoin FROM images")).getMessage();
      assertTrue(text.contains("ERROR 42703: column \"captoin\" does not exist\nLINE 1: SELECT captoin FROM images\n               ^"), text);
      assertTrue(text.contains("HINT: did you mean \"image_caption\"?"), text);
      text = assertThrows(SQLException.class, () -> {
        try (ResultSet r = s.executeQuery("SELECT 1 / (title_id - 10) FROM titles")) {
          while (r.next()) {
            r.getLong(1);
          }
        }
      }).getMessage();
      assertTrue(text.contains("ERROR 22012: division by zero"), text);
      assertTrue(assertThrows(SQLException.class, () -> s.execute("SELECT 1; SELECT 2")).getMessage().contains("one by one"));
      assertTrue(assertThrows(SQLException.class, () -> s.execute("")).getMessage().contains("42601"));
      assertEquals("1", value(s, "SELECT 1"));
    }
  }
}
