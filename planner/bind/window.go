package bind

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/parse"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// A windowing collects the window functions of a query: those over the same partitions in the same order are computed together.
// Bound expressions refer to the columns of its calls.
type windowing struct {
	named  []*pg.WindowDef
	used   map[string]bool // of the named ones
	parts  []*plan.Window  // without input
	unused []*plan.Window  // named ones that no function is over; they must be right, too
}

// namedWindows takes in the WINDOW clause.
func (q *selection) namedWindows(s *binding, n *pg.SelectStmt) error {
	for _, node := range n.WindowClause {
		def := node.GetWindowDef()
		if def.Name == parse.Qualify && len(def.PartitionClause) == 1 {
			q.qualify = def.PartitionClause[0]
			continue
		}
		if q.windows.find(def.Name) != nil {
			return fault(s.pos(def.Location), "42P20", "window %q is already defined", def.Name)
		}
		if def.Refname != "" && q.windows.find(def.Refname) == nil {
			return fault(s.pos(def.Location), "42704", "window %q does not exist", def.Refname)
		}
		q.windows.named = append(q.windows.named, def)
	}
	return nil
}

// unusedWindows binds the windows of the WINDOW clause that no function has asked for.
func (q *selection) unusedWindows(s *binding) error {
	for _, def := range q.windows.named {
		if q.windows.used[def.Name] {
			continue
		}
		spec, err := s.windowSpec(&q.windows, &pg.WindowDef{Name: def.Name, Location: def.Location})
		if err != nil {
			return err
		}
		x := q.above(inWindow)
		x.unnest, x.windows = nil, nil
		part, _, err := s.window(x, spec)
		if err != nil {
			return err
		}
		q.windows.unused = append(q.windows.unused, part)
	}
	return nil
}

func (w *windowing) find(name string) *pg.WindowDef {
	at := slices.IndexFunc(w.named, func(def *pg.WindowDef) bool { return def.Name == name })
	if at < 0 {
		return nil
	}
	return w.named[at]
}

// above rewrites what windows compute with from the rows to the groups.
func (w *windowing) above(rewrite func(plan.Expr) (plan.Expr, error)) error {
	for _, parts := range [][]*plan.Window{w.parts, w.unused} {
		for i, part := range parts {
			exprs := part.Exprs()
			for k := range exprs {
				var err error
				if exprs[k], err = rewrite(exprs[k]); err != nil {
					return err
				}
			}
			parts[i] = part.WithExprs(exprs).(*plan.Window)
		}
	}
	return nil
}

// over puts the windows on a node.
func (w *windowing) over(n plan.Node) plan.Node {
	for _, part := range w.parts {
		n = part.WithInputs([]plan.Node{n})
	}
	return n
}

// windowCall binds f(...) OVER window.
func (s *binding) windowCall(x *exprs, n *pg.FuncCall, name string) (plan.Expr, error) {
	pos := s.pos(n.Location)
	switch {
	case x.windows == nil && x.clause == inWindow:
		return nil, hint(fault(pos, "42P20", "window function calls cannot be nested"), "compute the inner one in a subquery in FROM")
	case x.windows == nil && x.clause == inAggregate:
		return nil, hint(fault(pos, "42803", "aggregate function calls cannot contain window function calls"), "compute the window function in a subquery in FROM")
	case x.windows == nil:
		return nil, hint(fault(pos, "42P20", "window functions are not allowed in %s", x.clause), "compute it in a subquery in FROM")
	case n.AggDistinct:
		return nil, hint(fault(pos, "0A000", "DISTINCT is not implemented for window functions"), "number the rows of each value with row_number() in a subquery, and let the call FILTER (WHERE number = 1)")
	case n.AggWithinGroup:
		return nil, hint(fault(pos, "0A000", "OVER is not supported for ordered-set aggregate %s", name), "GROUP BY in a subquery, and join it")
	case len(n.AggOrder) > 0:
		return nil, hint(fault(pos, "0A000", "aggregate ORDER BY is not implemented for window functions"), "order the window")
	}
	inner := &exprs{clause: inWindow, scope: x.scope, env: x.env, groups: x.groups}
	call, found, err := s.windowFunction(inner, n, name)
	if err != nil {
		return nil, err
	}
	spec, err := s.windowSpec(x.windows, n.Over)
	if err != nil {
		return nil, err
	}
	part, frame, err := s.window(inner, spec)
	if err != nil {
		return nil, err
	}
	call.Frame = frame
	return &plan.Ref{Column: x.windows.add(part, call, func() plan.Column { return s.newColumn(name, found.Out, true) }), At: pos}, nil
}

// inWindow and inAggregate are the clauses that the arguments of window functions and of aggregates are in.
const (
	inWindow    = "window function calls"
	inAggregate = "aggregate function calls"
)

