package shell

import "testing"

func TestTag(t *testing.T) {
	for sql, want := range map[string]string{
		"insert into t values (1)":                            "INSERT 3",
		"UPDATE t SET x = 1":                                  "UPDATE 3",
		"WITH a AS (SELECT 1 AS x) DELETE FROM t":             "DELETE 3",
		"WITH a AS (DELETE FROM x), b AS (SELECT 1) UPDATE t": "UPDATE 3",
		"TRUNCATE t":                           "TRUNCATE TABLE",
		"CREATE TABLE t(x int)":                "CREATE TABLE",
		"CREATE TEMP TABLE t (x int)":          "CREATE TABLE",
		"CREATE OR REPLACE VIEW v AS SELECT 1": "CREATE VIEW",
		"ALTER TABLE t ADD COLUMN x int":       "ALTER TABLE",
		"COMMENT ON TABLE t IS 'x'":            "COMMENT",
		"SET x = 1":                            "SET",
		"CREATE":                               "CREATE",
		"":                                     "",
	} {
		if got := tag(sql, 3); got != want {
			t.Errorf("%s is answered with %q, want %q", sql, got, want)
		}
	}
}
