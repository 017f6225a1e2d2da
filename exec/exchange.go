package exec

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
)

// Exchange has several goroutines compute the parts of its input and passes them on in their order, so that a query's
// rows come in the same order each time. Batches that wait for their turn are bounded in bytes; a consumer that stops
// reading stops the workers.
type Exchange struct {
	Input   Operator // splits
	Workers int
}

// readAhead is how many bytes of batches may wait, per worker. It covers the hiccups of the two sides, not more: a batch
// that waits is one that falls out of the cache.
const readAhead = 8 << 20

func (e *Exchange) Schema() *arrow.Schema { return e.Input.Schema() }
func (e *Exchange) Inputs() []Operator    { return []Operator{e.Input} }
func (e *Exchange) String() string        { return fmt.Sprintf("exchange workers=%d", e.Workers) }

func (e *Exchange) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		parts, err := e.Input.(Splitter).Parts(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer parts.Close()

		q := newQueue(ctx, parts.List, readAhead*int64(e.Workers))
		defer q.free()
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		for range min(e.Workers, len(parts.List)) {
			workers.Go(func() { q.fail(guarded(func() error { return q.work(ctx) })()) })
		}
		for {
			batch, err := q.next(ctx)
			if err != nil {
				yield(nil, rethrow(err))
				return
			}
			if batch == nil || !emit(yield, batch) {
				return
			}
		}
	}
}

// A queue holds the batches of parts that several workers compute.
type queue struct {
	mu      sync.Mutex
	changed sync.Cond
	stop    func() bool

	parts   []Part
	waiting [][]arrow.RecordBatch // of each part
	done    []bool                // parts that will have no more
	taken   int                   // parts that workers have begun
	current int                   // the part that is being passed on
	bytes   int64                 // of all that waits
	limit   int64
	err     error
	ended   bool // the query's context is done
}

func newQueue(ctx context.Context, parts []Part, limit int64) *queue {
	q := &queue{parts: parts, waiting: make([][]arrow.RecordBatch, len(parts)), done: make([]bool, len(parts)), limit: limit}
	q.changed.L = &q.mu
	q.stop = context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.ended = true
		q.changed.Broadcast()
	})
	return q
}

// work computes parts until there are none.
func (q *queue) work(ctx context.Context) error {
	for {
		q.mu.Lock()
		i := q.taken
		q.taken++
		q.mu.Unlock()
		if i >= len(q.parts) {
			return nil
		}
		for batch, err := range q.parts[i].Run(ctx) {
			if err != nil {
				return err
			}
			if !q.put(i, batch) {
				return nil
			}
		}
		q.mu.Lock()
		q.done[i] = true
		q.changed.Broadcast()
		q.mu.Unlock()
	}
}

// put waits for room. The part that is being passed on may always have one batch: else it could wait for room that only
// it can make. It is false once nobody wants the batch.
func (q *queue) put(part int, batch arrow.RecordBatch) bool {
	size := batchBytes(batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.ended && q.err == nil && q.bytes+size > q.limit && !(part == q.current && len(q.waiting[part]) == 0) {
		q.changed.Wait()
	}
	if q.ended || q.err != nil {
		return false
	}
	batch.Retain()
	q.waiting[part] = append(q.waiting[part], batch)
	q.bytes += size
	q.changed.Broadcast()
	return true
}

// next waits for the next batch, which is nil at the end. The caller releases it.
func (q *queue) next(ctx context.Context) (arrow.RecordBatch, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.ended:
			return nil, ctx.Err()
		case q.current == len(q.parts):
			return nil, q.err
		case len(q.waiting[q.current]) > 0:
			batch := q.waiting[q.current][0]
			q.waiting[q.current] = q.waiting[q.current][1:]
			q.bytes -= batchBytes(batch)
			q.changed.Broadcast()
			return batch, nil
		case q.done[q.current]:
			q.current++
			q.changed.Broadcast()
		case q.err != nil:
			return nil, q.err
		default:
			q.changed.Wait()
		}
	}
}

// fail ends the stream with an error, behind what was computed before it.
func (q *queue) fail(err error) {
	if err == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	q.changed.Broadcast()
}

// free releases what nobody took, when no worker runs any more.
func (q *queue) free() {
	q.stop()
	for _, batches := range q.waiting {
		for _, b := range batches {
			b.Release()
		}
	}
}
