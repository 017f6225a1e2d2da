package udf

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

var rewrite = flag.Bool("rewrite", false, "write the results into testdata")

// TestCases evaluates the expressions in testdata. A line holds an expression, an arrow and its value as text: NULL, or an
// error's state and message. "-rewrite" writes what they come to; the diff is what to review.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runCases(t, file) })
	}
}

func runCases(t *testing.T, file string) {
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for lines := bufio.NewScanner(strings.NewReader(string(source))); lines.Scan(); {
		line := lines.Text()
		expression, want, _ := strings.Cut(line, " => ")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			fmt.Fprintln(&out, line)
			continue
		}
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		got, err := valueOf(mem, expression)
		mem.AssertSize(t, 0)
		if err != nil {
			var fault *Error
			if !errors.As(err, &fault) {
				t.Errorf("%s: %v", expression, err)
				continue
			}
			got = "ERROR " + fault.State + " " + fault.Msg
		}
		fmt.Fprintf(&out, "%s => %s\n", expression, got)
		if got != want && !*rewrite {
			t.Errorf("%s\n  is  %s\n  not %s", expression, got, want)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
