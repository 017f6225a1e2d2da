package exec

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/exec/ann"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/udf"
)

// vectorTopK builds a search for nearest neighbors, if that is what a fetch over a sort is: by a distance between a vector
// column of a table and a constant, computed by the sort or by a projection below it, and perhaps by more keys where
// distances are equal. It is nil otherwise.
func (b *builder) vectorTopK(ctx context.Context, fetch *pb.FetchRel, skip, count int64) (Operator, error) {
	sort := fetch.Input.GetSort()
	if len(sort.Sorts) == 0 {
		return nil, nil
	}
	k := keyOf(sort.Input, sort.Sorts[0].Expr)
	order, ok := directions[sort.Sorts[0].GetDirection()]
	if k == nil || !ok {
		return nil, nil
	}
	table, err := b.tableRead(ctx, k.read)
	if err != nil {
		return nil, err
	}
	e, err := b.compiler.Compile(k.by, withMarks(table.schema(), k.width))
	if err != nil {
		return nil, err
	}
	metric, column, query := distanceOf(e, isColumn, eval.IsConstant)
	if metric == nil {
		return nil, nil
	}
	recall, err := recallOf(fetch)
	if err != nil {
		return nil, err
	}
	v := &VectorTopK{Query: query, Skip: skip, Count: count, Columns: table.columns, Address: table.address, schema: table.schema()}
	b.vectorSearch(&v.vectorSearch, table, table.columns[column], metric, ann.Order{Descending: order.Descending, NullsFirst: order.NullsFirst}, recall)
	if err := v.findIndex(ctx); err != nil {
		return nil, err
	}
	if !order.Descending {
		limit, at := limitOf(table.where, metric, v.Column, query, eval.IsConstant)
		if v.Limit = limit; limit != nil {
			if err := b.keepWhere(table, slices.Delete(slices.Clone(table.where), at, at+1)); err != nil {
				return nil, err
			}
		}
	}
	if ok, err := b.choose(ctx, &v.vectorSearch, k, table, column); !ok || err != nil {
		return nil, err
	}
	ties := len(sort.Sorts) > 1
	if ties {
		v.Skip, v.Count, v.Ties = 0, skip+count, true
	}
	var op Operator = v
	if project := sort.Input.GetProject(); project != nil {
		if op, err = b.withDistance(v, k, project, e, column); err != nil {
			return nil, err
		}
	}
	if !ties {
		return op, nil
	}
	return b.topK(metered(op), sort.Sorts, skip, count)
}

// recallOf is the recall that a fetch is content with; 0 if the answer is to be exact.
func recallOf(fetch *pb.FetchRel) (float64, error) {
	enhancement := fetch.AdvancedExtension.GetEnhancement()
	if enhancement == nil {
		return 0, nil
	}
	var recall wrapperspb.DoubleValue
	if err := enhancement.UnmarshalTo(&recall); err != nil {
		return 0, unsupported("fetch with %s", enhancement.TypeUrl)
	}
	if !(recall.Value > 0) {
		return 0, malformed("recall of %g", recall.Value)
	}
	return recall.Value, nil
}

// vectorSearch fills in a search in a table that is read.
func (b *builder) vectorSearch(s *vectorSearch, table *tableRead, column int, metric *udf.Metric, order ann.Order, recall float64) {
	s.Metric, s.Order, s.Recall = metric, order, recall
	s.Table, s.Snapshot, s.Column = table.table, table.snapshot, column
	s.Workers, s.Rows, s.Mem, s.Log, s.holding = b.env.Workers, b.env.Rows, b.env.Mem, b.env.Log, b.holding()
}

// findIndex finds out whether there is an index to search by. It is opened anew when the search runs, if it is there still:
// a plan that is only shown must not hold its files.
func (s *vectorSearch) findIndex(ctx context.Context) error {
	snapshot, by, ok := s.answers()
	if !ok {
		return nil
	}
	index, _, err := snapshot.VectorIndex(ctx, s.Column, by.metric)
	if index == nil || err != nil {
		return err
	}
	defer index.Close()
	s.index = index.Definition().Name
	return nil
}

// choose builds what chooses the rows to search: the read's filter, or joins above the read. It is not ok where there are
// joins and no index to search by: a plain top-k over the joins is better then.
func (b *builder) choose(ctx context.Context, s *vectorSearch, k *distanceKey, table *tableRead, column int) (ok bool, err error) {
	if k.input.GetRead() == nil {
		if s.index == "" {
			return false, nil
		}
		if s.Choice, err = b.joinChoice(ctx, k, table, column); s.Choice == nil || err != nil {
			return false, err
		}
	} else {
		vectors := *table
		vectors.columns, vectors.address = []int{s.Column}, true
		s.Scan = metered(b.scan(&vectors))
		if s.index != "" && table.filter != nil {
			s.Choice = b.filterChoice(table, table.filter)
		}
	}
	if field := table.base.Field(s.Column); s.index != "" && field.Nullable {
		null, err := b.compiler.IsNull(&eval.Column{Index: s.Column, Field: field})
		if err != nil {
			return false, err
		}
		condition, err := eval.NewCondition(null, b.env.Mem)
		if err != nil {
			return false, err
		}
		s.Null = b.filterChoice(table, condition)
	}
	return true, nil
}

