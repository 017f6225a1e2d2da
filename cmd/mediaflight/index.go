package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/iceberg"
)

// The index command works on the data folder itself. A server that has the folder open sees what it did; through a server,
// the same is said in SQL: CREATE INDEX, REINDEX, DROP INDEX, SHOW INDEXES.
type indexes struct {
	Create indexCreate `cmd:"" help:"Build a vector index on a column."`
	Fold   indexFold   `cmd:"" help:"Add the data files that an index does not cover yet, without training."`
	Build  indexBuild  `cmd:"" help:"Train and build an index anew."`
	Drop   indexDrop   `cmd:"" help:"Drop an index."`
	List   indexList   `cmd:"" help:"List the indexes."`
	Verify indexVerify `cmd:"" help:"Read indexes through and check them against their tables."`
	Bench  indexBench  `cmd:"" help:"Measure recall and speed of an index over your own vectors."`
}

// openTables opens the catalog of a data folder.
func (d dataFlag) openTables(ctx context.Context) (*iceberg.Catalog, error) {
	return iceberg.Open(ctx, d.Data, iceberg.Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
}

// distances are the metrics that an index may be for, by the short names that people use for them.
var distances = map[string]string{"cosine": "cosine_distance", "l2": "l2_distance", "ip": "negative_inner_product"}

type indexCreate struct {
	dataFlag
	Table  string `arg:"" help:"The table, as [SCHEMA.]TABLE."`
	Column string `arg:"" help:"The column of vectors."`
	Name   string `help:"Name of the index; else TABLE_COLUMN_idx." placeholder:"NAME"`
	Metric string `help:"Distance that queries order by: cosine, l2 or ip." enum:"cosine,l2,ip" default:"cosine"`
	Lists  int    `help:"Inverted lists; else chosen from the number of rows." placeholder:"N"`
	Bits   int    `help:"Bits of code for each dimension, 1 to 8: with more, fewer vectors are read." default:"1"`
}

func (c *indexCreate) Run(ctx context.Context) error {
	name, err := tableName(c.Table)
	if err != nil {
		return err
	}
	def := catalog.IndexDefinition{Name: c.Name, Table: name, Column: c.Column, Metric: distances[c.Metric], Lists: c.Lists, Bits: c.Bits}
	if def.Name == "" {
		def.Name = name.Table + "_" + strings.ToLower(c.Column) + "_idx"
	}
	return c.change(ctx, name.Schema, def.Name, func(tables *iceberg.Catalog, watch func(catalog.IndexProgress)) error {
		return tables.CreateIndex(ctx, def, watch)
	})
}

type indexName struct {
	dataFlag
	Index string `arg:"" help:"The index, as [SCHEMA.]INDEX."`
}

type indexFold struct{ indexName }

func (f *indexFold) Run(ctx context.Context) error {
	return f.run(ctx, func(tables *iceberg.Catalog, schema, name string, watch func(catalog.IndexProgress)) error {
		return tables.FoldIndex(ctx, schema, name, watch)
	})
}

type indexBuild struct{ indexName }

func (b *indexBuild) Run(ctx context.Context) error {
	return b.run(ctx, func(tables *iceberg.Catalog, schema, name string, watch func(catalog.IndexProgress)) error {
		return tables.Reindex(ctx, schema, name, watch)
	})
}

// run changes the index that was named.
func (i indexName) run(ctx context.Context, change func(tables *iceberg.Catalog, schema, name string, watch func(catalog.IndexProgress)) error) error {
	name, err := tableName(i.Index)
	if err != nil {
		return err
	}
	return i.change(ctx, name.Schema, name.Table, func(tables *iceberg.Catalog, watch func(catalog.IndexProgress)) error {
		return change(tables, name.Schema, name.Table, watch)
	})
}

// change runs a change of an index, shows how it goes and, in the end, what it came to.
func (d dataFlag) change(ctx context.Context, schema, name string, run func(*iceberg.Catalog, func(catalog.IndexProgress)) error) error {
	tables, err := d.openTables(ctx)
	if err != nil {
		return err
	}
	defer tables.Close()
	start := time.Now()
	bar := newProgress(os.Stderr, rows)
	err = run(tables, func(p catalog.IndexProgress) { bar.show(step{Text: p.Stage, Done: p.Done, Total: p.Rows}) })
	bar.end()
	if err != nil {
		return err
	}
	all, err := tables.Indexes(ctx, schema)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Name == name {
			fmt.Printf("%s: %d rows of %s.%s in %d lists, %.1f MB, %.2f s\n", i.Name, i.Rows, i.Table, i.Column, i.Lists, float64(i.Bytes)/1e6, time.Since(start).Seconds())
		}
	}
	return nil
}

type indexDrop struct{ indexName }

func (d *indexDrop) Run(ctx context.Context) error {
	name, err := tableName(d.Index)
	if err != nil {
		return err
	}
	tables, err := d.openTables(ctx)
	if err != nil {
		return err
	}
	return errors.Join(tables.DropIndex(ctx, name.Schema, name.Table), tables.Close())
}

type indexList struct{ dataFlag }

func (l *indexList) Run(ctx context.Context) error {
	return l.each(ctx, func(_ *iceberg.Catalog, all []catalog.IndexInfo) error {
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "index\ttable\tcolumn\tmetric\tlists\trows\tnot covered\tMB\tstate")
		for _, i := range all {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%.1f\t%s\n", i.Name, i.Table, i.Column, i.Metric, i.Lists, i.Rows, i.RowsUncovered, float64(i.Bytes)/1e6, i.State)
		}
		return out.Flush()
	})
}

// each hands on the indexes of all schemas.
func (d dataFlag) each(ctx context.Context, use func(*iceberg.Catalog, []catalog.IndexInfo) error) error {
	tables, err := d.openTables(ctx)
	if err != nil {
		return err
	}
	defer tables.Close()
	schemas, err := tables.Schemas(ctx)
	if err != nil {
		return err
	}
	var all []catalog.IndexInfo
	for _, s := range schemas {
		some, err := tables.Indexes(ctx, s.Name)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	return use(tables, all)
}

type indexVerify struct {
	dataFlag
	Index string `arg:"" optional:"" help:"The index, as [SCHEMA.]INDEX; else all."`
}

func (v *indexVerify) Run(ctx context.Context) error {
	var only catalog.Name
	if v.Index != "" {
		var err error
		if only, err = tableName(v.Index); err != nil {
			return err
		}
	}
	return v.each(ctx, func(tables *iceberg.Catalog, all []catalog.IndexInfo) error {
		checked, bad := 0, 0
		for _, i := range all {
			if v.Index != "" && (i.Table.Schema != only.Schema || i.Name != only.Table) {
				continue
			}
			faults, err := tables.VerifyIndex(ctx, i.Table.Schema, i.Name)
			if err != nil {
				return err
			}
			checked++
			if len(faults) == 0 {
				fmt.Printf("%s: sound, %d rows\n", i.Name, i.Rows)
				continue
			}
			bad++
			for _, fault := range faults {
				fmt.Printf("%s: %s\n", i.Name, fault)
			}
		}
		switch {
		case checked == 0 && v.Index != "":
			return &catalog.Error{Op: "verify", Name: v.Index, State: "42704", Msg: "index does not exist"}
		case bad > 0:
			return fmt.Errorf("%d of %d indexes are damaged; they are not used; mediaflight index build NAME makes them anew", bad, checked)
		}
		return nil
	})
}
