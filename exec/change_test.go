package exec_test

import (
	"slices"
	"testing"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

// changeable is a lake whose table main.target may be changed.
func changeable(t *testing.T) (*memtable.Catalog, func() catalog.Table) {
	lake := newLake(t)
	var p Plan
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Insert(p.Scan(clips, nil, 1, 0), target), "count"), Rows: []string{"6"}, Once: true})
	return lake, func() catalog.Table {
		table, err := lake.Table(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
}

func TestDelete(t *testing.T) {
	lake, table := changeable(t)
	var p Plan
	few := p.Scan(table(), p.Call("gt", Col(1), p.Int(2)), Address)
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(few, table()), "count"), Rows: []string{"4"}, Once: true})
	if got, want := rowsOf(t, lake, target), []string{"one|1", "NULL|2"}; !slices.Equal(got, want) {
		t.Errorf("the table has %v, want %v", got, want)
	}
	rest := Project(p.Scan(table(), nil, 1, Address), 2, Col(1), Col(0))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(rest, table()), "id"), Rows: []string{"1", "2"}, Once: true})
	if got := rowsOf(t, lake, target); len(got) > 0 {
		t.Errorf("the table has %v", got)
	}
}

// A row that comes twice is updated once.
func TestUpdate(t *testing.T) {
	lake, table := changeable(t)
	var p Plan
	twice := Set(pb.SetRel_SET_OP_UNION_ALL, p.Scan(table(), nil, 0, 1, Address), p.Scan(table(), nil, 0, 1, Address))
	fields := table().Definition().Schema.Fields()
	plan := p.Bytes(p.Change(Project(twice, 3, Col(2), Col(0), Col(1), Col(1)), table(), fields...), "id")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"1", "2", "3", "4", "5", "6"}, Once: true})
	want := []string{"one|1", "NULL|2", "three|3", "four|4", "five|5", "six|6"}
	if got := rowsOf(t, lake, target); !slices.Equal(got, want) {
		t.Errorf("the table has %v, want %v", got, want)
	}
	// The rows have other addresses now.
	Run(t, Case{Catalog: lake, Plan: plan, State: "40001", Once: true})
}

// A change that fails at the end leaves everything as it was, and so does one that may not hold what it is to return.
func TestChangeThatFails(t *testing.T) {
	lake, table := changeable(t)
	before := rowsOf(t, lake, target)
	var p Plan
	fields := table().Definition().Schema.Fields()
	bad := Project(p.Scan(table(), nil, 0, 1, Address), 3, Col(2), Col(0), p.Call("divide", p.Int(1), p.Call("subtract", Col(1), p.Int(6))))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(bad, table(), fields...), "count"), State: "22012", Once: true})
	all := Project(p.Scan(table(), nil, 0, Address), 2, Col(1), Col(0))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(all, table()), "title"), Memory: 20, State: "53200", Once: true})
	Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(p.Scan(table(), nil, 0), table()), "count"), State: "22023", Once: true})
	inside := Fetch(p.Change(p.Scan(table(), nil, Address), table()), nil, p.Int(0))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(inside, "count"), State: "0A000", Once: true})
	for _, nowhere := range []int64{-1, 6, 1 << 32, 1 << 62} {
		rows := Project(p.Scan(table(), nil, 1), 1, p.Int(nowhere))
		Run(t, Case{Catalog: lake, Plan: p.Bytes(p.Change(rows, table()), "count"), State: "22023", Once: true})
	}
	if got := rowsOf(t, lake, target); !slices.Equal(got, before) {
		t.Errorf("the table has %v, want %v", got, before)
	}
}
