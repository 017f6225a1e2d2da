package indexbench

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%d rows of %d dimensions, %d queries, %s, k = %d\n", r.Rows, r.Dim, r.Queries, r.Metric, r.K)
	if r.Where != "" {
		fmt.Fprintf(w, "where %s: %d rows (%.3g %%)\n", r.Where, r.Matches, 100*float64(r.Matches)/float64(max(r.Rows, 1)))
	}
	fmt.Fprintf(w, "loaded in %.2f s; index of %d lists, %d bits, built in %.2f s: %.1f MB, %.1f %% of the vectors' %.1f MB", r.LoadSeconds, r.Lists, r.Bits, r.BuildSeconds,
		float64(r.IndexBytes)/1e6, 100*float64(r.IndexBytes)/float64(max(r.VectorBytes, 1)), float64(r.VectorBytes)/1e6)
	if r.PeakBytes > 0 {
		fmt.Fprintf(w, "; %.0f MB of memory at most, mapped files included", float64(r.PeakBytes)/1e6)
	}
	fmt.Fprintf(w, "\nexact search: %.0f queries/s\n\n", r.ExactPerSec)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "target\trecall\tqueries/s\tp50 us\tp99 us\tprobes\tcodes\trefined\tre-ranked\trows\t")
	for _, p := range r.Points {
		fmt.Fprintf(table, "%.3f\t%.4f\t%.0f\t%.0f\t%.0f\t%.1f\t%.0f\t%.1f\t%.1f\t%.1f\t\n", p.Target, p.Recall, p.PerSecond, p.P50, p.P99, p.Probes, p.Codes, p.Refined, p.Reranked, p.Rows)
	}
	return table.Flush()
}

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(r)
}
