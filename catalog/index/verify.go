package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// Verify reads the index through and compares it with the table: checksums, structure, the data files that it says it
// covers, and whether some rows, taken at random, have the codes of their vectors and are found by them. It returns what is wrong.
func (ix *Index) Verify(ctx context.Context, source Source) (faults []string, err error) {
	if err := ix.Damage(); err != nil {
		faults = append(faults, err.Error())
	}
	if !ix.Finished() {
		return append(faults, errUnfinished.Error()), nil
	}
	if ix.Quantizer == nil {
		return faults, nil
	}
	o, err := ix.mapAll()
	if err != nil {
		ix.fail(err)
		return appendNew(faults, err.Error()), nil
	}
	defer o.close()
	for _, m := range o.files {
		if err := m.verify(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			ix.fail(err)
			faults = appendNew(faults, err.Error())
		}
	}
	faults = append(faults, ix.compareFiles(source)...)
	if len(faults) > 0 {
		return faults, nil
	}
	missed, err := ix.lookUpSome(ctx, o, source)
	if err != nil {
		return nil, err
	}
	return append(faults, missed...), nil
}

func appendNew(faults []string, fault string) []string {
	if slices.Contains(faults, fault) {
		return faults
	}
	return append(faults, fault)
}

// compareFiles looks for data files of which the index has other numbers of rows, or that it covers twice.
func (ix *Index) compareFiles(source Source) (faults []string) {
	rows := map[string]int64{}
	for _, f := range source.Files() {
		rows[f.Location] = f.Rows
	}
	seen := map[string]bool{}
	for _, s := range ix.Segments {
		for _, f := range s.Files {
			if seen[f.Location] {
				faults = append(faults, fmt.Sprintf("data file is covered twice: %s", f.Location))
			}
			seen[f.Location] = true
			if n, ok := rows[f.Location]; ok && n != f.Rows {
				faults = append(faults, fmt.Sprintf("data file has %d rows, the index covers %d: %s", n, f.Rows, f.Location))
			}
		}
	}
	return faults
}

// verifiedRows is how many rows are looked up by their vectors.
const verifiedRows = 100

// lookUpSome takes rows at random, encodes their vectors once more, and searches for them: each must be found, or others as near.
func (ix *Index) lookUpSome(ctx context.Context, o *opened, source Source) (faults []string, err error) {
	v, err := o.viewOf(ctx, source)
	if err != nil {
		return nil, err
	}
	defer o.closeView(v)
	s := &Searcher{Index: ix, source: source, opened: o, view: v}
	var ordinals []int
	for i, covered := range v.covers {
		if covered && source.Files()[i].Rows > 0 {
			ordinals = append(ordinals, i)
		}
	}
	if len(ordinals) == 0 {
		return nil, nil
	}
	reading := newReading(source, ordinals, ix.Dim)
	defer reading.close()
	random := rand.New(rand.NewPCG(uint64(len(ordinals)), 0x766572696679))
	for range verifiedRows {
		place := random.IntN(len(ordinals))
		row := random.Int64N(reading.Rows(place))
		fault, err := s.lookUp(ctx, reading, place, row)
		if err != nil {
			return nil, err
		}
		if fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults, nil
}

func (s *Searcher) lookUp(ctx context.Context, reading *reading, place int, row int64) (fault string, err error) {
	ordinal := reading.files[place]
	deleted, err := s.source.Deleted(ctx, ordinal)
	if err != nil || isSet(deleted, row) {
		return "", err
	}
	vectors, err := reading.vectors(place)
	if err != nil {
		return "", err
	}
	query := &catalog.VectorQuery{K: 1, Recall: 1, Within: math.Inf(1), Mem: memory.DefaultAllocator}
	err = guardFaults(func() error {
		at, err := vectors.At(row)
		if at != nil {
			query.Vector = slices.Clone(unsafe.Slice((*float32)(at), s.Dim))
		}
		return err
	})
	if err != nil || query.Vector == nil {
		return "", err
	}
	err = guardFaults(func() error { return s.opened.search.CheckRow(s.view.numberOf(ordinal), uint32(row), query.Vector) })
	if err != nil {
		return fmt.Sprintf("row %d of a data file is not coded as its vector is: %v: %s", row, err, s.source.Files()[ordinal].Location), nil
	}
	if slices.ContainsFunc(query.Vector, func(x float32) bool { return x-x != 0 }) {
		return "", err
	}
	exact, err := s.distanceTo(ordinal, row, query.Vector)
	if err != nil || exact != exact {
		return "", err
	}
	err = guardFaults(func() error { return s.opened.search.Search(ctx, s.view.search, []*catalog.VectorQuery{query}) })
	if ctx.Err() != nil || errors.As(err, new(*catalog.Error)) {
		return "", err
	}
	if err != nil {
		return err.Error(), nil
	}
	if len(query.Found) == 0 || query.Found[0].Distance > exact {
		return fmt.Sprintf("row %d of a data file is not found by its own vector: %s", row, s.source.Files()[ordinal].Location), nil
	}
	return "", nil
}
