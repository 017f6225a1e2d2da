package exec

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"
)

// A Splitter is an operator whose output can be computed in parts, which together and in order are what Run yields.
// Scans split by tasks; what works row by row on such an input splits with it, so that one goroutine carries a part
// through all of them.
type Splitter interface {
	Operator
	// Splits says whether there are parts: Parts must not be called otherwise.
	Splits() bool
	// Parts is called once, and then Run is not.
	Parts(ctx context.Context) (*Parts, error)
}

// Parts are the parts of an operator's output. They may run at once, each at most once.
type Parts struct {
	List  []Part
	Close func() // frees what the parts share, once none of them runs any more
}

// A Part is a stretch of an operator's output.
type Part struct {
	Rows int64 // how many rows it is made from, about
	Run  func(ctx context.Context) Batches
}

// splits finds out whether an operator has parts.
func splits(op Operator) bool {
	s, ok := op.(Splitter)
	return ok && s.Splits()
}

// mapParts are the parts of an input, each passed through f.
func mapParts(ctx context.Context, input Operator, f func(ctx context.Context, batches Batches) Batches) (*Parts, error) {
	parts, err := input.(Splitter).Parts(ctx)
	if err != nil {
		return nil, err
	}
	out := &Parts{Close: parts.Close}
	for _, p := range parts.List {
		out.List = append(out.List, Part{Rows: p.Rows, Run: func(ctx context.Context) Batches { return f(ctx, p.Run(ctx)) }})
	}
	return out, nil
}

// inSequence runs an operator's parts one after the other.
func inSequence(ctx context.Context, s Splitter) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		parts, err := s.Parts(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer parts.Close()
		for _, p := range parts.List {
			for batch, err := range p.Run(ctx) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}

// inRanges has up to workers goroutines each take a range of neighboring parts, of about as many rows, and returns what
// work made of each range, in order. An operator that joins the results in this order sees the rows in the order of the
// parts, so its answer does not depend on how the goroutines are scheduled. The batches of an input without parts
// are one range.
func inRanges[S any](ctx context.Context, input Operator, workers int, work func(ctx context.Context, batches Batches) (S, error)) ([]S, error) {
	if !splits(input) {
		s, err := work(ctx, input.Run(ctx))
		return []S{s}, err
	}
	parts, err := input.(Splitter).Parts(ctx)
	if err != nil {
		return nil, err
	}
	defer parts.Close()
	if len(parts.List) == 1 {
		return alone(ctx, parts, work)
	}
	ranges := divide(parts.List, workers)
	results := make([]S, len(ranges))
	group, ctx := errgroup.WithContext(ctx)
	for i, r := range ranges {
		group.Go(guarded(func() (err error) {
			results[i], err = work(ctx, chain(ctx, r))
			return err
		}))
	}
	return results, rethrow(group.Wait())
}

// divide cuts a list of parts into at most n ranges.
func divide(parts []Part, n int) [][]Part {
	var total int64
	for _, p := range parts {
		total += p.Rows + 1
	}
	var ranges [][]Part
	var rows int64
	start := 0
	for i, p := range parts {
		rows += p.Rows + 1
		if rows*int64(n) >= total*int64(len(ranges)+1) {
			ranges = append(ranges, parts[start:i+1])
			start = i + 1
		}
	}
	return ranges
}

func chain(ctx context.Context, parts []Part) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, p := range parts {
			for batch, err := range p.Run(ctx) {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}

// inShares is inRanges for work whose result does not depend on who saw which rows: each goroutine takes the next part
// when it is done with one.
func inShares[S any](ctx context.Context, input Operator, workers int, work func(ctx context.Context, batches Batches) (S, error)) ([]S, error) {
	if !splits(input) {
		s, err := work(ctx, input.Run(ctx))
		return []S{s}, err
	}
	parts, err := input.(Splitter).Parts(ctx)
	if err != nil {
		return nil, err
	}
	defer parts.Close()
	if len(parts.List) == 1 {
		return alone(ctx, parts, work)
	}
	results := make([]S, min(workers, len(parts.List)))
	var taken atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for i := range results {
		group.Go(guarded(func() (err error) {
			results[i], err = work(ctx, func(yield func(arrow.RecordBatch, error) bool) {
				for n := taken.Add(1); n <= int64(len(parts.List)); n = taken.Add(1) {
					for batch, err := range parts.List[n-1].Run(ctx) {
						if !yield(batch, err) || err != nil {
							return
						}
					}
				}
			})
			return err
		}))
	}
	return results, rethrow(group.Wait())
}

// alone has this goroutine do the work on the only part: to start another takes as long as a small part does.
func alone[S any](ctx context.Context, parts *Parts, work func(ctx context.Context, batches Batches) (S, error)) ([]S, error) {
	s, err := work(ctx, parts.List[0].Run(ctx))
	return []S{s}, err
}
