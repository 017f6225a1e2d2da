package io.mediaflight;

import static io.mediaflight.Servers.connect;
import static io.mediaflight.Servers.isEmpty;
import static io.mediaflight.Servers.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What DBeaver, Tableau and the like ask before they show a first row. */
class DatabaseMetaDataTest {
  private static Connection lake;
  private static Connection empty;

  @BeforeAll
  static void open() throws SQLException {
    lake = connect("lake");
    empty = connect("empty");
    try (Statement s = empty.createStatement()) {
      s.execute("CREATE SCHEMA films");
      s.execute("CREATE TABLE films.studios (country text NOT NULL, name text NOT NULL, code bigint UNIQUE, PRIMARY KEY (country, name))");
      s.execute("CREATE TABLE films.clips (id bigint PRIMARY KEY, studio_country text, studio_name text, code bigint REFERENCES films.studios (code),"
          + " price numeric(10, 2), small smallint, whole integer, approx real, exact double precision, ok boolean, raw bytea, day date, clock time,"
          + " at timestamp, seen timestamptz, key uuid, tags text[], embedding vector(3), \"Odd name\" text,"
          + " FOREIGN KEY (studio_country, studio_name) REFERENCES films.studios)");
      s.execute("COMMENT ON COLUMN films.clips.price IS 'in euro'");
    }
  }

  @AfterAll
  static void close() throws SQLException {
    lake.close();
    empty.close();
  }

  @Test
  void listsCatalogsAndSchemas() throws SQLException {
    DatabaseMetaData m = lake.getMetaData();
    assertEquals(List.of("mediaflight"), rows(m.getCatalogs(), "TABLE_CAT"));
    assertEquals(List.of("information_schema|mediaflight", "main|mediaflight", "mediaflight|mediaflight"),
        rows(m.getSchemas(), "TABLE_SCHEM", "TABLE_CATALOG"));
    assertEquals(List.of("main"), rows(m.getSchemas("mediaflight", "ma%"), "TABLE_SCHEM"));
    assertTrue(isEmpty(m.getSchemas("elsewhere", null)));
    assertTrue(isEmpty(m.getSchemas("", null)), "no schema is without a catalog");
  }

  @Test
  void listsTables() throws SQLException {
    DatabaseMetaData m = lake.getMetaData();
    assertEquals(List.of("SYSTEM TABLE", "TABLE", "VIEW"), rows(m.getTableTypes(), "TABLE_TYPE"));
    assertEquals(List.of("mediaflight|main|images|TABLE", "mediaflight|main|queries|TABLE", "mediaflight|main|titles|TABLE"),
        rows(m.getTables(null, "main", "%", new String[] {"TABLE"}), "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"));
    assertEquals(3, rows(m.getTables(null, null, null, new String[] {"base table", "VIEW"}), "TABLE_NAME").size());
    assertTrue(rows(m.getTables(null, null, null, null), "TABLE_NAME").containsAll(List.of("images", "columns", "snapshots")));
    assertEquals(List.of("images"), rows(m.getTables("mediaflight", "main", "i_ages", null), "TABLE_NAME"));
    String escape = m.getSearchStringEscape();
    assertTrue(isEmpty(m.getTables(null, "main", "i" + escape + "_ages", null)));
    assertEquals(List.of("table_constraints"),
        rows(m.getTables(null, "information%", "table" + escape + "_%", new String[] {"SYSTEM TABLE"}), "TABLE_NAME"));
    assertTrue(isEmpty(m.getTables("", "main", "%", null)));
    assertTrue(isEmpty(m.getTables(null, null, "%", new String[] {"VIEW"})));
  }

  @Test
  void showsViews() throws SQLException {
    DatabaseMetaData m = empty.getMetaData();
    try (Statement s = empty.createStatement()) {
      s.execute("CREATE VIEW films.cheap (id, price) AS SELECT id, price FROM films.clips WHERE price < 5");
    }
    assertEquals(List.of("films|cheap|VIEW"), rows(m.getTables(null, null, "%", new String[] {"VIEW"}), "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE"));
    assertEquals(List.of("1|id", "2|price"), rows(m.getColumns(null, "films", "cheap", "%"), "ORDINAL_POSITION", "COLUMN_NAME"));
    try (Statement s = empty.createStatement()) {
      s.execute("DROP VIEW films.cheap");
    }
    assertTrue(isEmpty(m.getTables(null, null, "%", new String[] {"VIEW"})));
  }

