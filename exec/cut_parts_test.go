package exec

import (
	"math/rand/v2"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// randomStretches are those of some scans, with gaps, deletes and row groups that are read as a whole.
func randomStretches(r *rand.Rand, scans int) (all []cutStretch, rows int64) {
	for scan := range scans {
		address := int64(0)
		for range r.IntN(6) {
			address += r.Int64N(50)
			n := 1 + r.Int64N(2000)
			s := catalog.Stretch{AddressRange: catalog.AddressRange{From: address, To: address + n}, Rows: n, Whole: r.IntN(4) == 0}
			if r.IntN(3) == 0 {
				s.Rows -= r.Int64N(n + 1)
			}
			rows += s.Rows
			all = append(all, cutStretch{s, scan})
			address += n
		}
	}
	return all, rows
}

// rowsIn counts a part's rows, of which a stretch has the same share everywhere.
func rowsIn(part CutPart, all []cutStretch) float64 {
	n := 0.0
	for _, s := range all {
		r := part[s.scan]
		from, to := max(r.From, s.From), min(r.To, s.To)
		if from < to {
			n += float64(to-from) * float64(s.Rows) / float64(s.To-s.From)
		}
	}
	return n
}

// Parts have every address once, whatever the stretches, and about as many rows as each other.
func TestCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		scans, n := 1+r.IntN(3), 1+r.IntN(12)
		all, rows := randomStretches(r, scans)
		largest := 0.0 // stretch that is not cut
		for _, s := range all {
			if s.Whole {
				largest = max(largest, float64(s.Rows))
			}
		}
		parts := cut(all, scans, n)
		if parts == nil {
			if n > 1 && rows > 1 && largest == 0 {
				t.Fatalf("%d rows are not cut into %d", rows, n)
			}
			continue
		}
		if len(parts) > n || largest == 0 && len(parts) != int(min(int64(n), rows)) {
			t.Fatalf("%d parts of %d rows, want %d", len(parts), rows, n)
		}
		even := float64(rows) / float64(n)
		for i, part := range parts {
			if got := rowsIn(part, all); got == 0 || got > even*(1+2.0/nearby)+largest+2 {
				t.Fatalf("part %d of %d has %g rows of %d: %v", i, n, got, rows, all)
			}
		}
		for scan := range scans {
			holdsAll(t, parts, scan)
		}
	}
}

// holdsAll makes sure that the ranges of a scan follow each other without a gap.
func holdsAll(t *testing.T, parts []CutPart, scan int) {
	t.Helper()
	next := catalog.AllAddresses.From
	for _, part := range parts {
		r := part[scan]
		if r.Empty() {
			continue
		}
		if r.From != next {
			t.Fatalf("a part begins at %d, the one before ended at %d: %v", r.From, next, parts)
		}
		next = r.To
	}
	if next != catalog.AllAddresses.To {
		t.Fatalf("the last part ends at %d: %v", next, parts)
	}
}
