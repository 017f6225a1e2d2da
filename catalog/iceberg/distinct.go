package iceberg

import (
	"context"
	"math"
)

// maxCodeWidth is the most bits a row that a column of dictionary codes is taken to have: wider ones are values as they are.
const maxCodeWidth = 16

// Distinct concludes from the size of a column how many values it has: the codes of a dictionary of n values take log n bits a row. Manifests
// have sizes of every writer's files, while hardly a writer counts values. Compression makes columns smaller than their codes, so there
// may be more values than this says.
func (s *Snapshot) Distinct(ctx context.Context, column int) (values float64, ok bool) {
	plan, err := s.plan(ctx)
	if err != nil {
		return 0, false
	}
	id := s.columns[column].field.ID
	for _, f := range plan.files {
		size, known := f.file.ColumnSizes()[id]
		if !known || f.file.Count() == 0 {
			return 0, false
		}
		width := 8 * float64(size) / float64(f.file.Count())
		if width > maxCodeWidth {
			return 0, false
		}
		// Codes of whole bits fit between half as many values and this many.
		values = max(values, math.Exp2(width)*3/4)
	}
	return max(values, 1), len(plan.files) > 0
}
