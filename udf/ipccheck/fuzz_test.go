package ipccheck_test

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf/ipccheck"
)

// FuzzMessage reads any bytes as a stream or file and then every value: no panic, no memory beyond what small bytes may ask
// for, and errors are this package's.
func FuzzMessage(f *testing.F) {
	for _, data := range written(f) {
		f.Add(data)
	}
	f.Fuzz(check)
}

// check reads bytes as FuzzMessage does.
func check(t *testing.T, data []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := walk(data)
	runtime.ReadMemStats(&after)
	if bad := (*ipccheck.Error)(nil); err != nil && !errors.As(err, &bad) {
		t.Errorf("%v", err)
	}
	// zstd's blocks and windows are the largest of what is asked for.
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(2<<30+1000*len(data)); got > most {
		t.Errorf("took %d bytes for %d", got, len(data))
	}
}

// walk reads everything that there is.
func walk(data []byte) error {
	r, err := open(data, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	defer r.Release()
	_ = r.Schema().String()
	for r.Next() {
		for _, column := range r.RecordBatch().Columns() {
			walkArray(column)
		}
	}
	return r.Err()
}

func walkArray(a arrow.Array) {
	for i := range min(a.Len(), 1000) {
		_ = a.ValueStr(i)
	}
}

// mutate changes some bytes. Small numbers and all ones are what lies are made of.
func mutate(r *rand.Rand, data []byte) []byte {
	b := slices.Clone(data)
	for range 1 + r.IntN(6) {
		at := r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			for i := range b[at:min(at+4, len(b))] {
				b[at+i] = 0xff
			}
		case 3:
			b[at] = byte(r.IntN(4))
		case 4:
			copy(b[at:min(at+8, len(b))], b[r.IntN(len(b)):])
		}
	}
	return b
}

// Streams and files that are right but for some bytes.
func TestMutated(t *testing.T) {
	rounds := 20_000
	if testing.Short() {
		rounds = 1000
	}
	all := written(t)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range rounds {
		data := mutate(r, all[names[r.IntN(len(names))]])
		check(t, data)
		if walk(data) == nil {
			read++
		}
		if t.Failed() {
			t.Fatalf("at %x", data)
		}
	}
	if read == 0 || read == rounds {
		t.Errorf("%d of %d were read", read, rounds)
	}
}
