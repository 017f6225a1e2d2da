package io.mediaflight;

import static io.mediaflight.Servers.connect;
import static io.mediaflight.Servers.url;
import static io.mediaflight.Servers.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections: what a URL may say, settings, what tools call on them. */
class ConnectionTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "&user=me&password=secret", "&token=abc", "&unknown=parameter&x-trace-id=12345", "&threadPoolSize=2&retainCookies=true"})
  void urls(String more) throws SQLException {
    try (Connection c = DriverManager.getConnection(url("empty") + more); Statement s = c.createStatement()) {
      assertEquals("main", value(s, "SELECT current_schema()"));
      s.execute("SET timezone = 'Asia/Tokyo'"); // every statement is a call of its own
      assertEquals("2026-01-01 09:00:00+09", value(s, "SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00'::text"));
      s.execute("RESET timezone");
      assertEquals("UTC", value(s, "SHOW timezone"));
    }
  }

  @Test
  void unknownParametersMayBeLong() throws SQLException {
    try (Connection c = DriverManager.getConnection(url("empty") + "&note=" + "x".repeat(20_000)); Statement s = c.createStatement()) {
      assertEquals("1", value(s, "SELECT 1"));
    }
  }

  @Test
  void sessionsAreApart() throws SQLException {
    Properties user = new Properties();
    user.put("user", "me");
    user.put("password", "secret");
    try (Connection a = DriverManager.getConnection(url("empty"), user); Connection b = DriverManager.getConnection(url("empty"), user);
        Statement in = a.createStatement(); Statement other = b.createStatement()) {
      in.execute("SET timezone = 'Asia/Tokyo'");
      assertEquals("UTC", value(other, "SHOW timezone"));
      assertEquals("Asia/Tokyo", value(in, "SHOW timezone"));
    }
  }

  /** The driver sets the catalog as a session option when it connects. */
  @Test
  void aCatalogMayBeNamed() throws SQLException {
    Connection c = DriverManager.getConnection(url("empty") + "&catalog=mediaflight");
    try (Statement s = c.createStatement()) {
      assertEquals("mediaflight", value(s, "SELECT current_catalog"));
    }
    try {
      c.close();
    } catch (SQLException e) { // the driver closes its session after its channel
      assertTrue(e.getMessage().contains("Channel shutdown"), e.getMessage());
    }
    String text = assertThrows(SQLException.class, () -> DriverManager.getConnection(url("empty") + "&catalog=elsewhere")).getMessage();
    assertTrue(text.contains("elsewhere"), text);
  }

  @Test
  void answersWhatToolsCall() throws SQLException {
    try (Connection c = connect("empty"); Statement s = c.createStatement()) {
      assertTrue(c.isValid(3) && c.getAutoCommit());
      assertEquals(Connection.TRANSACTION_NONE, c.getTransactionIsolation());
      c.setAutoCommit(false);
      assertEquals("1", value(s, "SELECT 1"));
      c.commit();
      c.rollback();
      c.setAutoCommit(true);
    }
  }
}
