// Package random makes queries at random over typed tables with NULLs. They are right in SQL's grammar and types, and have one answer
// whatever the plan is, so that two databases must agree on them.
//
// What an answer may depend on is left out: the order of rows that tie, sums of floats in another order, the number of digits of a
// quotient, and whether a condition that fails is looked at.
package random

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Schema makes the tables that queries are about.
var Schema = []string{
	`CREATE TABLE r (id int, i int, b bigint, n numeric(8, 2), f double precision, t text, d date, ts timestamp, q boolean)`,
	`CREATE TABLE s (id int, r_id int, i int, n numeric(8, 2), t text, d date, q boolean, a int[], w text[], z timestamptz)`,
	`CREATE TABLE e (id int, b bigint, t text, ts timestamp, f double precision)`,
	`CREATE TABLE u (id int, i int, n numeric(8, 2), t text, d date, q boolean)`,
}

// columns are the columns of the tables by their types.
var columns = map[string][]column{
	"r": {{"id", Int}, {"i", Int}, {"b", Bigint}, {"n", Numeric}, {"f", Float}, {"t", Text}, {"d", Date}, {"ts", Timestamp}, {"q", Bool}},
	"s": {{"id", Int}, {"r_id", Int}, {"i", Int}, {"n", Numeric}, {"t", Text}, {"d", Date}, {"q", Bool}, {"a", Ints}, {"w", Texts}, {"z", Timestamptz}},
	"e": {{"id", Int}, {"b", Bigint}, {"t", Text}, {"ts", Timestamp}, {"f", Float}},
	"u": {{"id", Int}, {"i", Int}, {"n", Numeric}, {"t", Text}, {"d", Date}, {"q", Bool}},
}

// A Type is what generated expressions have.
type Type int

const (
	Int Type = iota
	Bigint
	Numeric
	Float
	Text
	Date
	Timestamp
	Timestamptz
	Bool
	// Of these, values that are equal may look different, or an order is not the same everywhere.
	Ints // an array
	Texts
	Interval
	Json
)

type column struct {
	name string // with the table's alias before it, in a scope
	t    Type
}

// A Generator makes queries. It is not safe for use at once.
type Generator struct {
	*rand.Rand
	scopes  [][]column // of the queries around, the innermost last
	aliases int
}

// New makes a generator whose queries follow from the seed.
func New(seed uint64) *Generator { return &Generator{Rand: rand.New(rand.NewPCG(seed, 1))} }

// Rows are statements that fill the tables; e stays empty.
func (g *Generator) Rows() []string {
	var out []string
	for _, table := range []string{"r", "s", "u"} {
		count := map[string]int{"r": 25, "s": 40, "u": 15}[table]
		var rows []string
		for id := range count {
			values := []string{fmt.Sprint(id)}
			for _, c := range columns[table][1:] {
				values = append(values, g.orNull(c.t))
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		out = append(out, "INSERT INTO "+table+" VALUES "+strings.Join(rows, ", "))
	}
	return out
}

func (g *Generator) orNull(t Type) string {
	if g.IntN(5) == 0 {
		return "NULL"
	}
	return g.constant(t)
}

var words = []string{"''", "'a'", "'b'", "'A'", "'ab'", "'abc'", "'x y'", "'  pad '", "'Straße'", "'10'", "'a,b,c'", "'%_'"}

// constant is a value with few others beside it, so that equal ones meet.
func (g *Generator) constant(t Type) string {
	switch t {
	case Int, Bigint:
		return fmt.Sprint(g.IntN(12) - 3)
	case Numeric:
		return fmt.Sprintf("%.2f", float64(g.IntN(40)-10)/4)
	case Float:
		return fmt.Sprintf("%.2f::double precision", float64(g.IntN(40)-10)/4)
	case Text:
		return words[g.IntN(len(words))] + "::text"
	case Date:
		return fmt.Sprintf("DATE '2024-%02d-%02d'", 1+g.IntN(3), 1+g.IntN(29))
	case Timestamp:
		return fmt.Sprintf("TIMESTAMP '2024-%02d-%02d %02d:%02d:00'", 1+g.IntN(3), 1+g.IntN(29), g.IntN(24), g.IntN(4)*15)
	case Timestamptz:
		return fmt.Sprintf("TIMESTAMPTZ '2024-%02d-%02d %02d:30:00%s'", 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.pick("+00", "+02", "-05:30"))
	case Interval:
		return g.pick("INTERVAL '1 day'", "INTERVAL '1 month'", "INTERVAL '90 minutes'", "INTERVAL '1 month -3 days'", "INTERVAL '-2 hours'", "INTERVAL '1 year 2 days 00:00:01.5'")
	case Bool:
		return g.pick("true", "false")
	case Json:
		return g.pick(`'{"a": 1, "b": [1, 2, "x"]}'`, `'[1, 2, null]'`, `'{"a": null}'`, `'{"b": {"a": "y"}}'`, `'"a"'`, `'{}'`) + "::jsonb"
	}
	of, array := Int, "int[]"
	if t == Texts {
		of, array = Text, "text[]"
	}
	items := make([]string, g.IntN(4))
	for i := range items {
		items[i] = g.orNull(of)
	}
	return "ARRAY[" + strings.Join(items, ", ") + "]::" + array
}

// pick is one of several texts.
func (g *Generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// oneOf chooses one of several ways to write an expression.
func (g *Generator) oneOf(ways ...func() string) string { return ways[g.IntN(len(ways))]() }

// column is a column of a type: mostly of the query itself, now and then of one around it. It is empty where there is none.
func (g *Generator) column(t Type) string {
	for level := len(g.scopes) - 1; level >= 0; level-- {
		if level > 0 && g.IntN(3) == 0 {
			continue
		}
		var found []string
		for _, c := range g.scopes[level] {
			if c.t == t {
				found = append(found, c.name)
			}
		}
		if len(found) > 0 {
			return found[g.IntN(len(found))]
		}
	}
	return ""
}

func (g *Generator) alias() string {
	g.aliases++
	return fmt.Sprintf("t%d", g.aliases)
}

// ordinary is a type that sorts and groups alike everywhere.
func (g *Generator) ordinary() Type { return Type(g.IntN(int(Ints))) }
