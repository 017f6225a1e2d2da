package files

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests got into testdata")

// TestText reads the cases of testdata: a format, perhaps with "header=off" and the columns of a table in parentheses; the
// text of a file, with <blank> for an empty line and \0xff for a byte that is not UTF-8; dashes; what comes of it.
func TestText(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var after []string
		for _, c := range strings.Split(string(content), "\n\n") {
			head, rest, _ := strings.Cut(strings.Trim(c, "\n"), "\n")
			input, want, _ := strings.Cut(rest, "----")
			comment := ""
			for strings.HasPrefix(head, "#") {
				comment += head + "\n"
				head, input, _ = strings.Cut(input, "\n")
			}
			want = strings.Trim(want, "\n")
			got := strings.TrimRight(runText(t, head, input), "\n")
			after = append(after, comment+head+"\n"+input+"----\n"+got)
			if !*rewrite && got != want {
				t.Errorf("%s: %s\n%s----\ngot\n%s\nwant\n%s", path, head, input, got, want)
			}
		}
		if *rewrite {
			if err := os.WriteFile(path, []byte(strings.Join(after, "\n\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func runText(t *testing.T, head, input string) string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	format, columns, _ := strings.Cut(head, " (")
	format, header, _ := strings.Cut(format, " ")
	opts := Options{Mem: mem, NoHeader: header == "header=off"}
	if columns != "" {
		opts.Types = tableOf(t, strings.TrimSuffix(columns, ")"))
	}
	path := filepath.Join(t.TempDir(), "file."+format)
	input = strings.NewReplacer("\\0xff", "\xff", "<blank>", "").Replace(input)
	if err := os.WriteFile(path, []byte(input), 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(show(mem, path, opts), filepath.Dir(path)+"/", "")
}

// tableOf reads columns such as: id bigint not null, tag uuid.
func tableOf(t *testing.T, columns string) *arrow.Schema {
	t.Helper()
	var fields []arrow.Field
	for column := range strings.SplitSeq(columns, ", ") {
		name, typ, _ := strings.Cut(column, " ")
		typ, notNull := strings.CutSuffix(typ, " not null")
		base, mods := typ, []int(nil)
		if i := strings.IndexByte(typ, '('); i > 0 {
			base, mods = typ[:i], make([]int, 1)
			if _, err := fmt.Sscanf(typ[i:], "(%d)", &mods[0]); err != nil {
				t.Fatal(err)
			}
		}
		base, isArray := strings.CutSuffix(base, "[]")
		dt, err := udf.TypeNamed(base, mods)
		if err != nil {
			t.Fatal(err)
		}
		if isArray {
			dt = arrow.ListOf(dt)
		}
		fields = append(fields, arrow.Field{Name: name, Type: dt, Nullable: !notNull})
	}
	return arrow.NewSchema(fields, nil)
}

// show loads a file and says what came: columns with types, then rows, or the error.
func show(mem memory.Allocator, path string, opts Options) string {
	source, err := Open(path, opts)
	if err != nil {
		return showError(err)
	}
	to := opts.Types
	if to == nil {
		if to, err = TableSchema(source.Schema()); err != nil {
			return showError(err)
		}
	}
	var b strings.Builder
	for i, f := range to.Fields() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", f.Name, udf.TypeName(f.Type))
	}
	b.WriteString("\n")
	for batch, err := range Read(context.Background(), source, to, mem) {
		if err != nil {
			return showError(err)
		}
		for row := range int(batch.NumRows()) {
			for i, column := range batch.Columns() {
				if i > 0 {
					b.WriteString(" | ")
				}
				b.WriteString(column.ValueStr(row))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func showError(err error) string {
	var fault *Error
	if !errors.As(err, &fault) {
		return "no *Error: " + err.Error()
	}
	text := fault.SQLState() + " " + err.Error()
	if fault.Hint != "" {
		text += "\nhint: " + fault.Hint
	}
	return text
}
