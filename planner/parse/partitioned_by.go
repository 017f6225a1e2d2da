package parse

import "strings"

// Partitioning is the property that holds an item of PARTITIONED BY.
const Partitioning = "partitioning"

// partitionedBy rewrites the clause by which Spark puts a table's rows into files, and Trino's property for the same: PostgreSQL's
// grammar has another one, which CREATE TABLE AS lacks.
//
//	PARTITIONED BY (day(added), kind)                 =>  WITH (partitioning = 'day(added)', partitioning = 'kind')
//	WITH (partitioning = ARRAY['day(added)', 'kind'])  =>  WITH (partitioning = 'day(added)', partitioning = 'kind')
//
// A WITH that follows PARTITIONED BY goes on with the same list.
func partitionedBy(es edits, tokens []token) edits {
	if len(tokens) == 0 || !tokens[0].is("create") {
		return es
	}
	depth := 0
	for i, t := range tokens {
		switch {
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case depth == 0 && (t.is("as") || t.is("select")):
			return es
		case depth == 0 && t.is("partitioned") && i+2 < len(tokens) && tokens[i+1].is("by") && tokens[i+2].text == "(":
			es = append(es, edit{t.start, tokens[i+2].end, "WITH (" + Partitioning + " = '"})
			return partitionItems(es, tokens, i+3)
		case depth == 1 && t.is(Partitioning) && i+3 < len(tokens) && tokens[i+1].text == "=" && tokens[i+2].is("array") && tokens[i+3].text == "[":
			es = append(es, edit{tokens[i+2].start, tokens[i+3].end, ""})
			return arrayItems(es, tokens[i+4:])
		}
	}
	return es
}

// partitionItems quotes the items from a token on.
func partitionItems(es edits, tokens []token, i int) edits {
	depth := 0
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.text == "(":
			depth++
		case t.text == ")" && depth > 0:
			depth--
		case t.text == "," && depth == 0:
			next := t.end
			if i+1 < len(tokens) {
				next = tokens[i+1].start
			}
			es = append(es, edit{t.start, next, "', " + Partitioning + " = '"})
		case t.text == ")" && i+2 < len(tokens) && tokens[i+1].is("with") && tokens[i+2].text == "(":
			return append(es, edit{t.start, tokens[i+2].end, "', "})
		case t.text == ")":
			return append(es, edit{t.start, t.end, "')"})
		case strings.Contains(t.text, "'"):
			return es // the parser will find the quotes unbalanced
		}
	}
	return es
}

// arrayItems makes a property of each of the array's items.
func arrayItems(es edits, tokens []token) edits {
	for _, t := range tokens {
		switch t.text {
		case ",":
			es = append(es, edit{t.start, t.end, ", " + Partitioning + " ="})
		case "]":
			return append(es, edit{t.start, t.end, ""})
		}
	}
	return es
}
