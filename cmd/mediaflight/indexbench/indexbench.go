// Package indexbench measures the vector index over anybody's vectors: how long it takes to build, what it weighs, and how
// fast it is at each recall.
//
//	base, queries -> lake      load      a table in a folder of its own
//	lake          -> index     build     timed
//	queries       -> truth     truth     exact search, or what the file of queries says
//	index, truth  -> points    sweep     one query at a time, for each recall that is asked for
package indexbench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/catalog/load"
)

// A Bench says what to measure.
type Bench struct {
	Base    []string // files with a column embedding and, for Where and given neighbors, one of integers named id
	Queries []string // files with a column embedding and maybe neighbors: the ids of the true nearest rows, best first
	Metric  string   // canonical name of a distance function
	K       int
	Where   string    // condition over the columns of Base; empty for all rows
	Targets []float64 // recalls to ask for
	Lists   int       // 0: chosen from the number of rows
	Bits    int       // 0: the default
	Watch   func(catalog.IndexProgress)
}

// A Report is what was measured. It reads well as JSON.
type Report struct {
	Rows         int64   `json:"rows"`
	Dim          int     `json:"dim"`
	Queries      int     `json:"queries"`
	Metric       string  `json:"metric"`
	K            int     `json:"k"`
	Where        string  `json:"where,omitempty"`
	Matches      int64   `json:"matches"` // rows that fulfill Where
	Lists        int     `json:"lists"`
	Bits         int     `json:"bits"`
	LoadSeconds  float64 `json:"load_seconds"`
	BuildSeconds float64 `json:"build_seconds"`
	IndexBytes   int64   `json:"index_bytes"`
	VectorBytes  int64   `json:"vector_bytes"`     // as float32, whatever the file has
	PeakBytes    int64   `json:"peak_bytes"`       // most memory of the process while it built, file mappings included; 0 where the system does not tell
	ExactPerSec  float64 `json:"exact_per_second"` // queries by exact search, several of them in one pass over the vectors
	Points       []Point `json:"points"`
}

// A Point is how search does at one recall that was asked for. Rates and times are of one thread.
type Point struct {
	Target    float64 `json:"target"`
	Recall    float64 `json:"recall"`
	PerSecond float64 `json:"queries_per_second"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
	Probes    float64 `json:"probes"` // on average, as those below
	Codes     float64 `json:"codes"`
	Refined   float64 `json:"refined"`
	Reranked  float64 `json:"reranked"`
	Rows      float64 `json:"rows"` // that came back
	Plan      string  `json:"plan"` // of the last query
}

var table = catalog.Name{Schema: catalog.DefaultSchema, Table: "base"}

// column is the name of the vectors in both files.
const column = "embedding"

// Run measures. Everything it writes is in a temporary folder, which it removes.
func (b *Bench) Run(ctx context.Context) (*Report, error) {
	dir, err := os.MkdirTemp("", "mediaflight-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	tables, err := iceberg.Open(ctx, dir, iceberg.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer tables.Close()
	report := &Report{Metric: b.Metric, K: b.K, Where: b.Where}
	if err := b.build(ctx, tables, report); err != nil {
		return nil, err
	}
	queries, err := readQueries(ctx, b.Queries)
	if err != nil {
		return nil, err
	}
	s, err := openSnapshot(ctx, tables, report)
	if err != nil {
		return nil, err
	}
	if len(queries.vectors) > 0 && len(queries.vectors[0]) != report.Dim {
		return nil, fmt.Errorf("queries have %d dimensions, the base has %d", len(queries.vectors[0]), report.Dim)
	}
	var among *catalog.RowSet
	if b.Where != "" {
		if among, err = s.matching(ctx, tables, b.Where); err != nil {
			return nil, err
		}
		report.Matches = among.Len()
	}
	truth, err := b.truth(ctx, s, queries, among, report)
	if err != nil {
		return nil, err
	}
	return report, b.sweep(ctx, s, queries.vectors, among, truth, report)
}

// build loads the base and builds the index.
func (b *Bench) build(ctx context.Context, tables *iceberg.Catalog, report *Report) error {
	files, err := load.Open(b.Base...)
	if err != nil {
		return err
	}
	start := time.Now()
	result, err := files.Into(ctx, tables, table)
	if err != nil {
		return err
	}
	report.Rows, report.Matches, report.LoadSeconds = result.Rows, result.Rows, time.Since(start).Seconds()
	forgetPeak()
	start = time.Now()
	err = tables.CreateIndex(ctx, catalog.IndexDefinition{Name: "bench", Table: table, Column: column, Metric: b.Metric, Lists: b.Lists, Bits: b.Bits}, b.Watch)
	if err != nil {
		return err
	}
	report.BuildSeconds, report.PeakBytes = time.Since(start).Seconds(), peak()
	all, err := tables.Indexes(ctx, table.Schema)
	if err != nil {
		return err
	}
	if len(all) != 1 || all[0].State != "ready" {
		return fmt.Errorf("the index is not ready: %+v", all)
	}
	report.IndexBytes, report.Lists, report.Bits, report.Dim = all[0].Bytes, all[0].Lists, all[0].Bits, all[0].Dim
	return nil
}
