package io.mediaflight;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The two servers that the tests talk to: "lake" has the sample tables, "empty" is theirs to change. */
final class Servers {
  private Servers() {}

  /** A query that takes hours. */
  static final String ENDLESS =
      "SELECT count(*) FROM images a CROSS JOIN images b CROSS JOIN images c WHERE a.width + b.width + c.width < 0";

  static String url(String server) {
    return "jdbc:arrow-flight-sql://" + System.getProperty(server) + "/?useEncryption=false";
  }

  static Connection connect(String server) throws SQLException {
    return DriverManager.getConnection(url(server));
  }

  /** All rows, their columns as text between bars. Closes the result. */
  static List<String> rows(ResultSet r, String... columns) throws SQLException {
    try (r) {
      List<String> rows = new ArrayList<>();
      while (r.next()) {
        List<String> values = new ArrayList<>();
        for (String column : columns) {
          values.add(r.getString(column));
        }
        rows.add(String.join("|", values));
      }
      return rows;
    }
  }

  /** Whether there is no row. Closes the result. */
  static boolean isEmpty(ResultSet r) throws SQLException {
    try (r) {
      return !r.next();
    }
  }

  /** The first column of the only row, as text. */
  static String value(Statement s, String sql) throws SQLException {
    try (ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }
}
