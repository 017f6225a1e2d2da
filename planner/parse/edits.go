package parse

import "strings"

// An edit replaces a piece of the user's text.
type edit struct {
	start, end int // in the user's text
	text       string
}

// edits are edits in the order of the text, not overlapping.
type edits []edit

// apply makes the text that is parsed.
func (es edits) apply(sql string) string {
	if len(es) == 0 {
		return sql
	}
	var b strings.Builder
	at := 0
	for _, e := range es {
		b.WriteString(sql[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(sql[at:])
	return b.String()
}

// original maps an offset in the edited text to the user's text; the inside of a replacement maps to its start.
func (es edits) original(offset int) int {
	shift := 0 // of the edited text against the user's, so far
	for _, e := range es {
		start := e.start + shift
		if offset < start {
			break
		}
		if offset < start+len(e.text) {
			return e.start
		}
		shift += len(e.text) - (e.end - e.start)
	}
	return offset - shift
}
