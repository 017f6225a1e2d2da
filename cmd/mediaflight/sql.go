package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/clients/shell"
)

type sql struct {
	dataFlag
	filesFlag
	limitFlags
	uriFlag
	Command []string `short:"c" help:"Run these statements and leave; may be given more than once." placeholder:"SQL" sep:"none"`
	File    []string `short:"f" help:"Run the statements in a file and leave." type:"existingfile" placeholder:"FILE" sep:"none"`
	Format  string   `help:"How rows are written: table, csv, json or parquet." default:"table" enum:"table,csv,json,parquet" placeholder:"FORMAT"`
	Output  string   `short:"o" help:"Write rows to a file." type:"path" placeholder:"FILE"`
	Timing  bool     `help:"Show how long statements take."`
}

func (s *sql) Run(ctx context.Context) error {
	uri := s.URI
	if uri == "" {
		if len(s.Files) == 0 {
			s.Files = []string{"."}
		}
		lake, err := openLake(ctx, s.Data, s.Files, s.limitFlags, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer lake.Close()
		if uri, err = lake.serveAlone(); err != nil {
			return err
		}
	}
	server, err := conn.Dial(uri)
	if err != nil {
		return err
	}
	defer server.Close()
	format := shell.Format(s.Format)
	sh := &shell.Shell{
		Conn: server, Out: os.Stdout, Err: os.Stderr, Format: format, Output: s.Output, Timing: s.Timing,
		Quiet: format != shell.Table, // what reads CSV or JSON wants nothing else
	}
	return s.run(ctx, sh)
}

func (s *sql) run(ctx context.Context, sh *shell.Shell) error {
	if len(s.Command) == 0 && len(s.File) == 0 {
		if term.IsTerminal(int(os.Stdin.Fd())) {
			return sh.Interact(context.WithoutCancel(ctx)) // there Ctrl-C drops a line, not the shell
		}
		script, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		return sh.RunScript(ctx, string(script))
	}
	for _, script := range s.Command {
		if err := sh.RunScript(ctx, script); err != nil {
			return err
		}
	}
	for _, file := range s.File {
		script, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := sh.RunScript(ctx, string(script)); err != nil {
			return err
		}
	}
	return nil
}
