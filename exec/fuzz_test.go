package exec_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// plans is one of each kind of plan.
func plans() [][]byte {
	var p Plan
	scan := p.Scan(clips, p.Call("or", In(Col(0), p.Int(1), p.Int(5)), p.Call("is_null", Col(1))))
	count := p.Measure("count", Col(1))
	count.Measure.Invocation = pb.AggregateFunction_AGGREGATION_INVOCATION_DISTINCT
	distance := p.Call("l2_distance", Col(1), p.Lit(substrait.VectorOf(2), "[0, 1]"))
	return [][]byte{
		p.Bytes(scan, "id", "title", "score"),
		p.Bytes(Project(scan, 3, When(p.Call("gt", Col(0), p.Int(2)), p.Text("x"), Col(1)), p.Cast(Col(0), text)), "a", "b"),
		p.Bytes(Fetch(Sort(Filter(scan, p.Call("lt", Col(0), p.Int(9))), Key(Col(2), DescLast)), p.Int(1), p.Int(2)), "id", "title", "score"),
		p.Bytes(Sort(Aggregate(scan, []*pb.Expression{Col(1)}, count, p.Measure("sum", Col(0))), Key(Col(0), AscLast)), "a", "b", "c"),
		p.Bytes(Join(outer, scan, p.Scan(clips, nil, 0), p.Call("and", p.Call("equal", Col(0), Col(3)), p.Call("gt", Col(2), p.Lit(double, "0")))), "a", "b", "c", "d"),
		p.Bytes(Join(mark, p.Scan(clips, nil, 0), p.Scan(clips, nil, 0), p.Call("equal", Col(0), Col(1))), "a", "b"),
		p.Bytes(Cross(p.Scan(clips, nil, 0), p.Values([]arrow.Field{Field("x", bigint)}, []*pb.Expression{p.Int(1)})), "a", "b"),
		p.Bytes(Set(pb.SetRel_SET_OP_UNION_DISTINCT, p.Scan(clips, nil, 0), p.TableFunction("generate_series", p.Int(1), p.Int(3))), "a"),
		p.Bytes(p.RowFetch(Fetch(Sort(p.Scan(frames, nil, 0, 1, Address), Key(distance, AscLast)), nil, p.Int(2)), frames, 2), "a", "b", "c"),
		p.Bytes(Project(p.Scan(clips, nil, 0), 1, Scalar(Aggregate(scan, nil, p.Measure("max", Col(0))))), "a"),
		p.Bytes(Insert(p.Scan(clips, nil), clips.Name()), "count"),
		p.Bytes(p.Change(p.Scan(clips, nil, Address), clips), "count"),
		p.Bytes(p.Change(Project(p.Scan(clips, nil, 0, 1, 2, Address), 5, Col(3), Col(0), Col(1), Col(2), Col(1)), clips, clips.Definition().Schema.Fields()...), "title"),
	}
}

// FuzzCompile: whatever the bytes of a plan are, compiling and running them ends in rows or in an error, and leaves nothing.
func FuzzCompile(f *testing.F) {
	for _, plan := range plans() {
		f.Add(plan)
	}
	f.Fuzz(func(t *testing.T, plan []byte) {
		lake := memtable.NewCatalog(clips, frames)
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		q, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: lake, Functions: udf.Builtin(), Mem: mem, Memory: exec.NewMemory(1 << 20), Workers: 2})
		if err != nil || writes(plan) {
			return
		}
		rows := int64(0)
		for batch, err := range q.Run(t.Context()) {
			if err != nil {
				break
			}
			if rows += batch.NumRows(); rows > 10_000 {
				break
			}
		}
		if _, err := q.Explain(exec.ExplainOptions{Analyze: true}); err != nil {
			t.Error(err)
		}
	})
}

func writes(plan []byte) bool {
	var p pb.Plan
	return proto.Unmarshal(plan, &p) == nil && p.Relations[0].GetRoot().GetInput().GetWrite() != nil
}

// TestPlansThatAreNot: each part of a plan that is missing or wrong is an error with a state.
func TestPlansThatAreNot(t *testing.T) {
	var p Plan
	scan := p.Scan(clips, nil, 0)
	for name, c := range map[string]struct {
		plan  []byte
		state string
	}{
		"no protobuf":       {[]byte("plan"), "22023"},
		"nothing":           {nil, "22023"},
		"no relation":       {p.Bytes(&pb.Rel{}), "22023"},
		"too few names":     {p.Bytes(scan), "22023"},
		"too many names":    {p.Bytes(scan, "a", "b"), "22023"},
		"no such column":    {p.Bytes(Project(scan, 1, Col(7)), "a"), "22023"},
		"not a condition":   {p.Bytes(Filter(scan, Col(0)), "a"), "22023"},
		"no condition":      {p.Bytes(Filter(scan, nil), "a"), "22023"},
		"no such function":  {p.Bytes(Project(scan, 1, p.Call("blink", Col(0))), "a"), "42883"},
		"wrong types":       {p.Bytes(Project(scan, 1, p.Call("add", Col(0), p.Text("x"))), "a"), "42883"},
		"negative limit":    {p.Bytes(Fetch(scan, nil, p.Int(-1)), "a"), "2201W"},
		"negative offset":   {p.Bytes(Fetch(scan, p.Int(-1), nil), "a"), "2201X"},
		"union of unlike":   {p.Bytes(Set(pb.SetRel_SET_OP_UNION_ALL, scan, p.Scan(clips, nil, 1)), "a"), "22023"},
		"intersection":      {p.Bytes(Set(pb.SetRel_SET_OP_INTERSECTION_PRIMARY, scan, scan), "a"), "0A000"},
		"right semi join":   {p.Bytes(Join(pb.JoinRel_JOIN_TYPE_RIGHT_SEMI, scan, scan, nil), "a"), "0A000"},
		"table function":    {p.Bytes(p.TableFunction("read_mind", p.Int(1)), "a"), "0A000"},
		"unnest of numbers": {p.Bytes(p.Unnest(scan, []*pb.Expression{Col(0)}), "a", "b"), "0A000"},
		"fetch of nothing":  {p.Bytes(p.RowFetch(p.Scan(clips, nil, 1), clips, 1), "a"), "22023"},
		"no such table":     {p.Bytes(p.Scan(Table("ghost", []arrow.Field{Field("x", bigint)}, "[]"), nil), "a"), "42P01"},
		"stale":             {p.Bytes(p.Scan(Table("clips", []arrow.Field{Field("x", bigint)}, "[]"), nil), "a"), "55000"},
		"exchange":          {p.Bytes(&pb.Rel{RelType: &pb.Rel_Exchange{Exchange: &pb.ExchangeRel{Input: scan}}}, "a"), "0A000"},
		"window of a range": {p.Bytes(p.Window(scan, "count", &pb.FunctionOption{Name: "lower", Preference: []string{"7"}}), "a", "c"), "22023"},
		"window option":     {p.Bytes(p.Window(scan, "count", &pb.FunctionOption{Name: "mood", Preference: []string{"1"}}), "a", "c"), "0A000"},
		"no such window":    {p.Bytes(p.Window(scan, "guess"), "a", "c"), "42883"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := exec.Compile(t.Context(), c.plan, exec.Env{Catalog: lake, Functions: udf.Builtin()})
			if State(err) != c.state {
				t.Errorf("error %v with state %q, want %q", err, State(err), c.state)
			}
		})
	}
}
