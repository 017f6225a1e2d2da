package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/udf"
)

// typeName is the type that a name in the statement means.
func (s *binding) typeName(n *pg.TypeName) (arrow.DataType, error) {
	pos := s.pos(n.Location)
	if n.Setof || n.PctType {
		return nil, missing(pos, "SETOF and %TYPE", "name the type")
	}
	name := n.Names[len(n.Names)-1].GetString_().GetSval()
	if len(n.Names) > 1 && n.Names[0].GetString_().GetSval() != "pg_catalog" {
		return nil, fault(pos, "42704", "type %q does not exist", n.Names[0].GetString_().GetSval()+"."+name)
	}
	mods, err := s.typeModifiers(n)
	if err != nil {
		return nil, err
	}
	sized := mods
	if name == "interval" {
		sized = nil
	}
	t, err := udf.TypeNamed(name, sized)
	if err != nil {
		if instead := otherTypes[name]; instead != "" && state(err) == "42704" {
			return nil, hint(fault(pos, "42704", "type %q does not exist", name), "%s", instead)
		}
		return nil, at(pos, err)
	}
	if err := checkModifiers(name, mods, len(n.ArrayBounds) > 0, pos); err != nil {
		return nil, err
	}
	if len(n.ArrayBounds) > maxNesting {
		return nil, fault(pos, "54001", "statement too complex: its types nest more than %d deep", maxNesting)
	}
	for range n.ArrayBounds {
		t = arrow.ListOf(t)
	}
	return t, nil
}

// otherTypes are PostgreSQL's types that are not here, and what to take instead.
var otherTypes = map[string]string{
	"serial": aNumber, "bigserial": aNumber, "smallserial": aNumber, "serial4": aNumber, "serial8": aNumber, "serial2": aNumber,
	"money": "use numeric(19, 2)",
	"inet":  "use text", "cidr": "use text", "macaddr": "use text", "macaddr8": "use text", "xml": "use text", "tsvector": "use text", "tsquery": "use text",
	"bit": aBitmap, "varbit": aBitmap,
	"int4range": twoColumns, "int8range": twoColumns, "numrange": twoColumns, "daterange": twoColumns, "tsrange": twoColumns, "tstzrange": twoColumns,
	"point": "use two columns of double precision, or a struct", "box": "use four columns of double precision, or a struct",
	"timetz": "use timestamptz, or time and the zone's name as text",
	"oid":    "use bigint",
	"name":   "use text",
}

const (
	aNumber    = "use bigint, and number the rows when they are inserted: row_number() OVER (); or uuid with DEFAULT gen_random_uuid()"
	aBitmap    = "use integer or bigint with & | # ~ << >>, or bytea"
	twoColumns = "use two columns, one a bound"
)

// typeModifiers are the numbers in brackets behind a type's name.
func (s *binding) typeModifiers(n *pg.TypeName) ([]int, error) {
	var mods []int
	for _, m := range n.Typmods {
		c := m.GetAConst()
		if c == nil || c.GetIval() == nil {
			return nil, fault(s.where(m), "42601", "type modifiers must be integer constants")
		}
		mods = append(mods, int(c.GetIval().GetIval()))
	}
	return mods, nil
}

// checkModifiers refuses modifiers that would be without effect.
func checkModifiers(name string, mods []int, isArray bool, pos ast.Pos) error {
	if len(mods) == 0 {
		return nil
	}
	switch name {
	case "numeric", "decimal", "vector":
		return nil
	case "varchar", "bpchar":
		if isArray {
			return missing(pos, "a length for the elements of an array", "use text[]")
		}
		return nil
	case "timestamp", "timestamptz", "time", "timetz":
		return checkPrecision(mods[0], pos)
	case "interval": // the fields, then the precision
		if len(mods) > 1 {
			return checkPrecision(mods[1], pos)
		}
		return nil
	}
	return fault(pos, "42601", "type modifier is not allowed for type %q", name)
}

// microseconds is the number of digits behind the point of a second in every value.
const microseconds = 6

func checkPrecision(digits int, pos ast.Pos) error {
	if digits >= microseconds {
		return nil
	}
	return missing(pos, "rounding to fractions of a second", "leave the digits out: values have microseconds, and date_trunc('second', x) cuts them off")
}

// textLength is the length that varchar(n) and char(n) state.
func (s *binding) textLength(n *pg.TypeName) (length int, ok bool, err error) {
	name := n.Names[len(n.Names)-1].GetString_().GetSval()
	if (name != "varchar" && name != "bpchar") || len(n.Typmods) != 1 || len(n.ArrayBounds) > 0 {
		return 0, false, nil
	}
	length = int(n.Typmods[0].GetAConst().GetIval().GetIval())
	if length < 1 {
		return 0, false, fault(s.pos(n.Location), "22023", "length for type %s must be at least 1", name)
	}
	return length, true, nil
}
