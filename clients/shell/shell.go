// Package shell is the terminal client: it sends SQL to a Flight SQL server and shows what comes back.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mediaflight/mediaflight/clients/conn"
)

// A Shell runs statements and commands and writes their answers. It is used by one goroutine.
type Shell struct {
	Conn   *conn.Conn
	Out    io.Writer
	Err    io.Writer
	Format Format
	// Output is the file that rows go to instead of Out; "" for none. Every statement writes it anew.
	Output string
	Timing bool
	Quiet  bool // no counts and command tags: only rows
	Width  int  // of a table in characters; 0 for the terminal's, or no limit where there is none
}

// ErrFailed is returned once a statement's error has been shown.
var ErrFailed = errors.New("a statement failed")

// errQuit ends the shell: \q.
var errQuit = errors.New("quit")

// RunScript runs statements up to the first that fails. The last one needs no semicolon; a line that begins with a
// backslash is a command.
func (s *Shell) RunScript(ctx context.Context, script string) error {
	var sql strings.Builder
	flush := func() error {
		statements, rest := split(sql.String())
		if !blank(rest) {
			statements = append(statements, strings.TrimSpace(rest))
		}
		sql.Reset()
		for _, statement := range statements {
			if err := s.Run(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}
	for line := range strings.Lines(script) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), `\`); ok {
			if _, rest := split(sql.String()); blank(rest) {
				if err := flush(); err != nil {
					return err
				}
				if err := s.command(ctx, command); errors.Is(err, errQuit) {
					return nil
				} else if err != nil {
					return err
				}
				continue
			}
		}
		sql.WriteString(line)
	}
	return flush()
}

// Run runs one statement. An error is shown, and ErrFailed returned.
func (s *Shell) Run(ctx context.Context, sql string) error {
	start := time.Now()
	if err := s.run(ctx, sql); err != nil {
		if errors.Is(ctx.Err(), context.Canceled) { // nobody else ends it: Ctrl-C
			fmt.Fprintln(s.Err, "ERROR 57014: canceling statement due to user request")
			return ErrFailed
		}
		fmt.Fprintln(s.Err, conn.Message(err))
		return ErrFailed
	}
	if s.Timing {
		fmt.Fprintf(s.Out, "Time: %.3f ms\n", float64(time.Since(start).Microseconds())/1000)
	}
	return nil
}

func (s *Shell) run(ctx context.Context, sql string) error {
	s.Conn.Notice = func(text string) { fmt.Fprintln(s.Err, "NOTICE:  "+text) }
	result, err := s.Conn.Run(ctx, sql)
	if err != nil {
		return err
	}
	if result.Schema == nil {
		if !s.Quiet {
			fmt.Fprintln(s.Out, tag(sql, result.Count))
		}
		return nil
	}
	if s.Output == "" {
		if s.Format == Parquet {
			return errors.New(`a Parquet result needs a file: \o FILE, or --output FILE`)
		}
		_, err := s.Format.write(s.Out, result, s.width())
		return err
	}
	file, err := os.Create(s.Output)
	if err != nil {
		return err
	}
	rows, err := s.Format.write(file, result, 0)
	if err := errors.Join(err, closeOnce(file)); err != nil {
		return err
	}
	if !s.Quiet {
		fmt.Fprintf(s.Out, "%d %s written to %s\n", rows, plural(rows, "row"), s.Output)
	}
	return nil
}

// closeOnce closes a file that a writer may have closed already, as the Parquet writer does.
func closeOnce(file *os.File) error {
	if err := file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// tag is what a statement without rows is answered with: INSERT 3, CREATE TABLE.
func tag(sql string, count int64) string {
	words := strings.Fields(strings.ToUpper(sql))
	if len(words) > 0 && words[0] == "WITH" {
		words = changeBehind(words)
	}
	switch {
	case len(words) == 0:
		return ""
	case words[0] == "INSERT" || words[0] == "DELETE" || words[0] == "UPDATE":
		return fmt.Sprintf("%s %d", words[0], count)
	case words[0] == "TRUNCATE":
		return "TRUNCATE TABLE"
	case words[0] == "CREATE" || words[0] == "DROP" || words[0] == "ALTER":
		kind := slices.IndexFunc(words[1:], func(w string) bool { return !slices.Contains(modifiers, w) })
		if kind >= 0 {
			return words[0] + " " + strings.TrimRight(words[1+kind], "(")
		}
	}
	return words[0]
}

// modifiers are words between CREATE and what is created.
var modifiers = []string{"OR", "REPLACE", "TEMP", "TEMPORARY", "UNIQUE", "UNLOGGED", "LOCAL", "GLOBAL"}

// changeBehind are the words from the change of rows on that follows the queries of WITH, which stand in brackets.
func changeBehind(words []string) []string {
	depth := 0
	for i, w := range words {
		if depth == 0 && (w == "INSERT" || w == "DELETE" || w == "UPDATE") {
			return words[i:]
		}
		depth += strings.Count(w, "(") - strings.Count(w, ")")
	}
	return words
}

// width is how wide a table may be; 0 for no limit.
func (s *Shell) width() int {
	if s.Width > 0 {
		return s.Width
	}
	file, ok := s.Out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return widest
	}
	return width
}
