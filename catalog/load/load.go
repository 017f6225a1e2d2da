// Package load brings files into a table: all of them in one commit, or none.
package load

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// A Result is what a load did.
type Result struct {
	Table   catalog.Name
	Created bool // the table did not exist
	Files   int
	Rows    int64
}

// Into writes the stream's rows into a table, which is made where it is missing. Whatever fails, the table stays as it was.
func (s *Stream) Into(ctx context.Context, c catalog.Catalog, name catalog.Name) (result Result, err error) {
	// Rows are written from where they lie in mapped files, and somebody may cut a file short meanwhile.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }: // a memory fault
			result, err = Result{}, errors.New("a file was cut short while it was loaded")
		default:
			panic(p)
		}
	}()
	out, schema, created, err := s.target(ctx, c, name)
	if err != nil {
		return Result{}, err
	}
	defer out.Abort()
	if !created {
		if err := s.As(schema); err != nil {
			return Result{}, err
		}
	}
	for batch, err := range s.Batches(ctx) {
		if err != nil {
			return Result{}, err
		}
		if err := out.Write(batch); err != nil {
			return Result{}, err
		}
	}
	rows, err := out.Commit(ctx)
	if err != nil {
		return Result{}, err
	}
	return Result{Table: name, Created: created, Files: s.Files(), Rows: rows}, nil
}

// target starts the write: to the table that there is, or to one that comes to be with the commit.
func (s *Stream) target(ctx context.Context, c catalog.Catalog, name catalog.Name) (out catalog.Append, schema *arrow.Schema, created bool, err error) {
	table, err := c.Table(ctx, name)
	if err == nil {
		out, err = table.Append(ctx)
		return out, table.Current().Schema(), false, err
	}
	switch sqlState(err) {
	case "3F000":
		if err := c.CreateSchema(ctx, catalog.Schema{Name: name.Schema}); err != nil && sqlState(err) != "42P06" {
			return nil, nil, false, err
		}
	case "42P01":
	default:
		return nil, nil, false, fmt.Errorf("load into %s: %w", name, err)
	}
	out, err = c.CreateTableAs(ctx, name, catalog.Definition{Schema: s.schema})
	return out, s.schema, true, err
}

func sqlState(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return ""
}
