package exec

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
)

// Limit passes on rows [Skip, Skip+Count) of its input, then stops reading.
type Limit struct {
	Input       Operator
	Skip, Count int64
}

// everything is the Count of a limit that there is none of.
const everything = math.MaxInt64

func (l *Limit) Schema() *arrow.Schema { return l.Input.Schema() }
func (l *Limit) Inputs() []Operator    { return []Operator{l.Input} }
func (l *Limit) String() string        { return limitText("limit", l.Skip, l.Count) }

func limitText(name string, skip, count int64) string {
	if count != everything {
		name += fmt.Sprintf(" %d", count)
	}
	if skip > 0 {
		name += fmt.Sprintf(" skip %d", skip)
	}
	return name
}

func (l *Limit) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		skip, left := l.Skip, l.Count
		if left == 0 {
			return
		}
		for batch, err := range l.Input.Run(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			from := min(skip, batch.NumRows())
			to := from + min(left, batch.NumRows()-from)
			skip, left = skip-from, left-(to-from)
			if from < to && !emit(yield, batch.NewSlice(from, to)) {
				return
			}
			if left == 0 {
				return
			}
		}
	}
}
