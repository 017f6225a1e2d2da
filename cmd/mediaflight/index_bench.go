package main

import (
	"context"
	"os"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/cmd/mediaflight/indexbench"
)

type indexBench struct {
	Base    []string  `required:"" help:"File with the vectors: Parquet, Arrow, CSV or JSON lines with a column embedding." type:"existingfile" placeholder:"FILE"`
	Queries []string  `required:"" help:"File with the queries: a column embedding and, if known, neighbors, the ids of the nearest rows." type:"existingfile" placeholder:"FILE"`
	Metric  string    `help:"Distance: cosine, l2 or ip." enum:"cosine,l2,ip" default:"cosine"`
	K       int       `name:"k" help:"Rows to find." default:"10"`
	Where   string    `help:"Search among the rows that fulfill this condition only. The base needs a column id of integers." placeholder:"SQL"`
	Target  []float64 `help:"Recalls to ask for." default:"0.8,0.9,0.95,0.98,0.99,0.995,0.999"`
	Lists   int       `help:"Inverted lists; else chosen from the number of rows." placeholder:"N"`
	Bits    int       `help:"Bits of code for each dimension, 1 to 8." default:"1"`
	JSON    bool      `name:"json" help:"Write the figures as JSON."`
	SVG     string    `name:"svg" help:"Draw recall against queries per second into this file." type:"path" placeholder:"FILE"`
}

func (b *indexBench) Run(ctx context.Context) error {
	bar := newProgress(os.Stderr, rows)
	bench := &indexbench.Bench{Base: b.Base, Queries: b.Queries, Metric: distances[b.Metric], K: b.K, Where: b.Where, Targets: b.Target,
		Lists: b.Lists, Bits: b.Bits,
		Watch: func(p catalog.IndexProgress) { bar.show(step{Text: p.Stage, Done: p.Done, Total: p.Rows}) }}
	report, err := bench.Run(ctx)
	bar.end()
	if err != nil {
		return err
	}
	if b.SVG != "" {
		if err := b.draw(report); err != nil {
			return err
		}
	}
	if b.JSON {
		return report.WriteJSON(os.Stdout)
	}
	return report.WriteText(os.Stdout)
}

func (b *indexBench) draw(report *indexbench.Report) error {
	out, err := os.Create(b.SVG)
	if err != nil {
		return err
	}
	if err := report.WriteSVG(out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
