package parse

import "strings"

// A Part is a statement of a script.
type Part struct {
	Pos  int // byte offset in the script
	Text string
}

// Split cuts a script at its semicolons. A last statement without one is a part too, comments alone are none.
func Split(sql string) ([]Part, error) {
	if err := checkText(sql); err != nil {
		return nil, err
	}
	tokens, err := scan(sql)
	if err != nil {
		return nil, syntaxError(sql, nil, err)
	}
	var parts []Part
	start := -1
	for _, t := range tokens {
		switch {
		case t.text == ";":
			if start >= 0 {
				parts = append(parts, Part{start, sql[start:t.start]})
			}
			start = -1
		case start < 0:
			start = t.start
		}
	}
	if start >= 0 {
		parts = append(parts, Part{start, strings.TrimRight(sql[start:], " \t\r\n")})
	}
	return parts, nil
}
