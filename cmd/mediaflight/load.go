package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/catalog/load"
	"github.com/mediaflight/mediaflight/clients/conn"
)

type loadFiles struct {
	dataFlag
	uriFlag
	Args []string `arg:"" name:"file" help:"Files and folders, then the table as [SCHEMA.]TABLE; it is made where it is missing." placeholder:"FILE... TABLE"`
}

func (l *loadFiles) Run(ctx context.Context) error {
	if len(l.Args) < 2 {
		return fmt.Errorf("load needs files and then a table: mediaflight load images.parquet main.images")
	}
	paths, table := l.Args[:len(l.Args)-1], l.Args[len(l.Args)-1]
	name, err := tableName(table)
	if err != nil {
		return err
	}
	start := time.Now()
	var result load.Result
	if l.URI != "" {
		result, err = l.remote(ctx, name, paths)
	} else {
		result, err = l.local(ctx, name, paths)
	}
	if err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	fmt.Printf("%s: %d rows from %d files in %.2f s (%.0f rows/s)\n", result.Table, result.Rows, result.Files, seconds, float64(result.Rows)/seconds)
	return nil
}

// tableName reads [SCHEMA.]TABLE. Names fold to lower case as in SQL.
func tableName(s string) (catalog.Name, error) {
	schema, table, ok := strings.Cut(s, ".")
	if !ok {
		schema, table = catalog.DefaultSchema, s
	}
	if schema == "" || table == "" || strings.ContainsAny(table, "./\\ ") {
		return catalog.Name{}, fmt.Errorf("not a table's name: %q; the last argument is the table, such as main.images", s)
	}
	return catalog.Name{Schema: strings.ToLower(schema), Table: strings.ToLower(table)}, nil
}

func (l *loadFiles) local(ctx context.Context, name catalog.Name, paths []string) (load.Result, error) {
	tables, err := iceberg.Open(ctx, l.Data, iceberg.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return load.Result{}, err
	}
	defer tables.Close()
	return withProgress(paths, func(files *load.Stream) (load.Result, error) { return files.Into(ctx, tables, name) })
}

func (l *loadFiles) remote(ctx context.Context, name catalog.Name, paths []string) (load.Result, error) {
	server, err := conn.Dial(l.URI)
	if err != nil {
		return load.Result{}, err
	}
	defer server.Close()
	return withProgress(paths, func(files *load.Stream) (load.Result, error) {
		rows, err := server.Append(ctx, name.Schema, name.Table, files.Schema(), files.Batches(ctx))
		return load.Result{Table: name, Files: files.Files(), Rows: rows}, err
	})
}

// withProgress opens the files, loads them and shows how it goes.
func withProgress(paths []string, run func(*load.Stream) (load.Result, error)) (load.Result, error) {
	files, err := load.Open(paths...)
	if err != nil {
		return load.Result{}, err
	}
	bar := newProgress(os.Stderr, megabytes)
	files.Progress = func(p load.Progress) {
		bar.show(step{Text: fmt.Sprintf("%d rows, %s", p.Rows, p.File), Done: p.Read, Total: p.Total})
	}
	defer bar.end()
	return run(files)
}
