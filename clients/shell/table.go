package shell

import (
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/mattn/go-runewidth"

	"github.com/mediaflight/mediaflight/clients/conn"
)

// tableRows is how many rows are looked at to choose the columns' widths; the rows after them are cut to those.
const tableRows = 1000

// widest bounds a column on a terminal whose width is not known.
const widest = 80

// writeTable writes rows in aligned columns, as psql does: numbers to the right, all else to the left. Columns that
// would not fit into width characters are cut, the widest first; width 0 is no terminal, and nothing is cut.
func writeTable(w io.Writer, r *conn.Result, width int) (rows int64, err error) {
	t := &table{out: w, names: fieldNames(r.Schema), right: make([]bool, r.Schema.NumFields())}
	for i, f := range r.Schema.Fields() {
		t.right[i] = isNumber(f.Type)
	}
	for batch, err := range r.Rows {
		if err != nil {
			return rows, err
		}
		for row := range int(batch.NumRows()) {
			if err := t.add(cells(batch, row, width > 0), width); err != nil {
				return rows, err
			}
		}
		rows += batch.NumRows()
	}
	if err := t.flush(width); err != nil {
		return rows, err
	}
	_, err = fmt.Fprintf(w, "(%d %s)\n", rows, plural(rows, "row"))
	return rows, err
}

func cells(batch arrow.RecordBatch, row int, cut bool) []string {
	line := make([]string, batch.NumCols())
	for i, column := range batch.Columns() {
		switch {
		case column.IsNull(row):
			line[i] = "NULL"
		case cut:
			line[i] = oneLine(short(column, row))
		default:
			line[i] = oneLine(text(column, row))
		}
	}
	return line
}

// oneLine shows line breaks and other control characters as what Go would write for them.
func oneLine(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case isControl(c):
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// A table holds the first rows until the columns' widths are known.
type table struct {
	out    io.Writer
	names  []string
	right  []bool
	held   [][]string
	widths []int // nil until chosen
}

func (t *table) add(line []string, width int) error {
	if t.widths != nil {
		return t.print(line)
	}
	t.held = append(t.held, line)
	if len(t.held) < tableRows {
		return nil
	}
	return t.flush(width)
}

// flush chooses the widths and prints the header and the rows that were held.
func (t *table) flush(width int) error {
	if t.widths != nil {
		return nil
	}
	t.widths = make([]int, len(t.names))
	for i, name := range t.names {
		t.widths[i] = runewidth.StringWidth(name)
		for _, line := range t.held {
			t.widths[i] = max(t.widths[i], runewidth.StringWidth(line[i]))
		}
	}
	if width > 0 {
		fit(t.widths, width-3*len(t.widths)+1)
	}
	var header, rule []string
	for i, name := range t.names {
		name = runewidth.Truncate(name, t.widths[i], "…")
		left := (t.widths[i] - runewidth.StringWidth(name)) / 2
		header = append(header, runewidth.FillRight(strings.Repeat(" ", left)+name, t.widths[i]))
		rule = append(rule, strings.Repeat("-", t.widths[i]))
	}
	if _, err := fmt.Fprintf(t.out, " %s\n-%s-\n", strings.TrimRight(strings.Join(header, " | "), " "), strings.Join(rule, "-+-")); err != nil {
		return err
	}
	for _, line := range t.held {
		if err := t.print(line); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

// fit narrows the widest columns until all of them together take no more than total characters.
func fit(widths []int, total int) {
	const narrowest = 8
	for {
		sum, widestAt := 0, 0
		for i, w := range widths {
			sum += w
			if w > widths[widestAt] {
				widestAt = i
			}
		}
		if sum <= total || len(widths) == 0 || widths[widestAt] <= narrowest {
			return
		}
		widths[widestAt]--
	}
}

func (t *table) print(line []string) error {
	parts := make([]string, len(line))
	for i, cell := range line {
		cell = runewidth.Truncate(cell, t.widths[i], "…")
		if t.right[i] {
			parts[i] = runewidth.FillLeft(cell, t.widths[i])
		} else {
			parts[i] = runewidth.FillRight(cell, t.widths[i])
		}
	}
	_, err := fmt.Fprintf(t.out, " %s\n", strings.TrimRight(strings.Join(parts, " | "), " "))
	return err
}

func plural(n int64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
