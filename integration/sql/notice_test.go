package sql

import (
	"slices"
	"testing"

	"github.com/mediaflight/mediaflight/flightsrv"
)

// TestNotices hears the server's remarks, whichever call runs the statement.
func TestNotices(t *testing.T) {
	c := serve(t, func(*flightsrv.Config) {})
	var got []string
	c.Notice = func(text string) { got = append(got, text) }
	for _, sql := range []string{
		"DROP TABLE IF EXISTS größe",
		"CREATE TABLE items (id int, e vector(2))",
		"CREATE TABLE IF NOT EXISTS items (id int)",
		"INSERT INTO items SELECT i, ARRAY[i, 1]::real[]::vector(2) FROM generate_series(1, 100) AS s(i)",
		"CREATE INDEX ON items USING ivfflat (e vector_l2_ops) WITH (lists = 10)",
		"CREATE TABLE keyed (id int PRIMARY KEY)",
		"ALTER TABLE items ADD COLUMN IF NOT EXISTS id int, ADD FOREIGN KEY (id) REFERENCES keyed",
		"DROP TABLE keyed CASCADE",
		"ALTER TABLE IF EXISTS nope RENAME TO nothing",
		"SET client_min_messages = warning",
		"DROP INDEX IF EXISTS nope",
	} {
		if _, err := answer(c, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	want := []string{
		`table "größe" does not exist, skipping`,
		`relation "items" already exists, skipping`,
		"an index of kind ivf is built in place of ivfflat, without lists: SET target_recall says what queries are to find",
		`constraint "keyed_pkey" is declared, not enforced`,
		`column "id" of relation "items" already exists, skipping`,
		`constraint "items_id_fkey" is declared, not enforced`,
		"drop cascades to constraint items_id_fkey on table items",
		`relation "nope" does not exist, skipping`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
