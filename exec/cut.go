package exec

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf"
)

// Cut cuts what a plan gives into at most n parts, each made from about as many rows as the others: Env.Part takes one. Every
// row of the plan is in exactly one part, on whatever server and by however many workers it is run. It is nil for a plan that
// is not to be cut. params is nil for a plan without parameters.
//
// What is cut is the scan whose rows a plan passes on, by the addresses of its rows: through filters, projections and unnest,
// from the left side of joins, and from all operands of UNION ALL. The right sides of joins are read for each part. An
// aggregate, a limit or an order of the whole needs all rows in one place.
func (p *Plan) Cut(ctx context.Context, env Env, params arrow.RecordBatch, n int) ([]CutPart, error) {
	if n < 2 || params != nil && params.NumRows() != 1 || p.isVolatile(env.Functions) {
		return nil, nil
	}
	q, err := p.compileFor(ctx, env, params)
	if err != nil {
		return nil, err
	}
	defer q.compiler.Release()
	scans := drivingScans(q.root)
	if len(scans) == 0 || q.unpinned {
		return nil, nil
	}
	var all []cutStretch
	for i, s := range scans {
		stretches, ok, err := s.stretches(ctx, len(q.subqueries) == 0)
		if !ok || err != nil {
			return nil, err
		}
		for _, stretch := range stretches {
			all = append(all, cutStretch{stretch, i})
		}
	}
	return cut(all, len(scans), n), nil
}

func (p *Plan) compileFor(ctx context.Context, env Env, params arrow.RecordBatch) (*Query, error) {
	if params == nil {
		return p.Compile(ctx, env)
	}
	return p.CompileRows(ctx, env, params)
}

// isVolatile says whether a plan calls a function that gives something else each time, such as random(). Its rows, and how
// many there are, may be others in each part.
func (p *Plan) isVolatile(functions *udf.Set) bool {
	for _, name := range p.names.functions {
		name, _, _ = strings.Cut(name, ":")
		if functions.IsVolatile(name) {
			return true
		}
	}
	return false
}

// drivingScans are the scans whose rows an operator passes on one by one; none if it looks at several rows together.
func drivingScans(op Operator) []*Scan {
	switch o := plain(op).(type) {
	case *Scan:
		return []*Scan{o}
	case *Exchange:
		return drivingScans(o.Input)
	case *Filter:
		return drivingScans(o.Input)
	case *Project:
		return drivingScans(o.Input)
	case *Unnest:
		return drivingScans(o.Input)
	case *HashJoin:
		if o.Splits() {
			return drivingScans(o.Left)
		}
	case *RangeJoin:
		if o.Splits() {
			return drivingScans(o.Left)
		}
	case *NestedLoopJoin:
		if o.Splits() {
			return drivingScans(o.Left)
		}
	case *UnionAll:
		var all []*Scan
		for _, operand := range o.Operands {
			scans := drivingScans(operand)
			if len(scans) == 0 {
				return nil
			}
			all = append(all, scans...)
		}
		return all
	}
	return nil
}

// readOnly has the scans that drive a plan read their share of a part.
func readOnly(op Operator, part CutPart) error {
	if part == nil {
		return nil
	}
	scans := drivingScans(op)
	if len(scans) != len(part) {
		return &Error{State: stateStalePlan, Msg: "a part of a plan that is no longer cut that way", Hint: "run the statement again"}
	}
	for i, s := range scans {
		s.within = &part[i]
	}
	return nil
}

// stretches are the rows that the scan reads. It is not ok if they have no addresses. A filter with a subquery prunes nothing
// here, because the subquery would have to be run.
func (s *Scan) stretches(ctx context.Context, prune bool) (all []catalog.Stretch, ok bool, err error) {
	scan := catalog.Scan{Columns: s.Columns, Mem: s.Mem, Stats: new(catalog.ScanStats)}
	if s.Filter != nil && prune {
		scan.Prune = s.Filter.Predicates(ctx)
		defer func() {
			for _, p := range scan.Prune {
				p.Values.Release()
			}
		}()
	}
	tasks, err := s.Snapshot.Tasks(ctx, scan)
	if err != nil {
		return nil, false, err
	}
	for _, t := range tasks {
		addressed, ok := t.(catalog.AddressedTask)
		if !ok {
			return nil, false, nil
		}
		stretches, err := addressed.Stretches()
		if err != nil {
			return nil, false, err
		}
		all = append(all, stretches...)
	}
	return all, true, nil
}
