package bind

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/constant"
	"github.com/mediaflight/mediaflight/planner/plan"
	"github.com/mediaflight/mediaflight/udf"
)

// sampleBlocks are the methods of TABLESAMPLE, and how many rows that lie side by side each keeps or drops together.
var sampleBlocks = map[string]int64{"bernoulli": 1, "system": 1024}

// States of TABLESAMPLE.
const (
	invalidSample     = "2202H" // SELECT 1 FROM t TABLESAMPLE SYSTEM (101)
	invalidRepeatable = "2202G" // SELECT 1 FROM t TABLESAMPLE SYSTEM (1) REPEATABLE (NULL)
)

// fromSample binds a TABLESAMPLE: a condition on where a row lies, mixed with a seed. The same seed finds the same rows of a snapshot.
//
//	t TABLESAMPLE BERNOULLI (10) REPEATABLE (7)  =>  Filter(sampled(_row_address, 1, 10, 7), t)
func (s *binding) fromSample(n *pg.RangeTableSample, e env) (plan.Node, *scope, error) {
	pos := s.pos(n.Location)
	method := n.Method[len(n.Method)-1].GetString_().GetSval()
	block, ok := sampleBlocks[method]
	switch {
	case !ok:
		return nil, nil, hint(fault(pos, "42704", "tablesample method %s does not exist", method), "there are BERNOULLI and SYSTEM")
	case len(n.Args) != 1:
		return nil, nil, fault(pos, invalidSample, "tablesample method %s requires 1 argument, not %d", method, len(n.Args))
	}
	node, sc, err := s.fromItem(n.Relation, e, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	scan, ok := node.(*plan.Scan)
	if !ok {
		return nil, nil, fault(s.where(n.Relation), "42809", "TABLESAMPLE clause can only be applied to tables")
	}
	if !scan.Addressable() {
		return nil, nil, missing(pos, "TABLESAMPLE of these files", "filter by random() < 0.1")
	}
	percent, err := s.sampleArgument(n.Args[0], e)
	if err != nil {
		return nil, nil, err
	}
	if v, known := constantNumber(percent); known && (math.IsNaN(v) || v < 0 || v > 100) {
		return nil, nil, fault(percent.Pos(), invalidSample, "sample percentage must be between 0 and 100")
	} else if isNull(percent) {
		return nil, nil, fault(percent.Pos(), invalidSample, "TABLESAMPLE parameter cannot be null")
	}
	args := []plan.Expr{percent}
	if n.Repeatable != nil {
		seed, err := s.sampleArgument(n.Repeatable, e)
		if err != nil {
			return nil, nil, err
		}
		if isNull(seed) {
			return nil, nil, fault(seed.Pos(), invalidRepeatable, "TABLESAMPLE REPEATABLE parameter cannot be null")
		}
		args = append(args, seed)
	}
	address := s.newColumn(catalog.AddressColumn, arrow.PrimitiveTypes.Int64, false)
	scan.Address = &address
	kept, err := s.apply("sampled", append([]plan.Expr{columnRef(address), bigint(block, pos)}, args...), pos)
	if err != nil {
		return nil, nil, err
	}
	return &plan.Project{Input: &plan.Filter{Input: scan, Cond: kept}, Items: refs(scan.Columns()[:len(scan.Read)])}, sc, nil
}

// sampleArgument is a number that is the same for all rows.
func (s *binding) sampleArgument(n *pg.Node, e env) (plan.Expr, error) {
	value, err := s.expr(&exprs{clause: "TABLESAMPLE", scope: s.argumentScope, env: e}, n)
	if err != nil {
		return nil, err
	}
	if value, err = s.coerce(value, arrow.PrimitiveTypes.Float64, udf.Assignment); err != nil {
		return nil, err
	}
	return constant.Folder{Functions: s.Functions, Env: &s.Env}.Fold(value), nil
}

// constantNumber is the value of a constant double.
func constantNumber(e plan.Expr) (v float64, known bool) {
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.IsNull(0) {
		return 0, false
	}
	return l.Value.(*array.Float64).Value(0), true
}

func isNull(e plan.Expr) bool {
	l, ok := e.(*plan.Literal)
	return ok && l.Value.IsNull(0)
}
