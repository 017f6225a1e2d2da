package iceberg

import (
	"math/rand/v2"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// stage writes rows from JSON and returns their receipt.
func (f *fixture) stage(json string) []byte {
	f.Helper()
	t := f.table(pairs)
	s, err := t.(catalog.Stager).Stage(f.Context())
	f.check(err)
	defer s.Abort()
	b := f.batch(t.Definition().Schema, json)
	defer b.Release()
	f.check(s.Write(b))
	receipt, rows, err := s.Finish(f.Context())
	f.check(err)
	if rows != b.NumRows() {
		f.Errorf("%d rows staged, want %d", rows, b.NumRows())
	}
	return receipt
}

func (f *fixture) commitStaged(id string, replace bool, receipts ...[]byte) (int64, error) {
	return f.table(pairs).(catalog.Stager).CommitStaged(f.Context(), catalog.StagedCommit{ID: id, Receipts: receipts, Replace: replace})
}

// Staged rows of several writers become visible at once, once, and by another process too; those that nobody commits never.
func TestStaging(t *testing.T) {
	for _, format := range formats {
		t.Run("v"+format, func(t *testing.T) {
			f := newFixture(t)
			f.create(pairs, catalog.Definition{Schema: pairSchema, Properties: map[string]string{"format-version": format}})
			f.append(f.table(pairs), `[{"n":1,"s":"a"},{"n":2,"s":"b"}]`)
			f.check(f.deleteRows(f.table(pairs), f.table(pairs).Current(), "", [2]int64{0, 0}))
			one, two := f.stage(`[{"n":3,"s":"c"}]`), f.stage(`[{"n":4,"s":"d"},{"n":5,"s":null}]`)
			f.stage(`[{"n":6,"s":"never"}]`)
			f.wantRows("2")
			f.append(f.table(pairs), `[{"n":7,"s":"meanwhile"}]`)
			f.reopen()
			for range 2 { // the second time says that the first one's answer was lost
				rows, err := f.commitStaged("job 1", false, one, two)
				f.check(err)
				if rows != 3 {
					t.Errorf("%d rows", rows)
				}
				f.wantRows("2 3 4 5 7")
			}
			f.wantOperation("append", 3, 0)

			_, err := f.commitStaged("job 2", true, f.stage(`[{"n":8,"s":"e"}]`))
			f.check(err)
			f.wantRows("8")
			_, err = f.commitStaged("job 3", false)
			f.check(err)
			f.wantRows("8")
			_, err = f.commitStaged("job 4", true)
			f.check(err)
			f.wantRows("")
		})
	}
}

// A receipt is of the table that the rows were written for, as it was then.
func TestStagingOfAnotherTable(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	receipt := f.stage(`[{"n":1,"s":"a"}]`)
	f.check(f.table(pairs).(catalog.Evolvable).Evolve(f.Context(), []catalog.Alteration{catalog.DropColumn{Column: "s"}}))
	_, err := f.commitStaged("job", false, receipt)
	f.wantState("40001", err)
	f.check(f.c.DropTable(f.Context(), pairs))
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	_, err = f.commitStaged("job", false, receipt)
	f.wantState("40001", err)
	f.wantRows("")
}

func TestRowSetCount(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := newRowSet(300)
	for range 100 {
		s.add(r.Int64N(300))
	}
	for range 1000 {
		from, to, want := r.Int64N(330), r.Int64N(330), int64(0)
		for row := from; row < to; row++ {
			if s.Contains(row) {
				want++
			}
		}
		if got := s.Count(from, to); got != want {
			t.Fatalf("[%d, %d): %d, want %d", from, to, got, want)
		}
	}
}
