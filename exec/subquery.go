package exec

import (
	"context"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// A subquery is a query used as a value: run when the value is first needed, at most once.
type subquery struct {
	name     string
	root     Operator
	compiler *eval.Compiler

	once  sync.Once
	value arrow.Array
	err   error
}

// get returns the value as an array of one row, which the caller releases.
func (s *subquery) get(ctx context.Context) (arrow.Array, error) {
	s.once.Do(func() {
		if s.value, s.err = s.run(ctx); s.err == nil {
			s.compiler.Keep(s.value)
		}
	})
	if s.err != nil {
		return nil, s.err
	}
	s.value.Retain()
	return s.value, nil
}

func (s *subquery) run(ctx context.Context) (value arrow.Array, err error) {
	defer func() {
		if err != nil && value != nil {
			value.Release()
			value = nil
		}
	}()
	for batch, err := range s.root.Run(ctx) {
		switch {
		case err != nil:
			return value, err
		case batch.NumRows() == 0:
			continue
		case value != nil || batch.NumRows() > 1:
			return value, moreThanOne(s.name)
		}
		// A copy: the row must not keep a whole page of its file in memory.
		value = gather.Rows(s.compiler.Mem, batch.Column(0), []uint32{0})
	}
	if value == nil {
		value = udf.NullArray(s.compiler.Mem, s.root.Schema().Field(0).Type, 1)
	}
	return value, nil
}

// moreThanOne is the error of a subquery that has two rows where one is wanted.
func moreThanOne(operator string) error {
	return &Error{Operator: operator, State: stateCardinality, Msg: "more than one row returned by a subquery used as an expression",
		Hint: "add LIMIT 1, or an aggregate such as max"}
}