// filterChoice is the rows of a table that a condition keeps.
func (b *builder) filterChoice(table *tableRead, filter *eval.Condition) *rowChoice {
	rows := *table
	rows.columns, rows.address, rows.filter = nil, true, filter
	return &rowChoice{Rows: metered(b.scan(&rows)), Filter: filter, Workers: b.env.Workers, Table: table.table, Snapshot: table.snapshot,
		RowSets: b.env.RowSets, holding: b.holding()}
}

// joinChoice is the rows of a table that semi-joins and filters above its read keep. It is nil if these look at the vectors:
// the rows come with their addresses in the place of the vectors.
func (b *builder) joinChoice(ctx context.Context, k *distanceKey, table *tableRead, column int) (*rowChoice, error) {
	op, err := b.addressed(ctx, k.input, table, column)
	if op == nil || err != nil {
		return nil, err
	}
	return &rowChoice{Rows: op, Address: column, Workers: b.env.Workers, Table: table.table, Snapshot: table.snapshot, holding: b.holding()}, nil
}

func (b *builder) addressed(ctx context.Context, rel *pb.Rel, table *tableRead, column int) (Operator, error) {
	switch r := rel.GetRelType().(type) {
	case *pb.Rel_Read:
		return b.addressedRead(table, column)
	case *pb.Rel_Filter:
		input, err := b.addressed(ctx, r.Filter.Input, table, column)
		if input == nil || err != nil {
			return nil, err
		}
		condition, err := b.condition(r.Filter.Condition, input.Schema())
		if err != nil || slices.Contains(condition.Columns(), column) {
			return nil, err
		}
		return metered(&Filter{Input: input, Condition: condition, Mem: b.env.Mem}), nil
	case *pb.Rel_Join:
		left, err := b.addressed(ctx, r.Join.Left, table, column)
		if left == nil || err != nil {
			return nil, err
		}
		op, err := b.joinOf(ctx, r.Join, left)
		if err != nil {
			return nil, err
		}
		j, ok := op.(*HashJoin)
		if !ok || slices.Contains(eval.Columns(j.Condition), column) {
			return nil, nil
		}
		return metered(op), nil
	}
	return nil, nil
}

// addressedRead reads a table's columns with the address where the vector would be.
func (b *builder) addressedRead(table *tableRead, column int) (Operator, error) {
	rows := *table
	rows.columns, rows.address = slices.Delete(slices.Clone(table.columns), column, column+1), true
	scan := metered(b.scan(&rows))
	all := columnsOf(scan.Schema())
	address := all[len(all)-1]
	exprs := slices.Insert(all[:len(all)-1:len(all)-1], column, address)
	if table.address {
		exprs = append(exprs, address)
	}
	return metered(&Project{Input: scan, Exprs: exprs, Mem: b.env.Mem, schema: schemaOf(exprs)}), nil
}

// withDistance yields what a projection makes of the rows found. The distance, which is e, is known by then: it is not
// computed again, and the vectors are not fetched unless something else needs them.
func (b *builder) withDistance(v *VectorTopK, k *distanceKey, project *pb.ProjectRel, e eval.Expr, column int) (Operator, error) {
	v.Distance = true
	distance := arrow.Field{Name: e.String(), Type: e.Type(), Nullable: e.Nullable()}
	emit := slices.Clone(project.Common.GetEmit().OutputMapping)
	fields := slices.Clone(v.schema.Fields())
	if len(project.Expressions) == 1 && !slices.Contains(emit, int32(column)) {
		fields = slices.Delete(fields, column, column+1)
		v.Columns = slices.Delete(slices.Clone(v.Columns), column, column+1)
		v.schema = arrow.NewSchema(append(fields, distance), nil)
		for i, at := range emit {
			switch {
			case int(at) >= k.width: // the one expression
				emit[i] = int32(len(fields))
			case int(at) > column:
				emit[i]--
			}
		}
		if isIdentity(emit, len(fields)+1) {
			return v, nil
		}
		return b.emitted(metered(v), nil, &pb.RelCommon_Emit{OutputMapping: emit})
	}
	exprs := make([]eval.Expr, len(project.Expressions))
	for i, p := range project.Expressions {
		if i == k.computed {
			exprs[i] = &eval.Column{Index: len(fields), Field: distance}
			continue
		}
		var err error
		if exprs[i], err = b.compiler.Compile(p, v.schema); err != nil {
			return nil, err
		}
	}
	v.schema = arrow.NewSchema(append(fields, distance), nil)
	for i, at := range emit {
		if int(at) >= k.width {
			emit[i] += int32(len(fields) + 1 - k.width)
		}
	}
	return b.emitted(metered(v), exprs, &pb.RelCommon_Emit{OutputMapping: emit})
}

