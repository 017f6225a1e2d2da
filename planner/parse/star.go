package parse

// StarExclude is the function, and StarReplace the first name in XMLFOREST, that stand behind a star for what DuckDB's grammar has there.
const (
	StarExclude = "mediaflight_exclude" // which the text of a view has without quotes
	StarReplace = "mediaflight_replace"
)

// stars rewrites what a star leaves out and puts in the place of columns:
//
//   - EXCLUDE (a, b)       =>  *, mediaflight_exclude(a, b)
//   - EXCLUDE a            =>  *, mediaflight_exclude(a)
//   - REPLACE (a + 1 AS a) =>  *, xmlforest(NULL AS mediaflight_replace, a + 1 AS a)
func stars(es edits, tokens []token) edits {
	for i, t := range tokens {
		if t.text != "*" || i == 0 || !opensItem(tokens[i-1]) {
			continue
		}
		at := i + 1
		if at+1 < len(tokens) && tokens[at].is("exclude") {
			open := ", " + StarExclude + "("
			if tokens[at+1].text != "(" {
				es = append(es, edit{tokens[at].start, tokens[at].end, open}, edit{tokens[at+1].end, tokens[at+1].end, ")"})
				at += 2
			} else {
				es = append(es, edit{tokens[at].start, tokens[at+1].end, open})
				at = closing(tokens, at+1) + 1
			}
		}
		if at+1 < len(tokens) && tokens[at].is("replace") && tokens[at+1].text == "(" {
			es = append(es, edit{tokens[at].start, tokens[at+1].end, ", xmlforest(NULL AS " + StarReplace + ","})
		}
	}
	return es
}

// opensItem tells whether an item of a select list may begin behind a token, or go on with a star. A star behind anything else multiplies.
func opensItem(before token) bool {
	switch before.text {
	case ",", ".":
		return true
	}
	return before.is("select") || before.is("distinct") || before.is("all") || before.is("returning")
}

// closing is the bracket that closes the one at i, or the last token.
func closing(tokens []token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch tokens[i].text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(tokens) - 1
}
