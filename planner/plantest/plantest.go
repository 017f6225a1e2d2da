// Package plantest has what the planner's tests share: tests as text, and a catalog to plan against.
package plantest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests got into their files")

// A Case is one test of a file: a command line, the SQL below it and, behind dashes, what is expected.
type Case struct {
	Command string
	Args    []string // what follows the command, such as expect=push_filters
	SQL     string
	want    string
	before  string // comments and empty lines
}

// Arg is the value of an argument name=value, empty if it is not given.
func (c *Case) Arg(name string) string {
	for _, arg := range c.Args {
		if value, ok := strings.CutPrefix(arg, name+"="); ok {
			return value
		}
	}
	return ""
}

// Run runs every file of a folder. With -rewrite it writes the answers into the files instead of comparing them.
func Run(t *testing.T, dir string, answer func(t *testing.T, c *Case) string) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runFile(t, file, answer) })
	}
}

func runFile(t *testing.T, file string, answer func(t *testing.T, c *Case) string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cases, after := parse(string(text))
	for _, c := range cases {
		got := strings.TrimRight(answer(t, c), "\n")
		if !*rewrite && got != c.want {
			t.Errorf("%s\n%s\n---- got\n%s\n---- want\n%s", c.Command, c.SQL, got, c.want)
		}
		out.WriteString(c.before + strings.Join(append([]string{c.Command}, c.Args...), " ") + "\n" + c.SQL + "\n----\n" + got + "\n")
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// parse takes a file apart. An empty line ends what is expected.
func parse(text string) (cases []*Case, after string) {
	var before strings.Builder
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			before.WriteString(lines[i] + "\n")
			i++
			continue
		}
		words := strings.Fields(lines[i])
		c := &Case{Command: words[0], Args: words[1:], before: before.String()}
		before.Reset()
		var sql, want []string
		for i++; i < len(lines) && lines[i] != "----"; i++ {
			sql = append(sql, lines[i])
		}
		for i++; i < len(lines) && lines[i] != ""; i++ {
			want = append(want, lines[i])
		}
		c.SQL, c.want = strings.Join(sql, "\n"), strings.Join(want, "\n")
		cases = append(cases, c)
	}
	return cases, before.String()
}
