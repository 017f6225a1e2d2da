package shell

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// A command is a line that begins with a backslash.
type command struct {
	name, args, doc string
	run             func(s *Shell, ctx context.Context, args string) error
}

// commands lists them as \? shows them.
func commands() []command {
	return []command{
		{"d", "[TABLE]", "list tables, or describe one", (*Shell).describe},
		{"dt", "", "list tables", func(s *Shell, ctx context.Context, _ string) error { return s.Run(ctx, listTables) }},
		{"di", "[TABLE]", "list vector indexes", (*Shell).listIndexes},
		{"dn", "", "list schemas", func(s *Shell, ctx context.Context, _ string) error { return s.Run(ctx, listSchemas) }},
		{"df", "[NAME]", "list functions", (*Shell).listFunctions},
		{"timing", "[on|off]", "show how long statements take", (*Shell).timing},
		{"format", "table|csv|json|parquet", "how rows are written", (*Shell).setFormat},
		{"o", "[FILE]", "write rows to a file; without FILE, to the terminal again", (*Shell).setOutput},
		{"i", "FILE", "run the statements in a file", (*Shell).include},
		{"?", "", "this list", (*Shell).help},
		{"q", "", "leave", func(*Shell, context.Context, string) error { return errQuit }},
	}
}

const (
	listTables = `SELECT table_schema AS schema, table_name AS name, table_type AS type FROM information_schema.tables ` +
		`WHERE table_schema NOT IN ('information_schema', 'mediaflight') ORDER BY 1, 2`
	listSchemas = `SELECT schema_name AS name FROM information_schema.schemata ORDER BY 1`
)

func (s *Shell) command(ctx context.Context, line string) error {
	name, args, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(line), ";"), " ")
	for _, c := range commands() {
		if c.name == name {
			return c.run(s, ctx, strings.TrimSpace(args))
		}
	}
	return s.fail(`unknown command \%s; \? lists the commands`, name)
}

func (s *Shell) fail(format string, args ...any) error {
	fmt.Fprintf(s.Err, "ERROR: "+format+"\n", args...)
	return ErrFailed
}

func (s *Shell) describe(ctx context.Context, name string) error {
	if name == "" {
		return s.Run(ctx, listTables)
	}
	return s.Run(ctx, "DESCRIBE "+name)
}

func (s *Shell) listIndexes(ctx context.Context, table string) error {
	if table == "" {
		return s.Run(ctx, "SHOW INDEXES")
	}
	return s.Run(ctx, "SHOW INDEXES FROM "+table)
}

func (s *Shell) listFunctions(ctx context.Context, name string) error {
	sql := `SELECT name, arguments, doc FROM mediaflight.functions`
	if name != "" {
		sql += ` WHERE name ILIKE '` + strings.ReplaceAll(name, "'", "''") + `%'`
	}
	return s.Run(ctx, sql+` ORDER BY 1, 2`)
}

func (s *Shell) timing(_ context.Context, arg string) error {
	switch arg {
	case "":
		s.Timing = !s.Timing
	case "on", "off":
		s.Timing = arg == "on"
	default:
		return s.fail(`\timing takes on or off`)
	}
	fmt.Fprintf(s.Out, "Timing is %s.\n", map[bool]string{true: "on", false: "off"}[s.Timing])
	return nil
}

func (s *Shell) setFormat(_ context.Context, name string) error {
	format, err := formatOf(name)
	if err != nil {
		return s.fail("%v", err)
	}
	s.Format = format
	return nil
}

func (s *Shell) setOutput(_ context.Context, file string) error {
	s.Output = file
	return nil
}

func (s *Shell) include(ctx context.Context, file string) error {
	script, err := os.ReadFile(file)
	if err != nil {
		return s.fail("%v", err)
	}
	return s.RunScript(ctx, string(script))
}

func (s *Shell) help(context.Context, string) error {
	for _, c := range commands() {
		fmt.Fprintf(s.Out, "  %-32s %s\n", `\`+strings.TrimSpace(c.name+" "+c.args), c.doc)
	}
	fmt.Fprintln(s.Out, "Everything else is SQL and ends with a semicolon.")
	return nil
}
