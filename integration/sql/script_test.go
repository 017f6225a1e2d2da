package sql

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/catalog/external"
	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/catalog/system"
	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/flightsrv"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

var rewrite = flag.Bool("rewrite", false, "write the answers that the server gives into the scripts")

// variants are the ways in which every script is run: the answers must be the same.
var variants = []struct {
	name   string
	change func(*flightsrv.Config)
}{
	{"plain", func(*flightsrv.Config) {}},
	{"unoptimized", func(c *flightsrv.Config) { c.Unoptimized = true }},
	{"one row a batch", func(c *flightsrv.Config) { c.BatchRows = 1 }},
}

func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("*.slt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d scripts, %v", len(paths), err)
	}
	for _, path := range paths {
		for i, v := range variants {
			if *rewrite && i > 0 {
				continue
			}
			t.Run(strings.TrimSuffix(path, ".slt")+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				runScript(t, path, serve(t, v.change))
			})
		}
	}
}

// serve starts a server over an empty lake and connects to it.
func serve(t *testing.T, change func(*flightsrv.Config)) *conn.Conn {
	t.Helper()
	return serveTables(t, iceberg.Options{}, change)
}

func serveTables(t *testing.T, options iceberg.Options, change func(*flightsrv.Config)) *conn.Conn {
	t.Helper()
	options.Logger = slog.New(slog.DiscardHandler)
	tables, err := iceberg.Open(context.Background(), t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := external.OpenRoots(t.TempDir(), "testdata/files") // what is written goes to the first
	if err != nil {
		t.Fatal(err)
	}
	functions, files := udf.Builtin(), external.NewReader(roots)
	all := system.New(tables, functions, flightsrv.Settings()...)
	config := flightsrv.Config{Allocator: exectest.Poison{}, Catalog: all, Files: files, Planner: &planner.Planner{Catalog: all, Files: files, Functions: functions}, Functions: functions}
	change(&config)
	server, err := flightsrv.New(config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	c, err := conn.Dial("grpc://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
		files.Close()
		tables.Close()
	})
	return c
}

func runScript(t *testing.T, path string, c *conn.Conn) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for i := range steps {
		s := &steps[i]
		got, err := answer(c, s.sql)
		if s.sort {
			slices.Sort(got)
			slices.Sort(s.want)
		}
		switch {
		case s.kind == "error" && err == nil:
			t.Errorf("%s:%d: no error %s from %s, but %v", path, s.line, s.state, s.sql, got)
		case s.kind == "error":
			checkError(t, path, s, conn.Message(err))
		case err != nil:
			t.Errorf("%s:%d: %s\n%s", path, s.line, s.sql, conn.Message(err))
		case s.kind == "query" && *rewrite:
			s.want = got
		case s.kind == "query" && !slices.Equal(got, s.want):
			t.Errorf("%s:%d: %s\ngot\n  %s\nwant\n  %s", path, s.line, s.sql, strings.Join(got, "\n  "), strings.Join(s.want, "\n  "))
		}
	}
	if *rewrite {
		if err := os.WriteFile(path, rewritten(string(text), steps), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func checkError(t *testing.T, path string, s *step, message string) {
	t.Helper()
	if !strings.HasPrefix(message, "ERROR "+s.state+":") {
		t.Errorf("%s:%d: %s\ngot error %s\nwant state %s", path, s.line, s.sql, message, s.state)
	}
	for _, part := range s.want {
		if !strings.Contains(message, strings.TrimSpace(part)) {
			t.Errorf("%s:%d: %s\ngot error %s\nwithout %q", path, s.line, s.sql, message, part)
		}
	}
}

// answer runs a statement and shows its rows as PostgreSQL's text.
func answer(c *conn.Conn, sql string) ([]string, error) {
	result, err := c.Run(context.Background(), sql)
	if err != nil {
		return nil, err
	}
	if result.Schema == nil {
		return []string{fmt.Sprint(result.Count)}, nil
	}
	var lines []string
	env := &udf.Env{}
	for batch, err := range result.Rows {
		if err != nil {
			return nil, err
		}
		for row := range int(batch.NumRows()) {
			cells := make([]string, batch.NumCols())
			for i, column := range batch.Columns() {
				cells[i] = "NULL"
				if !column.IsNull(row) {
					cells[i] = cell(column, row, env)
				}
			}
			lines = append(lines, strings.TrimRight(strings.Join(cells, " | "), " "))
		}
	}
	return lines, nil
}

// cell shows a value as psql does, which writes booleans as t and f.
func cell(column arrow.Array, row int, env *udf.Env) string {
	if b, ok := column.(*array.Boolean); ok {
		return map[bool]string{true: "t", false: "f"}[b.Value(row)]
	}
	return strings.ReplaceAll(udf.FormatValue(column, row, env), "\n", `\n`)
}

// rewritten is the script with the steps' answers.
func rewritten(text string, steps []step) []byte {
	lines := strings.Split(text, "\n")
	var out []string
	at := 0
	for _, s := range steps {
		if s.kind != "query" {
			continue
		}
		for ; at < s.line; at++ {
			out = append(out, lines[at])
		}
		for ; at < len(lines) && strings.TrimSpace(lines[at]) != "" && !strings.HasPrefix(lines[at], "----"); at++ {
			out = append(out, lines[at])
		}
		out = append(append(out, "----"), s.want...)
		for at < len(lines) && strings.TrimSpace(lines[at]) != "" {
			at++
		}
	}
	return []byte(strings.Join(append(out, lines[at:]...), "\n"))
}
