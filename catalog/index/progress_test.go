package index

import (
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/catalog"
)

// TestProgressIsSeen lists an index while it is built, and while it is built anew.
func TestProgressIsSeen(t *testing.T) {
	table := newTestTable(t, 8, 2000)
	f := Open(t.TempDir(), Options{})
	defer f.Close()
	info := func() catalog.IndexInfo {
		indexes, err := f.Indexes(table.id)
		table.check(err)
		if len(indexes) != 1 {
			t.Fatalf("%d indexes", len(indexes))
		}
		return indexes[0].Info(table.files)
	}
	stages := map[string]bool{}
	watch := func(state, detail string) Watch {
		return func(p catalog.IndexProgress) {
			stages[p.Stage] = true
			if got := info(); got.State != state || !strings.HasPrefix(got.Detail, detail+p.Stage) {
				t.Errorf("%s %q at %v", got.State, got.Detail, p)
			}
		}
	}
	def := Definition{Table: table.id, Name: "i", FieldID: 1, Metric: "l2_distance", Dim: 8}
	f.options.Workers = 1 // or another one goes on while the first is watched
	table.check(f.Create(t.Context(), def, nil, table, watch("building", "")))
	if !stages["train"] || !stages["calibrate"] {
		t.Errorf("stages %v", stages)
	}
	indexes, err := f.Indexes(table.id)
	table.check(err)
	table.check(indexes[0].Rebuild(t.Context(), table, watch("ready", "worked at: ")))
	if got := info(); got.State != "ready" || got.Detail != "" {
		t.Errorf("%s %q when built", got.State, got.Detail)
	}
	for want, p := range map[string]catalog.IndexProgress{
		"train":         {Stage: "train"},
		"assign, 43 %":  {Stage: "assign", Done: 43, Rows: 100},
		"assign, 100 %": {Stage: "assign", Done: 101, Rows: 100},
	} {
		if got := describe(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
