package parse

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/ast"
)

// rewrite turns what PostgreSQL's grammar lacks into what it has:
//
//	DESCRIBE t, DESC t, SHOW COLUMNS FROM t  =>  TABLE t, and Describe
//	DESCRIBE SELECT ...                      =>  SELECT ..., and Describe
//	SHOW TABLES [FROM s], SHOW SCHEMAS       =>  a query of information_schema; so are VIEWS and DATABASES
//	SHOW INDEXES [FROM t]                    =>  a query of mediaflight.index_stats
//	?                                        =>  $1, $2 ...
//	[1, 2, 3]                                =>  ARRAY[1, 2, 3]
//	FROM 'file.parquet'                      =>  FROM read_parquet('file.parquet')
//	GROUP BY ALL, ORDER BY ALL               =>  GROUP BY "*", ORDER BY "*"
//	QUALIFY condition                        =>  WINDOW mediaflight_qualify AS (PARTITION BY condition)
//	f(position => 1)                         =>  f("position" => 1)
//	COPY ... (FORMAT json)                   =>  COPY ... (FORMAT 'json')
//	* EXCLUDE (a) REPLACE (b + 1 AS b)       =>  *, and a function and an XMLFOREST that stand for them
//	PARTITIONED BY (day(added))              =>  WITH (partitioning = 'day(added)')
func rewrite(sql string, tokens []token) (*Statement, error) {
	stmt := &Statement{}
	edits, rest := command(stmt, tokens)
	var err error
	if stmt.edits, err = expressions(edits, rest); err != nil {
		return nil, err
	}
	stmt.edits = clauses(stars(partitionedBy(withFiles(stmt.edits, rest), rest), rest), rest)
	stmt.text = stmt.edits.apply(sql)
	return stmt, nil
}

// command rewrites the statement's first words. It returns the tokens behind them.
func command(stmt *Statement, tokens []token) (edits, []token) {
	at := func(i int) token {
		if i < len(tokens) {
			return tokens[i]
		}
		return token{}
	}
	first := at(0)
	second, third := at(1), at(2)
	switch {
	case first.is("copy"):
		return quoteFormat(tokens), tokens
	case first.is("describe") || first.is("desc"):
		return describe(stmt, tokens, 1)
	case !first.is("show"):
		return nil, tokens
	case second.is("columns") && (third.is("from") || third.is("in")):
		return describe(stmt, tokens, 3)
	case second.is("schemas") && third.text == "":
		return edits{{first.start, second.end, showSchemas}}, nil
	case second.is("tables") && (third.is("from") || third.is("in")) && at(3).text != "":
		schema := at(3)
		return edits{{first.start, schema.end, fmt.Sprintf(showTablesOf, quoteLiteral(identifier(schema)))}}, tokens[4:]
	case second.is("tables"):
		return edits{{first.start, second.end, showTables}}, tokens[2:]
	case second.is("views") && third.text == "":
		return edits{{first.start, second.end, showViews}}, nil
	case (second.is("databases") || second.is("catalogs")) && third.text == "":
		return edits{{first.start, second.end, showDatabases}}, nil
	case second.is("functions") && third.text == "":
		return edits{{first.start, second.end, showFunctions}}, nil
	case second.is("indexes") || second.is("index"):
		return showIndexes(tokens)
	}
	return nil, tokens
}

// quoteFormat has COPY's FORMAT json not be taken for the beginning of FORMAT JSON, which belongs to functions.
func quoteFormat(tokens []token) edits {
	for i, t := range tokens[1:] {
		if t.is("json") && tokens[i].is("format") {
			return edits{{t.start, t.end, "'json'"}}
		}
	}
	return nil
}

const (
	showSchemas   = `SELECT schema_name FROM information_schema.schemata ORDER BY schema_name`
	showViews     = `SELECT table_schema, table_name, view_definition FROM information_schema.views ORDER BY table_schema, table_name`
	showDatabases = `SELECT DISTINCT catalog_name FROM information_schema.schemata`
	showFunctions = `SELECT * FROM mediaflight.functions ORDER BY name`
	showTables    = `SELECT table_schema, table_name FROM information_schema.tables ` +
		`WHERE table_schema NOT IN ('information_schema', 'mediaflight') ORDER BY table_schema, table_name`
	showTablesOf = `SELECT table_schema, table_name FROM information_schema.tables ` +
		`WHERE lower(table_schema) = lower(%s) ORDER BY table_name`
)

