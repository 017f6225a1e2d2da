package session

import (
	"errors"
	"strings"
)

// An Error is a fault in the use of a session: an unknown setting, a value that it does not take, too many sessions.
type Error struct {
	State string // SQLSTATE
	Msg   string
	Hint  string
}

func (e *Error) Error() string { return e.Msg }

// SQLState is the error's SQLSTATE.
func (e *Error) SQLState() string { return e.State }

// inSetting says in which setting the error is.
func inSetting(err error, name string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	return &Error{State: e.State, Msg: "invalid value for " + name + ": " + e.Msg, Hint: e.Hint}
}

// suggest hints at the setting whose name is closest to an unknown one.
func suggest(name string) string {
	if strings.HasPrefix(name, "hnsw.") || strings.HasPrefix(name, "ivfflat.") || strings.HasPrefix(name, "ivf.") {
		return "state what searches are to find instead: SET target_recall = 0.98"
	}
	best, distance := "", 4
	for _, s := range Settings {
		for _, known := range append([]string{s.Name}, s.Aliases...) {
			if d := editDistance(name, known); d < distance && d < len(known)/2+1 {
				best, distance = known, d
			}
		}
	}
	if best == "" {
		return "SHOW ALL lists the parameters"
	}
	return "did you mean \"" + best + "\"?"
}

// editDistance is the number of letters to insert, delete or replace to make a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// clip cuts text to at most n bytes at a character's border.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}
