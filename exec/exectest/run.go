package exectest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/udf"
)

// A Case is a plan and what it comes to.
type Case struct {
	Plan    []byte
	Catalog catalog.Catalog
	Params  []arrow.Array
	Memory  int64 // limit; 0 is none
	Spills  bool  // rows that memory has no room for go to files
	SpillAt int64 // bytes beyond which operators that can spill do; 0 is the rule

	Rows  []string // the rows, as Text writes them
	Order bool     // they come in this order
	Stops bool     // the query may be content before its scans are read to the end
	State string   // SQLSTATE of the error that it ends with instead
	// Once is for plans that change the catalog: they run once, in the plainest way.
	Once bool
}

// Run runs a case with batches of several sizes and with several workers; it encodes text; it stops each stream after the first batch;
// it cancels before and in the middle; it lets scans fail. Nothing may be left then: no memory, no goroutine.
func Run(t *testing.T, c Case) {
	t.Helper()
	if c.Once {
		c.run(t, exec.Env{Workers: 1})
		return
	}
	for _, rows := range []int{1, 3, 0} {
		for _, workers := range []int{1, 3} {
			env := exec.Env{Rows: rows, Workers: workers}
			t.Run(fmt.Sprintf("rows=%d workers=%d", rows, workers), func(t *testing.T) {
				c.run(t, env)
				coded := c
				coded.Catalog = Encoded(c.Catalog)
				coded.run(t, env)
				coded.stop(t, env)
				c.stop(t, env)
				c.cancel(t, env)
				for _, after := range []int{0, 1} {
					c.fail(t, env, after)
				}
			})
		}
	}
}

// Collect runs the plan in the plainest way and returns its rows.
func (c *Case) Collect(t *testing.T) []string {
	t.Helper()
	env := exec.Env{Workers: 1}
	defer c.leaveNothing(t, &env)()
	rows, err := c.collect(t.Context(), env, -1)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// run checks the rows.
func (c *Case) run(t *testing.T, env exec.Env) {
	t.Helper()
	defer c.leaveNothing(t, &env)()
	got, err := c.collect(t.Context(), env, -1)
	if state := State(err); state != c.State {
		t.Fatalf("error %v with state %q, want state %q", err, state, c.State)
	}
	if c.State != "" {
		return
	}
	want := slices.Clone(c.Rows)
	if !c.Order {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// stop leaves the stream after a batch.
func (c *Case) stop(t *testing.T, env exec.Env) {
	t.Helper()
	defer c.leaveNothing(t, &env)()
	if _, err := c.collect(t.Context(), env, 1); State(err) != "" && State(err) != c.State {
		t.Errorf("stopped early: %v", err)
	}
}

// cancel cancels before the first batch and behind it.
func (c *Case) cancel(t *testing.T, env exec.Env) {
	t.Helper()
	for _, after := range []int{0, 1} {
		func() {
			defer c.leaveNothing(t, &env)()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			query, err := exec.Compile(ctx, c.Plan, env)
			if err != nil {
				return
			}
			if after == 0 {
				cancel()
			}
			for _, err := range query.Run(ctx) {
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) && State(err) != c.State {
					t.Errorf("cancelled: %v", err)
				}
			}
		}()
	}
}

// errRead is what scans fail with.
var errRead = errors.New("the disk is gone")

// fail has every scan fail after some batches.
func (c *Case) fail(t *testing.T, env exec.Env, after int) {
	t.Helper()
	failed := &failing{Catalog: c.Catalog, after: after}
	broken := *c
	broken.Catalog = failed
	defer broken.leaveNothing(t, &env)()
	_, err := broken.collect(t.Context(), env, -1)
	if failed.failed.Load() && !errors.Is(err, errRead) && State(err) != c.State && !c.Stops {
		t.Errorf("a scan failed, but the query ended with %v", err)
	}
}

// collect runs the plan, or its first batches.
func (c *Case) collect(ctx context.Context, env exec.Env, batches int) ([]string, error) {
	query, err := exec.Compile(ctx, c.Plan, env)
	if err != nil {
		return nil, err
	}
	var rows []string
	for batch, err := range query.Run(ctx) {
		if err != nil {
			return rows, err
		}
		if !batch.Schema().Equal(query.Schema()) {
			return rows, fmt.Errorf("batch of schema %s, want %s", batch.Schema(), query.Schema())
		}
		rows = append(rows, Text(batch)...)
		if batches--; batches == 0 {
			break
		}
	}
	return rows, nil
}

// leaveNothing completes the environment; what it returns checks that everything was given back.
func (c *Case) leaveNothing(t *testing.T, env *exec.Env) func() {
	t.Helper()
	mem := memory.NewCheckedAllocator(Poison{})
	env.Mem, env.Memory, env.Catalog, env.Functions, env.Params = mem, exec.NewMemory(c.Memory), c.Catalog, udf.Builtin(), c.Params
	folder, err := spill.Open(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if c.Spills {
		env.Spill = folder
	}
	if c.SpillAt > 0 {
		env.Memory.SpillAt(c.SpillAt)
	}
	env.Log = slog.New(slog.DiscardHandler)
	goroutines := runtime.NumGoroutine()
	return func() {
		t.Helper()
		mem.AssertSize(t, 0)
		if used := env.Memory.Used(); used != 0 {
			t.Errorf("%d bytes are still reserved", used)
		}
		if used := folder.Used(); used != 0 {
			t.Errorf("%d bytes are left in files", used)
		}
		// Goroutines that have been waited for may take a moment to be gone.
		for deadline := time.Now().Add(time.Second); runtime.NumGoroutine() > goroutines; {
			if time.Now().After(deadline) {
				t.Errorf("%d goroutines are left", runtime.NumGoroutine()-goroutines)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// State is an error's SQLSTATE, or "none" for an error without one.
func State(err error) string {
	var fault interface{ SQLState() string }
	switch {
	case err == nil:
		return ""
	case errors.As(err, &fault):
		return fault.SQLState()
	}
	return "none"
}

// Text writes each row of a batch as its values, with bars in between.
func Text(batch arrow.RecordBatch) []string {
	rows := make([]string, batch.NumRows())
	for i := range rows {
		values := make([]string, batch.NumCols())
		for j, c := range batch.Columns() {
			values[j] = "NULL"
			if !c.IsNull(i) {
				values[j] = strings.Clone(c.ValueStr(i)) // it may lie in the column
			}
		}
		rows[i] = strings.Join(values, "|")
	}
	return rows
}
