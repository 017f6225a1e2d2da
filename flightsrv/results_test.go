package flightsrv

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Results are kept for their time, and the oldest give way to others.
func TestResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		b := array.NewInt64Builder(mem)
		b.AppendValues(make([]int64, 1000), nil)
		column := b.NewArray()
		batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil), []arrow.Array{column}, 1000)
		column.Release()
		s := &results{limit: 2 * batchBytes(batch)}
		var ids []string
		for range 3 {
			ids = append(ids, s.keep(batch))
			time.Sleep(resultsLast / 4)
		}
		batch.Release()
		has := func(want ...bool) {
			t.Helper()
			for i, id := range ids {
				r, err := s.find(id)
				if (err == nil) != want[i] {
					t.Errorf("result %d: %v", i, err)
				}
				if err == nil {
					for range r.batches {
					}
				}
			}
		}
		has(false, true, true) // there is room for two
		time.Sleep(resultsLast / 2)
		synctest.Wait()
		has(false, false, true)
		time.Sleep(resultsLast)
		synctest.Wait()
		has(false, false, false)
	})
}
