package exec

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// ExplainOptions say how to show a query.
type ExplainOptions struct {
	Analyze bool // with what the run came to; only after Run
	JSON    bool
	Verbose bool // with the types of columns
}

// Explain shows the operators of the query, each above its inputs, and the subqueries behind them.
func (q *Query) Explain(opts ExplainOptions) (string, error) {
	e := explanation{Plan: explain(q.root, opts)}
	for _, s := range q.subqueries {
		e.Subqueries = append(e.Subqueries, explain(s.root, opts))
	}
	if opts.Analyze {
		e.Total = &total{Milliseconds: milliseconds(q.elapsed), PeakMemory: q.memory.Peak()}
	}
	if opts.JSON {
		text, err := json.MarshalIndent(e, "", "  ")
		return string(text), err
	}
	return e.text(), nil
}

type explanation struct {
	Plan       *node   `json:"plan"`
	Subqueries []*node `json:"subqueries,omitempty"`
	Total      *total  `json:"total,omitempty"`
}

type total struct {
	Milliseconds float64 `json:"ms"`
	PeakMemory   int64   `json:"peak_memory_bytes"`
}

// node is an operator as EXPLAIN shows it.
type node struct {
	Operator string     `json:"operator"`
	Columns  []string   `json:"columns,omitempty"`
	Expected *float64   `json:"expected_rows,omitempty"` // as the planner estimated
	Run      *runStats  `json:"run,omitempty"`
	Search   *searchRun `json:"search,omitempty"`
	Scan     *scanRead  `json:"scan,omitempty"`
	Inputs   []*node    `json:"inputs,omitempty"`
}

type runStats struct {
	Rows         int64   `json:"rows"`
	Batches      int64   `json:"batches"`
	Milliseconds float64 `json:"ms"`      // with its inputs
	Self         float64 `json:"self_ms"` // without
	Memory       int64   `json:"memory_bytes,omitempty"`
}

// scanRead is what a scan read and what it was spared.
type scanRead struct {
	Files           int64 `json:"files"`
	FilesPruned     int64 `json:"files_pruned"`
	RowGroups       int64 `json:"row_groups"`
	RowGroupsPruned int64 `json:"row_groups_pruned"`
	Pages           int64 `json:"pages"`
	PagesPruned     int64 `json:"pages_pruned"`
	RowsRead        int64 `json:"rows_read"`
	RowsKept        int64 `json:"rows_kept"`
	Bytes           int64 `json:"bytes"`
	BytesInPlace    int64 `json:"bytes_in_place"`
}

func explain(op Operator, opts ExplainOptions) *node {
	n := &node{Operator: op.String()}
	if opts.Verbose {
		for _, f := range op.Schema().Fields() {
			n.Columns = append(n.Columns, f.Name+" "+f.Type.String())
		}
	}
	if m, ok := op.(*meter); ok && m.expected >= 0 {
		n.Expected = &m.expected
	}
	if m, ok := op.(*meter); ok && opts.Analyze {
		n.Run = m.stats()
		if reader, ok := m.Operator.(interface{ read() *catalog.ScanStats }); ok {
			n.Scan = readOf(reader.read())
		}
		if searcher, ok := m.Operator.(interface{ searched() *searchRun }); ok {
			n.Search = searcher.searched()
		}
	}
	for _, input := range op.Inputs() {
		n.Inputs = append(n.Inputs, explain(input, opts))
	}
	return n
}