func isIdentity(emit []int32, n int) bool {
	for i, at := range emit {
		if int(at) != i {
			return false
		}
	}
	return len(emit) == n
}

// A distanceKey is the key of a sort, traced to the table that its columns come from.
type distanceKey struct {
	read     *pb.ReadRel
	input    *pb.Rel        // the read, or semi-joins and filters over it
	width    int            // how many columns it has
	by       *pb.Expression // the key, of the columns that the read gives
	computed int            // which of the projection's expressions it is; -1 if there is no projection
}

// keyOf is nil if the rows do not come from one table.
func keyOf(input *pb.Rel, key *pb.Expression) *distanceKey {
	project := input.GetProject()
	if project == nil {
		read, width := choosing(input)
		if read == nil || width > readColumns(read) {
			return nil
		}
		return &distanceKey{read, input, width, key, -1}
	}
	read, width := choosing(project.Input)
	field := key.GetSelection().GetDirectReference().GetStructField()
	emit := project.GetCommon().GetEmit()
	if read == nil || field == nil || field.Child != nil || emit == nil ||
		key.GetSelection().GetRootReference() == nil || int(field.Field) >= len(emit.OutputMapping) || field.Field < 0 {
		return nil
	}
	computed := int(emit.OutputMapping[field.Field]) - width
	if computed < 0 || computed >= len(project.Expressions) {
		return nil
	}
	// What a join marks is known to the join alone.
	if columns := readColumns(read); width > columns {
		isMark := func(at int32) bool { return int(at) >= columns && int(at) < width }
		if len(project.Expressions) > 1 || slices.ContainsFunc(emit.OutputMapping, isMark) {
			return nil
		}
	}
	return &distanceKey{read, project.Input, width, project.Expressions[computed], computed}
}

// withMarks is the schema of a read's rows behind joins that append marks, up to so many columns.
func withMarks(read *arrow.Schema, width int) *arrow.Schema {
	fields := slices.Clone(read.Fields())
	for len(fields) < width {
		fields = append(fields, arrow.Field{Name: "mark", Type: arrow.FixedWidthTypes.Boolean, Nullable: true})
	}
	return arrow.NewSchema(fields, nil)
}

func readColumns(read *pb.ReadRel) int {
	if read.Projection == nil {
		return len(read.GetBaseSchema().GetStruct().GetTypes())
	}
	return len(read.Projection.GetSelect().GetStructItems())
}

// choosing is the read of a table below what only chooses some of its rows, and the number of columns above it: a join may
// append a mark. The read is nil if there is something else.
func choosing(rel *pb.Rel) (read *pb.ReadRel, width int) {
	switch r := rel.GetRelType().(type) {
	case *pb.Rel_Read:
		if r.Read.GetNamedTable() != nil && r.Read.Common.GetEmit() == nil {
			return r.Read, readColumns(r.Read)
		}
	case *pb.Rel_Filter:
		if r.Filter.Common.GetEmit() == nil {
			return choosing(r.Filter.Input)
		}
	case *pb.Rel_Join:
		if r.Join.Common.GetEmit() != nil {
			return nil, 0
		}
		read, width = choosing(r.Join.Left)
		switch r.Join.Type {
		case pb.JoinRel_JOIN_TYPE_LEFT_SEMI, pb.JoinRel_JOIN_TYPE_LEFT_ANTI:
			return read, width
		case pb.JoinRel_JOIN_TYPE_LEFT_MARK:
			return read, width + 1
		}
	}
	return nil, 0
}

// distanceOf takes a distance between a vector column and a query apart. The metric is nil for any other expression.
func distanceOf(e eval.Expr, isVector func(*eval.Column) bool, isQuery func(eval.Expr) bool) (metric *udf.Metric, column int, query eval.Expr) {
	f, ok := e.(*eval.Function)
	if !ok || len(f.Args()) != 2 {
		return nil, 0, nil
	}
	m, ok := udf.MetricNamed(f.Name())
	if !ok {
		return nil, 0, nil
	}
	for i, x := range f.Args() {
		y := f.Args()[1-i]
		if c := vectorColumn(x); c != nil && isVector(c) && isQuery(y) {
			return m, c.Index, y
		}
	}
	return nil, 0, nil
}

// vectorColumn is the column of vectors that an argument of a distance is; nil if it is something else. A list of integers is a
// vector behind the cast that the function needs: its elements are measured as the cast makes them, without it.
func vectorColumn(e eval.Expr) *eval.Column {
	cast, isCast := e.(*eval.Cast)
	if isCast {
		e = cast.Args()[0]
	}
	c, ok := e.(*eval.Column)
	if !ok {
		return nil
	}
	list, ok := c.Type().(arrow.ListLikeType)
	if !ok || isCast && !(list.Elem().ID() == arrow.INT32 && isRealList(cast.Type())) {
		return nil
	}
	return c
}

func isRealList(t arrow.DataType) bool {
	list, ok := t.(*arrow.ListType)
	return ok && list.Elem().ID() == arrow.FLOAT32
}

func isColumn(*eval.Column) bool { return true }
