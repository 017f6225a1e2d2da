package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A PartitionField is one of the values by which a table's rows are put into different files: what a transform makes of a column.
// Rows for which all of them are equal are a partition. Names of transforms are those of Iceberg.
type PartitionField struct {
	Transform string // "identity", "bucket", "truncate", "year", "month", "day" or "hour"
	Column    string
	Width     int // how many buckets there are, or to how many characters or which multiple values are cut; else 0
}

// PartitionTransforms are the transforms that a table can be made with.
var PartitionTransforms = []string{"identity", "bucket", "truncate", "year", "month", "day", "hour"}

// Widened tells the transforms that need a width.
func (f PartitionField) Widened() bool { return f.Transform == "bucket" || f.Transform == "truncate" }

// String spells a field as PARTITIONED BY takes it.
func (f PartitionField) String() string {
	column := quoteIdentifier(f.Column)
	switch {
	case f.Transform == "identity":
		return column
	case f.Widened():
		return fmt.Sprintf("%s(%d, %s)", f.Transform, f.Width, column)
	}
	return f.Transform + "(" + column + ")"
}

// ParsePartitionField reads what String spells, and the other spellings that Spark and Trino have: days(column), and a width that
// comes second. A name without quotes is folded to lower case.
func ParsePartitionField(text string) (PartitionField, error) {
	name, rest, err := cutIdentifier(text)
	if err != nil {
		return PartitionField{}, err
	}
	if rest == "" {
		return PartitionField{Transform: "identity", Column: name}, nil
	}
	f := PartitionField{Transform: name}
	if single := strings.TrimSuffix(name, "s"); slices.Contains([]string{"year", "month", "day", "hour"}, single) {
		f.Transform = single
	}
	if !slices.Contains(PartitionTransforms, f.Transform) {
		return f, fmt.Errorf("partition transform does not exist: %q", name)
	}
	if !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
		return f, fmt.Errorf("malformed partition field: %q", text)
	}
	return f.withArguments(strings.TrimSpace(rest[1 : len(rest)-1]))
}

// withArguments reads a column, and a width before or behind it.
func (f PartitionField) withArguments(args string) (PartitionField, error) {
	malformed := fmt.Errorf("partition transform %s takes %s", f.Transform, map[bool]string{false: "a column", true: "a positive number and a column"}[f.Widened()])
	width := func(text string) (err error) {
		if f.Width, err = strconv.Atoi(strings.TrimSpace(text)); err != nil || f.Width <= 0 || f.Width > 1<<31-1 {
			return malformed
		}
		return nil
	}
	if f.Widened() && args != "" && args[0] >= '0' && args[0] <= '9' {
		first, rest, _ := strings.Cut(args, ",")
		if err := width(first); err != nil {
			return f, err
		}
		args = strings.TrimSpace(rest)
	}
	column, rest, err := cutIdentifier(args)
	if err != nil {
		return f, malformed
	}
	f.Column = column
	if second, ok := strings.CutPrefix(rest, ","); ok && f.Widened() && f.Width == 0 {
		if err := width(second); err != nil {
			return f, err
		}
		rest = ""
	}
	if rest != "" || f.Widened() != (f.Width > 0) {
		return f, malformed
	}
	return f, nil
}

// cutIdentifier cuts a name of SQL off the beginning of a text.
func cutIdentifier(text string) (name, rest string, err error) {
	text = strings.TrimSpace(text)
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		for {
			part, after, ok := strings.Cut(quoted, `"`)
			if !ok {
				return "", "", fmt.Errorf("unterminated name: %s", text)
			}
			name += part
			if quoted, ok = strings.CutPrefix(after, `"`); !ok {
				return name, strings.TrimSpace(after), nil
			}
			name += `"`
		}
	}
	end := strings.IndexFunc(text, func(r rune) bool {
		return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
	})
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return "", "", fmt.Errorf("a column or a transform of one is expected: %q", text)
	}
	return strings.ToLower(text[:end]), strings.TrimSpace(text[end:]), nil
}

// quoteIdentifier spells a name so that cutIdentifier reads it.
func quoteIdentifier(name string) string {
	if cut, rest, err := cutIdentifier(name); err == nil && rest == "" && cut == name {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
