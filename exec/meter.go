package exec

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// meter counts what an operator yields and how long that takes, its inputs included. Where the operator's parts run in
// several goroutines their times add up.
type meter struct {
	Operator
	rows, batches, nanos atomic.Int64

	expected float64 // rows, as the planner says; negative if it does not

	encoded columnSet // that the operator's reader takes encoded: no others reach it so
	mem     memory.Allocator
}

func metered(op Operator) *meter {
	return &meter{Operator: op, expected: -1, mem: memory.DefaultAllocator}
}

// plain is the operator behind a meter.
func plain(op Operator) Operator {
	if m, ok := op.(*meter); ok {
		return m.Operator
	}
	return op
}

func (m *meter) Splits() bool { return splits(m.Operator) }

func (m *meter) Run(ctx context.Context) Batches { return m.measure(m.Operator.Run(ctx)) }

func (m *meter) Parts(ctx context.Context) (*Parts, error) {
	start := time.Now()
	parts, err := m.Operator.(Splitter).Parts(ctx)
	m.nanos.Add(int64(time.Since(start)))
	if err != nil {
		return nil, err
	}
	for i, p := range parts.List {
		parts.List[i].Run = func(ctx context.Context) Batches { return m.measure(p.Run(ctx)) }
	}
	return parts, nil
}

func (m *meter) measure(batches Batches) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		start := time.Now()
		defer func() { m.nanos.Add(int64(time.Since(start))) }()
		for batch, err := range batches {
			if err == nil {
				m.batches.Add(1)
				m.rows.Add(batch.NumRows())
				batch.Retain()
				batch = settle(m.mem, m.Schema(), batch, m.encoded)
			}
			m.nanos.Add(int64(time.Since(start)))
			more := yield(batch, err)
			start = time.Now()
			if err == nil {
				batch.Release()
			}
			if !more || err != nil {
				return
			}
		}
	}
}
