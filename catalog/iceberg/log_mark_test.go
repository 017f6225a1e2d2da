package iceberg

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// What another process commits is seen at once, however long nobody had.
func TestLocationsAreThoseOfTheLastCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	ours, err := openStore(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.close()
	theirs, err := openStore(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.close()
	name := catalog.Name{Schema: catalog.DefaultSchema, Table: "t"}
	at := "file:/a"
	if err := theirs.insert(t.Context(), name, at, "file:/folder"); err != nil {
		t.Fatal(err)
	}
	for round := range 40 {
		if round%4 == 0 {
			time.Sleep(2 * settled)
		}
		for range 3 {
			if got, err := ours.location(t.Context(), "look at", name); err != nil || got != at {
				t.Fatalf("round %d: %s, %v, want %s", round, got, err, at)
			}
		}
		if _, known := ours.known.byTable[name]; round%4 == 0 && !known {
			t.Fatalf("round %d: nothing is known", round)
		}
		next := at + "x"
		if done, err := theirs.move(t.Context(), name, at, next); !done || err != nil {
			t.Fatalf("round %d: %v, %v", round, done, err)
		}
		at = next
	}
	if done, err := theirs.remove(t.Context(), name, at, "file:/folder"); !done || err != nil {
		t.Fatal(done, err)
	}
	if got, err := ours.location(t.Context(), "look at", name); stateOf(err) != "42P01" {
		t.Fatalf("%s, %v: the table is gone", got, err)
	}
}

// A commit is seen some time after it has been written to the log: what is read in between must not be kept.
func TestLocationsAreNotKeptDuringACommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	s, err := openStore(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	name := catalog.Name{Schema: catalog.DefaultSchema, Table: "t"}
	if err := s.insert(t.Context(), name, "file:/a", "file:/folder"); err != nil {
		t.Fatal(err)
	}
	commit, err := s.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := commit.Exec(moveTable, "file:/b", "file:/a", catalog.Database, name.Schema, name.Table, "file:/a"); err != nil {
		t.Fatal(err)
	}
	want := "file:/a"
	for _, inCommit := range []bool{true, false} {
		time.Sleep(2 * settled)
		if got, err := s.location(t.Context(), "look at", name); got != want || err != nil {
			t.Fatalf("%s, %v, want %s", got, err, want)
		}
		if _, known := s.known.byTable[name]; known == inCommit {
			t.Errorf("within a commit: %t, known: %t", inCommit, known)
		}
		if inCommit {
			if err := commit.Commit(); err != nil {
				t.Fatal(err)
			}
			want = "file:/b"
		}
	}
}
