package exec

import (
	"context"
	"errors"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// A failedJoin stands for a right side whose rows cannot be computed: a division by zero, a subquery of two rows. A query that would
// look at the right side for each left row has no error if there is none, and so has a join which reads the right side first.
type failedJoin struct{ err error }

// failLater is a join that fails at its first left row, in place of a right side that failed at once.
func failLater(right preparedJoin, kind JoinKind, err error) (preparedJoin, error) {
	right.close()
	if kind.keepsRight() || kind == RightAntiJoin || !isOfData(err) {
		return failedJoin{}, err
	}
	return failedJoin{err}, nil
}

// isOfData tells whether an error comes from the values of rows: SQLSTATE's classes 21 and 22.
func isOfData(err error) bool {
	var e interface{ SQLState() string }
	return errors.As(err, &e) && (strings.HasPrefix(e.SQLState(), "21") || strings.HasPrefix(e.SQLState(), "22"))
}

func (f failedJoin) matchesNothing() bool { return false }
func (f failedJoin) close()               {}

func (f failedJoin) join(_ context.Context, left Batches) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for batch, err := range left {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch.NumRows() > 0 {
				yield(nil, f.err)
				return
			}
		}
	}
}
