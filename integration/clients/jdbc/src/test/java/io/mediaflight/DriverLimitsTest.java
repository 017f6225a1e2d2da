package io.mediaflight;

import static io.mediaflight.Servers.connect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

/** What docs/connect.md says that the driver does not do. When one of these fails, the driver has learned it: change the page. */
class DriverLimitsTest {
  @Test
  void stateIsInTheMessageOnly() throws SQLException {
    try (Connection c = connect("lake");
        Statement s = c.createStatement()) {
      SQLException e = assertThrows(SQLException.class, () -> s.executeQuery("SELECT nope FROM images"));
      assertNull(e.getSQLState());
      assertTrue(e.getMessage().contains("ERROR 42703: column \"nope\" does not exist"), e.getMessage());
    }
  }

  @Test
  void decimalsHaveTheScaleOfTheParameter() throws SQLException {
    Connection leaking = connect("lake");
    PreparedStatement failing = leaking.prepareStatement("SELECT (?::numeric(10, 2))::text");
    failing.setBigDecimal(1, new BigDecimal("1.5"));
    assertThrows(SQLException.class, failing::executeQuery);
    assertThrows(SQLException.class, leaking::close);
    try (Connection c = connect("lake");
        PreparedStatement p = c.prepareStatement("SELECT (?::numeric(10, 2))::text")) {
      p.setBigDecimal(1, new BigDecimal("1.5").setScale(2));
      try (ResultSet r = p.executeQuery()) {
        r.next();
        assertEquals("1.50", r.getString(1));
      }
    }
  }

  @Test
  void timestampsAreShiftedByTheVirtualMachinesZone() throws SQLException {
    TimeZone zone = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
    try (Connection c = connect("lake");
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT timestamp '2024-02-29 12:34:56' AS local, timestamptz '2024-02-29 12:34:56+00' AS at")) {
      r.next();
      assertEquals(Timestamp.valueOf("2024-02-29 17:34:56"), r.getTimestamp("local"));
      assertEquals(LocalDateTime.parse("2024-02-29T12:34:56"), r.getObject("local", LocalDateTime.class));
      assertEquals(Instant.parse("2024-02-29T12:34:56Z"), r.getObject("at", Instant.class));
    } finally {
      TimeZone.setDefault(zone);
    }
  }
}
