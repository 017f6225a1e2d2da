// Package sql runs the .slt files of this folder against a server: SQL and the answers it must give.
package sql

import (
	"fmt"
	"strconv"
	"strings"
)

// A step is one entry of a script:
//
//	statement          SQL that must succeed, up to an empty line
//	query              SQL, a line of dashes, then the rows, columns apart by " | "; in any order with `query rowsort`
//	error 42703        SQL that must fail with this SQLSTATE; after the dashes, a part of the error's text
//
// Lines that begin with # are comments.
type step struct {
	line  int // of the script, from 1
	kind  string
	state string // of error
	sort  bool
	sql   string
	want  []string
}

// parse reads a script.
func parse(text string) ([]step, error) {
	var steps []step
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		head := strings.Fields(lines[i])
		if len(head) == 0 || strings.HasPrefix(head[0], "#") {
			continue
		}
		s := step{line: i + 1, kind: head[0]}
		switch {
		case s.kind == "statement" && len(head) == 1, s.kind == "query" && len(head) == 1:
		case s.kind == "query" && head[1] == "rowsort":
			s.sort = true
		case s.kind == "error" && len(head) == 2:
			s.state = head[1]
		default:
			return nil, fmt.Errorf("line %s: not a step: %s", strconv.Itoa(i+1), lines[i])
		}
		body := &s.sql
		var sql, want []string
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			switch {
			case strings.HasPrefix(lines[i], "----"):
				body = nil
			case body != nil:
				sql = append(sql, lines[i])
			default:
				want = append(want, lines[i])
			}
		}
		s.sql, s.want = strings.Join(sql, "\n"), want
		steps = append(steps, s)
	}
	return steps, nil
}