// windowFunction is a call that has no window and no column yet.
func (s *binding) windowFunction(x *exprs, n *pg.FuncCall, name string) (call plan.WindowCall, found udf.Resolved, err error) {
	pos := s.pos(n.Location)
	args, err := s.list(x, n.Args)
	if err != nil {
		return call, found, err
	}
	switch {
	case s.Functions.IsWindow(name):
		if n.AggFilter != nil {
			return call, found, hint(fault(pos, "0A000", "FILTER is not implemented for non-aggregate window functions"), "filter in a subquery in FROM")
		}
		found, err = s.Functions.ResolveWindow(name, typesOf(args))
	case s.Functions.IsScalar(name):
		return call, found, fault(pos, "42809", "OVER specified, but %s is not a window function nor an aggregate function", name)
	case len(args) == 0 && !n.AggStar && name == "count":
		return call, found, fault(pos, "42809", "count(*) must be used to call a parameterless aggregate function")
	default:
		found, err = s.Functions.ResolveAggregate(name, typesOf(args))
	}
	if err != nil {
		return call, found, at(pos, err)
	}
	call = plan.WindowCall{Func: found.Name, Args: args}
	for i, arg := range args {
		if call.Args[i], err = s.coerce(arg, found.Args[i], udf.Explicit); err != nil {
			return call, found, err
		}
	}
	if err := s.jsonValue(found.Name, call.Args, false, pos); err != nil {
		return call, found, err
	}
	if n.AggFilter != nil {
		filter := *x
		filter.clause = "FILTER"
		if call.Filter, err = s.condition(&filter, n.AggFilter); err != nil {
			return call, found, err
		}
	}
	return call, found, nil
}

// A windowSpec is a window with what it takes over from the one that it names.
type windowSpec struct {
	partition, order []*pg.Node
	frame            *pg.WindowDef
	at               ast.Pos
}

// windowSpec follows names of windows.
func (s *binding) windowSpec(w *windowing, def *pg.WindowDef) (*windowSpec, error) {
	pos := s.pos(def.Location)
	base := def.Refname
	if def.Name != "" { // OVER name
		named := w.find(def.Name)
		if named == nil {
			return nil, fault(pos, "42704", "window %q does not exist", def.Name)
		}
		if w.used == nil {
			w.used = map[string]bool{}
		}
		w.used[def.Name] = true
		return s.windowSpec(w, &pg.WindowDef{Refname: named.Refname, PartitionClause: named.PartitionClause, OrderClause: named.OrderClause,
			FrameOptions: named.FrameOptions, StartOffset: named.StartOffset, EndOffset: named.EndOffset, Location: named.Location})
	}
	spec := &windowSpec{partition: def.PartitionClause, order: def.OrderClause, frame: def, at: pos}
	if base == "" {
		return spec, nil
	}
	named := w.find(base)
	if named == nil {
		return nil, fault(pos, "42704", "window %q does not exist", base)
	}
	from, err := s.windowSpec(w, &pg.WindowDef{Name: base, Location: def.Location})
	switch {
	case err != nil:
		return nil, err
	case len(def.PartitionClause) > 0:
		return nil, fault(pos, "42P20", "cannot override PARTITION BY clause of window %q", base)
	case len(def.OrderClause) > 0 && len(from.order) > 0:
		return nil, fault(pos, "42P20", "cannot override ORDER BY clause of window %q", base)
	case named.FrameOptions&frameGiven != 0:
		return nil, hint(fault(pos, "42P20", "cannot copy window %q because it has a frame clause", base), "write OVER %s without parentheses", base)
	}
	spec.partition = from.partition
	if len(spec.order) == 0 {
		spec.order = from.order
	}
	return spec, nil
}

// window binds a window: the node without input and calls, and the frame.
func (s *binding) window(x *exprs, spec *windowSpec) (*plan.Window, plan.Frame, error) {
	part := &plan.Window{}
	for _, n := range spec.partition {
		e, err := s.expr(x, n)
		if err != nil {
			return nil, plan.Frame{}, err
		}
		if e = s.known(e); !sortable(e.Type()) {
			return nil, plan.Frame{}, fault(e.Pos(), "42883", "values of type %s have no order", udf.TypeName(e.Type()))
		}
		part.Partition = append(part.Partition, e)
	}
	for _, n := range spec.order {
		key, err := s.aggregateKey(x, n.GetSortBy())
		if err != nil {
			return nil, plan.Frame{}, err
		}
		part.Order = append(part.Order, key)
	}
	frame, err := s.frame(x, spec, part)
	return part, frame, err
}

// add finds the call's column among those of its window, or gives it one.
func (w *windowing) add(part *plan.Window, call plan.WindowCall, column func() plan.Column) plan.Column {
	at := slices.IndexFunc(w.parts, func(have *plan.Window) bool { return sameWindow(have, part) })
	if at < 0 {
		at = len(w.parts)
		w.parts = append(w.parts, part)
	}
	into := w.parts[at]
	for _, have := range into.Calls {
		if sameCall(have, call) {
			return have.Column
		}
	}
	call.Column = column()
	into.Calls = append(into.Calls, call)
	return call.Column
}

func sameWindow(a, b *plan.Window) bool {
	return slices.EqualFunc(a.Partition, b.Partition, plan.Equal) &&
		slices.EqualFunc(a.Order, b.Order, func(a, b plan.Key) bool {
			return a.Desc == b.Desc && a.NullsFirst == b.NullsFirst && plan.Equal(a.Expr, b.Expr)
		})
}

func sameCall(a, b plan.WindowCall) bool {
	return a.Func == b.Func && slices.EqualFunc(a.Args, b.Args, plan.Equal) && sameOptional(a.Filter, b.Filter) &&
		a.Frame.Unit == b.Frame.Unit && a.Frame.Exclude == b.Frame.Exclude &&
		a.Frame.Start.Kind == b.Frame.Start.Kind && a.Frame.End.Kind == b.Frame.End.Kind &&
		sameOptional(a.Frame.Start.Offset, b.Frame.Start.Offset) && sameOptional(a.Frame.End.Offset, b.Frame.End.Offset)
}

func sameOptional(a, b plan.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return plan.Equal(a, b)
}
