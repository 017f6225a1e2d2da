package ivf

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// parallel runs work on the ranges of a block of [0, n) in several goroutines. Each asks for its own function first. Where
// one panics, so does the caller, who may know what to do: about a mapped file that was cut short, for instance, if it has
// faults panic.
func parallel(ctx context.Context, n, block, workers int, start func() func(from, to int) error) error {
	workers = max(1, min(workers, (n+block-1)/block))
	faults := debug.SetPanicOnFault(false)
	debug.SetPanicOnFault(faults)
	p := &pool{n: n, block: block}
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			debug.SetPanicOnFault(faults)
			defer p.caught()
			errs[w] = p.run(ctx, start())
		})
	}
	wait.Wait()
	if p.panicked != nil {
		panic(p.panicked)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A pool is what the goroutines of parallel share.
type pool struct {
	n, block int
	next     atomic.Int64
	failed   atomic.Bool
	once     sync.Once
	panicked any
}

// run takes ranges until there are none, or until one of the goroutines has failed.
func (p *pool) run(ctx context.Context, work func(from, to int) error) error {
	for !p.failed.Load() {
		from := int(p.next.Add(int64(p.block))) - p.block
		if from >= p.n {
			return nil
		}
		err := ctx.Err()
		if err == nil {
			err = work(from, min(from+p.block, p.n))
		}
		if err != nil {
			p.failed.Store(true)
			return err
		}
	}
	return nil
}

// caught keeps the first panic.
func (p *pool) caught() {
	if r := recover(); r != nil {
		p.failed.Store(true)
		p.once.Do(func() { p.panicked = r })
	}
}
