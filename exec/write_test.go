package exec_test

import (
	"context"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

var target = catalog.Name{Schema: "main", Table: "target"}

// newLake has clips and an empty table.
func newLake(t *testing.T) *memtable.Catalog {
	lake := memtable.NewCatalog(clips)
	schema := arrow.NewSchema([]arrow.Field{Field("title", text), {Name: "id", Type: bigint}}, nil)
	if _, err := lake.CreateTable(t.Context(), target, catalog.Definition{Schema: schema}); err != nil {
		t.Fatal(err)
	}
	return lake
}

// rowsOf are the rows that a table has now.
func rowsOf(t *testing.T, lake catalog.Catalog, name catalog.Name) []string {
	t.Helper()
	table, err := lake.Table(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	var p Plan
	var names []string
	for _, f := range table.Current().Schema().Fields() {
		names = append(names, f.Name)
	}
	c := Case{Catalog: lake, Plan: p.Bytes(p.Scan(table, nil), names...)}
	return c.Collect(t)
}

func TestInsert(t *testing.T) {
	lake := newLake(t)
	var p Plan
	plan := p.Bytes(Insert(p.Scan(clips, p.Call("gt", Col(0), p.Int(4)), 1, 0), target), "count")
	Run(t, Case{Catalog: lake, Plan: plan, Rows: []string{"2"}, Once: true})
	if got, want := rowsOf(t, lake, target), []string{"five|5", "six|6"}; !slices.Equal(got, want) {
		t.Errorf("the table has %v, want %v", got, want)
	}
}

// A write that fails at the end leaves nothing.
func TestInsertThatFails(t *testing.T) {
	lake := newLake(t)
	var p Plan
	bad := Project(p.Scan(clips, nil, 1, 0), 2, Col(0), p.Call("divide", p.Int(1), p.Call("subtract", p.Int(6), Col(1))))
	Run(t, Case{Catalog: lake, Plan: p.Bytes(Insert(bad, target), "count"), State: "22012"})
	if got := rowsOf(t, lake, target); len(got) > 0 {
		t.Errorf("the table has %v", got)
	}
	stale := p.Bytes(Insert(p.Scan(clips, nil, 0), target), "count")
	Run(t, Case{Catalog: lake, Plan: stale, State: "55000"})
}

func TestCreateTableAs(t *testing.T) {
	lake := newLake(t)
	name := catalog.Name{Schema: "main", Table: "copy"}
	var p Plan
	create := func(mode pb.WriteRel_CreateMode) []byte {
		return p.Bytes(p.CreateAs(p.Scan(clips, p.Call("lt", Col(0), p.Int(3)), 0, 1), name, mode, arrow.Field{Name: "n", Type: bigint}, Field("t", text)), "count")
	}
	Run(t, Case{Catalog: lake, Plan: create(pb.WriteRel_CREATE_MODE_ERROR_IF_EXISTS), Rows: []string{"2"}, Once: true})
	if got, want := rowsOf(t, lake, name), []string{"1|one", "2|NULL"}; !slices.Equal(got, want) {
		t.Errorf("the table has %v, want %v", got, want)
	}
	Run(t, Case{Catalog: lake, Plan: create(pb.WriteRel_CREATE_MODE_ERROR_IF_EXISTS), State: "42P07", Once: true})
	Run(t, Case{Catalog: lake, Plan: create(pb.WriteRel_CREATE_MODE_IGNORE_IF_EXISTS), Rows: []string{"0"}, Once: true})
	Run(t, Case{Catalog: lake, Plan: create(pb.WriteRel_CREATE_MODE_REPLACE_IF_EXISTS), State: "0A000", Once: true})
}