  @Test
  void describesColumns() throws SQLException {
    String[] fields = {"ORDINAL_POSITION", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "IS_NULLABLE", "NULLABLE", "REMARKS"};
    List<String> want = List.of(
        "1|id|" + Types.BIGINT + "|bigint|19|0|NO|0|null",
        "2|studio_country|" + Types.VARCHAR + "|text|65536|null|YES|1|null",
        "3|studio_name|" + Types.VARCHAR + "|text|65536|null|YES|1|null",
        "4|code|" + Types.BIGINT + "|bigint|19|0|YES|1|null",
        "5|price|" + Types.DECIMAL + "|numeric(10,2)|10|2|YES|1|in euro",
        "6|small|" + Types.INTEGER + "|integer|10|0|YES|1|null", // Iceberg has no smaller one
        "7|whole|" + Types.INTEGER + "|integer|10|0|YES|1|null",
        "8|approx|" + Types.FLOAT + "|real|7|0|YES|1|null",
        "9|exact|" + Types.DOUBLE + "|double precision|15|0|YES|1|null",
        "10|ok|" + Types.BOOLEAN + "|boolean|null|null|YES|1|null",
        "11|raw|" + Types.VARBINARY + "|bytea|65536|null|YES|1|null",
        "12|day|" + Types.DATE + "|date|10|0|YES|1|null",
        "13|clock|" + Types.TIME + "|time without time zone|15|6|YES|1|null",
        "14|at|" + Types.TIMESTAMP + "|timestamp without time zone|26|6|YES|1|null",
        "15|seen|" + Types.TIMESTAMP_WITH_TIMEZONE + "|timestamp with time zone|26|6|YES|1|null",
        "16|key|" + Types.BINARY + "|uuid|null|null|YES|1|null",
        "17|tags|" + Types.ARRAY + "|text[]|null|null|YES|1|null",
        "18|embedding|" + Types.ARRAY + "|vector(3)|null|null|YES|1|null",
        "19|Odd name|" + Types.VARCHAR + "|text|65536|null|YES|1|null");
    DatabaseMetaData m = empty.getMetaData();
    assertEquals(String.join("\n", want), String.join("\n", rows(m.getColumns(null, "films", "clips", "%"), fields)));
    assertEquals(List.of("price"), rows(m.getColumns("mediaflight", "fil%", "cli_s", "pri%"), "COLUMN_NAME"));
    assertTrue(isEmpty(m.getColumns(null, "films", "nothing", "%")));
  }

  @Test
  void servesKeys() throws SQLException {
    DatabaseMetaData m = empty.getMetaData();
    assertEquals(List.of("country|1", "name|2"), rows(m.getPrimaryKeys(null, "films", "studios"), "COLUMN_NAME", "KEY_SEQ"));
    assertTrue(isEmpty(m.getPrimaryKeys(null, "main", "studios")));
    String[] pairs = {"PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE", "DELETE_RULE"};
    List<String> want = List.of("films|studios|code|clips|code|1|3|3", "films|studios|country|clips|studio_country|1|3|3",
        "films|studios|name|clips|studio_name|2|3|3");
    assertEquals(want, rows(m.getImportedKeys(null, "films", "clips"), pairs));
    assertEquals(want, rows(m.getExportedKeys(null, "films", "studios"), pairs));
    assertEquals(want, rows(m.getCrossReference(null, "films", "studios", null, "films", "clips"), pairs));
    assertTrue(isEmpty(m.getCrossReference(null, "films", "clips", null, "films", "studios")));
    assertTrue(isEmpty(m.getImportedKeys(null, "films", "studios")));
  }

  @Test
  void knowsTheServer() throws SQLException {
    DatabaseMetaData m = lake.getMetaData();
    assertEquals("Mediaflight", m.getDatabaseProductName());
    assertFalse(m.getDatabaseProductVersion().isEmpty());
    assertEquals("\"", m.getIdentifierQuoteString());
    assertTrue(m.getNumericFunctions().contains("abs"));
    assertTrue(m.getStringFunctions().contains("upper"));
    assertTrue(m.getTimeDateFunctions().contains("date_trunc"));
    assertTrue(m.getSystemFunctions().contains("coalesce"));
    assertTrue(m.getSQLKeywords().contains("ILIKE"));
    assertTrue(m.supportsFullOuterJoins() && m.supportsUnionAll() && m.supportsBatchUpdates() && m.supportsConvert(Types.INTEGER, Types.VARCHAR));
    assertFalse(m.supportsTransactions() || m.isReadOnly() || m.supportsStoredProcedures());
    assertEquals(Connection.TRANSACTION_NONE, m.getDefaultTransactionIsolation());
    assertTrue(m.supportsTransactionIsolationLevel(Connection.TRANSACTION_NONE));
    assertFalse(m.supportsTransactionIsolationLevel(Connection.TRANSACTION_SERIALIZABLE));
    assertTrue(m.supportsResultSetType(ResultSet.TYPE_FORWARD_ONLY));
    assertTrue(m.supportsResultSetConcurrency(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY));
  }

  /** Tools call every getter there is, and give up on one that throws. */
  @Test
  void noGetterFails() throws Exception {
    DatabaseMetaData m = lake.getMetaData();
    List<String> failed = new ArrayList<>();
    for (Method getter : DatabaseMetaData.class.getMethods()) {
      if (getter.getDeclaringClass() != DatabaseMetaData.class || getter.getParameterCount() > 0) {
        continue;
      }
      try {
        if (getter.invoke(m) instanceof ResultSet r) {
          r.close();
        }
      } catch (InvocationTargetException e) {
        failed.add(getter.getName() + ": " + e.getCause());
      }
    }
    assertEquals(List.of(), failed);
  }
}