func (m *meter) stats() *runStats {
	s := &runStats{Rows: m.rows.Load(), Batches: m.batches.Load(), Milliseconds: milliseconds(time.Duration(m.nanos.Load()))}
	self := m.nanos.Load()
	for _, input := range m.Inputs() {
		if i, ok := input.(*meter); ok {
			self -= i.nanos.Load()
		}
	}
	// Inputs whose parts ran in several goroutines may have taken longer, all in all, than whoever waited for them.
	s.Self = milliseconds(time.Duration(max(self, 0)))
	if h, ok := m.Operator.(interface{ mostHeld() int64 }); ok {
		s.Memory = h.mostHeld()
	}
	return s
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

func (s *Scan) read() *catalog.ScanStats         { return &s.stats }
func (f *RowFetch) read() *catalog.ScanStats     { return &f.stats }
func (s *vectorSearch) read() *catalog.ScanStats { return &s.stats }

func readOf(s *catalog.ScanStats) *scanRead {
	return &scanRead{
		Files: s.Files.Load(), FilesPruned: s.FilesPruned.Load(),
		RowGroups: s.RowGroups.Load(), RowGroupsPruned: s.RowGroupsPruned.Load(),
		Pages: s.Pages.Load(), PagesPruned: s.PagesPruned.Load(),
		RowsRead: s.RowsRead.Load(), RowsKept: s.RowsKept.Load(),
		Bytes: s.Bytes.Load(), BytesInPlace: s.BytesInPlace.Load(),
	}
}

func (e *explanation) text() string {
	var b strings.Builder
	e.Plan.write(&b, "", "")
	for i, s := range e.Subqueries {
		fmt.Fprintf(&b, "subquery %d\n", i+1)
		s.write(&b, " └── ", "     ")
	}
	if e.Total != nil {
		fmt.Fprintf(&b, "total %.3f ms, peak memory %s\n", e.Total.Milliseconds, formatBytes(e.Total.PeakMemory))
	}
	return b.String()
}

// write writes a node's lines: the first one behind first, all others behind rest.
func (n *node) write(b *strings.Builder, first, rest string) {
	b.WriteString(first + n.Operator)
	if n.Expected != nil && n.Run == nil {
		fmt.Fprintf(b, "  (about %.0f rows)", *n.Expected)
	}
	b.WriteString("\n")
	below := rest
	if len(n.Inputs) > 0 {
		below += " │   "
	} else {
		below += "     "
	}
	if len(n.Columns) > 0 {
		b.WriteString(below + "columns: " + strings.Join(n.Columns, ", ") + "\n")
	}
	if n.Run != nil {
		b.WriteString(below + n.Run.text(n.Expected) + "\n")
	}
	if n.Search != nil {
		b.WriteString(below + n.Search.text() + "\n")
	}
	if n.Scan != nil {
		b.WriteString(below + n.Scan.text() + "\n")
	}
	for i, input := range n.Inputs {
		if i < len(n.Inputs)-1 {
			input.write(b, rest+" ├── ", rest+" │   ")
		} else {
			input.write(b, rest+" └── ", rest+"     ")
		}
	}
}

func (s *runStats) text(expected *float64) string {
	text := fmt.Sprintf("rows=%d", s.Rows)
	if expected != nil {
		text += fmt.Sprintf(" expected=%.0f", *expected)
	}
	text += fmt.Sprintf(" batches=%d time=%.3f ms self=%.3f ms", s.Batches, s.Milliseconds, s.Self)
	if s.Memory > 0 {
		text += " memory=" + formatBytes(s.Memory)
	}
	return text
}

func (s *scanRead) text() string {
	text := fmt.Sprintf("read %s (%s in place)", formatBytes(s.Bytes), formatBytes(s.BytesInPlace))
	if s.RowsRead > 0 {
		text += fmt.Sprintf(", rows %d -> %d", s.RowsRead, s.RowsKept)
	}
	for _, part := range []struct {
		name         string
		read, pruned int64
	}{{"files", s.Files, s.FilesPruned}, {"row groups", s.RowGroups, s.RowGroupsPruned}, {"pages", s.Pages, s.PagesPruned}} {
		if part.read+part.pruned > 0 {
			text += fmt.Sprintf(", %s %d (%d pruned)", part.name, part.read, part.pruned)
		}
	}
	return text
}