// showIndexes rewrites SHOW INDEXES, all or those of one table.
func showIndexes(tokens []token) (edits, []token) {
	of, end, rest := "", tokens[1].end, tokens[2:]
	if len(rest) >= 2 && (rest[0].is("from") || rest[0].is("in") || rest[0].is("on")) {
		table := rest[1]
		end, rest = table.end, rest[2:]
		if len(rest) >= 2 && rest[0].text == "." {
			of = " AND lower(index_schema) = lower(" + quoteLiteral(identifier(table)) + ")"
			table = rest[1]
			end, rest = table.end, rest[2:]
		}
		of = " WHERE lower(table_name) = lower(" + quoteLiteral(identifier(table)) + ")" + of
	}
	return edits{{tokens[0].start, end, fmt.Sprintf(showIndexesOf, of)}}, rest
}

const showIndexesOf = `SELECT index_schema, index_name, table_name, column_name, metric, lists, bits, rows, rows_uncovered, bytes, state, detail ` +
	`FROM mediaflight.index_stats%s ORDER BY index_schema, index_name`

// describe rewrites a statement whose first n tokens mean DESCRIBE.
func describe(stmt *Statement, tokens []token, n int) (edits, []token) {
	stmt.Describe = true
	next := token{}
	if n < len(tokens) {
		next = tokens[n]
	}
	word := "TABLE"
	switch {
	case next.is("select"), next.is("with"), next.is("values"), next.is("table"), next.text == "(":
		word = ""
	}
	return edits{{tokens[0].start, tokens[n-1].end, word}}, tokens[n:]
}

// identifier is the name that an identifier's token means.
func identifier(t token) string {
	if strings.HasPrefix(t.text, `"`) {
		return strings.ReplaceAll(strings.Trim(t.text, `"`), `""`, `"`)
	}
	return strings.ToLower(t.text)
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// expressions rewrites parameters, list literals and names of arguments that are keywords.
func expressions(es edits, tokens []token) (edits, error) {
	question, dollar := 0, false
	for i, t := range tokens {
		switch {
		case t.kind == pg.Token_PARAM:
			dollar = true
		case t.kind == pg.Token_Op && strings.Contains(t.text, "?"):
			for _, at := range questionMarks(t.text) {
				question++
				es = append(es, edit{t.start + at, t.start + at + 1, fmt.Sprintf(" $%d ", question)})
			}
		case t.text == "[" && (i == 0 || !subscripts(tokens[i-1])):
			es = append(es, edit{t.start, t.start, "ARRAY"})
		case t.keyword == pg.KeywordKind_COL_NAME_KEYWORD && i+1 < len(tokens) && (tokens[i+1].text == "=>" || tokens[i+1].text == ":="):
			es = append(es, edit{t.start, t.end, `"` + identifier(t) + `"`})
		}
		if question > 0 && dollar {
			return nil, &ast.Error{Pos: ast.Pos(t.start), State: "42601", Msg: "parameters written both as ? and as $n",
				Hint: "write all parameters one way"}
		}
	}
	return es, nil
}

// operators are those that may stand right beside a ? without a space: the lexer then takes both for one operator.
var operators = map[string]bool{
	"": true, "=": true, "<": true, ">": true, "<=": true, ">=": true, "<>": true, "!=": true, "+": true, "-": true, "*": true,
	"/": true, "%": true, "^": true, "||": true, "<->": true, "<=>": true, "<#>": true, "<+>": true, "~~": true,
}

// questionMarks are the places of parameters in an operator's token, none if it is an operator with a ? in its name.
func questionMarks(op string) []int {
	var marks []int
	for _, part := range strings.Split(op, "?") {
		if !operators[part] {
			return nil
		}
	}
	for i := range len(op) {
		if op[i] == '?' {
			if i > 0 && op[i-1] == '?' {
				return nil
			}
			marks = append(marks, i)
		}
	}
	return marks
}

// subscripts tells whether [ behind the token takes an element of what stands before; else it opens a list.
func subscripts(before token) bool {
	switch before.kind {
	case pg.Token_IDENT, pg.Token_PARAM, pg.Token_SCONST, pg.Token_ICONST, pg.Token_FCONST, pg.Token_ARRAY, pg.Token_END_P:
		return true
	case pg.Token_Op:
		return false
	}
	switch before.text {
	case ")", "]", "?":
		return true
	}
	return before.keyword != pg.KeywordKind_NO_KEYWORD && before.keyword != pg.KeywordKind_RESERVED_KEYWORD
}
