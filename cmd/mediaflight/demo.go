package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/load"
	"github.com/mediaflight/mediaflight/clients/conn"
	"github.com/mediaflight/mediaflight/clients/shell"
)

// sample is the sample media lake: sample/README.md says where it comes from.
//
//go:embed sample
var sample embed.FS

// sampleTables are the tables of the sample lake and the files that they are loaded from.
var sampleTables = []struct{ table, file string }{
	{"images", "images.parquet"},
	{"titles", "titles.parquet"},
	{"queries", "queries.jsonl"},
}

// demoQueries are what the demo asks.
var demoQueries = []struct{ about, sql string }{
	{"The media table: one row a picture, with what models made of it",
		`SELECT package_id, image_id, NSFW_score, image_caption, bboxes[1].label AS first_box, text_embedding
FROM images ORDER BY image_id LIMIT 5`},
	{"Pictures similar to a phrase: nearest neighbors by cosine distance",
		`SELECT image_id, title, image_caption, round((text_embedding <=> (SELECT embedding FROM queries WHERE text = 'a red car'))::numeric, 4) AS distance
FROM images ORDER BY text_embedding <=> (SELECT embedding FROM queries WHERE text = 'a red car') LIMIT 5`},
	{"The same under a filter: always as many rows as asked for",
		`SELECT image_id, category, title, dominant_color
FROM images WHERE NSFW_score < 0.01 AND category = 'animals' AND dominant_color IN ('yellow', 'orange')
ORDER BY text_embedding <=> (SELECT embedding FROM queries WHERE text = 'wild bird') LIMIT 5`},
	{"Aggregates, for dashboards",
		`SELECT category, count(*) AS pictures, count(DISTINCT package_id) AS packages, round(avg(NSFW_score)::numeric, 4) AS avg_nsfw,
       sum(width * height) / 1000000 AS megapixels
FROM images GROUP BY category HAVING count(*) > 100 ORDER BY pictures DESC LIMIT 8`},
	{"A join with the titles: films that have a picture of their name",
		`SELECT t.title, t.release_date, t.imdb_rating, count(*) AS pictures, min(i.uri) AS uri
FROM titles t JOIN images i ON lower(i.title) = lower(t.title)
GROUP BY 1, 2, 3 ORDER BY t.imdb_rating DESC NULLS LAST, 1 LIMIT 8`},
}

type demo struct {
	dataFlag
	filesFlag
	limitFlags
	listenFlags
	Exit bool `help:"Leave after the queries instead of serving on." env:"DEMO_EXIT"`
}

func (d *demo) Run(ctx context.Context) error {
	flight, web, err := d.listen()
	if err != nil {
		return err
	}
	lake, err := openLake(ctx, d.Data, d.Files, d.limitFlags, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer lake.Close()
	fmt.Printf("Mediaflight %s\n\nThe sample media lake in %s:\n", version, d.Data)
	if err := lake.loadSample(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- lake.serve(ctx, flight, web) }()
	if err := d.ask(ctx, flight.Addr()); err != nil {
		stop()
		return errors.Join(err, <-served)
	}
	printConnections(flight.Addr())
	if d.Exit {
		stop()
	} else {
		fmt.Println("\nServing until Ctrl-C.")
	}
	return <-served
}

// loadSample loads the sample tables that are not there yet.
func (l *lake) loadSample(ctx context.Context) error {
	for _, s := range sampleTables {
		start := time.Now()
		name := catalog.Name{Schema: catalog.DefaultSchema, Table: s.table}
		table, err := l.Catalog.Table(ctx, name)
		if err == nil {
			rows, _ := table.Current().Rows()
			fmt.Printf("  %-8s %5d rows, loaded before\n", s.table, rows)
			continue
		}
		result, err := l.loadEmbedded(ctx, s.file, name)
		if err != nil {
			return fmt.Errorf("load the sample table %s: %w", s.table, err)
		}
		fmt.Printf("  %-8s %5d rows loaded in %.2f s\n", s.table, result.Rows, time.Since(start).Seconds())
	}
	return nil
}

// loadEmbedded loads a file of the sample by way of a temporary copy, for files are loaded by their names.
func (l *lake) loadEmbedded(ctx context.Context, file string, name catalog.Name) (load.Result, error) {
	content, err := sample.ReadFile("sample/" + file)
	if err != nil {
		return load.Result{}, err
	}
	dir, err := os.MkdirTemp("", "mediaflight-sample-")
	if err != nil {
		return load.Result{}, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return load.Result{}, err
	}
	files, err := load.Open(path)
	if err != nil {
		return load.Result{}, err
	}
	return files.Into(ctx, l.Catalog, name)
}

// ask runs the queries as a client does: over Flight.
func (d *demo) ask(ctx context.Context, address net.Addr) error {
	server, err := conn.Dial("grpc://" + address.String())
	if err != nil {
		return err
	}
	defer server.Close()
	sh := &shell.Shell{Conn: server, Out: os.Stdout, Err: os.Stderr, Format: shell.Table, Timing: true, Width: 120}
	for _, q := range demoQueries {
		fmt.Printf("\n-- %s\n%s;\n\n", q.about, q.sql)
		if err := sh.Run(ctx, q.sql); err != nil {
			return err
		}
	}
	return nil
}

func printConnections(address net.Addr) {
	host := strings.NewReplacer("127.0.0.1", "localhost", "[::1]", "localhost").Replace(address.String())
	fmt.Printf(`
Connect with
  shell            bin/mediaflight sql --uri grpc://%[1]s
  Python, ADBC     adbc_driver_flightsql.dbapi.connect("grpc://%[1]s", autocommit=True)
  Python, pyarrow  pyarrow.flight.connect("grpc://%[1]s")
  JDBC             jdbc:arrow-flight-sql://%[1]s/?useEncryption=false
`, host)
}
