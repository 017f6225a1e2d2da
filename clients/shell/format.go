package shell

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/mediaflight/mediaflight/clients/conn"
)

// A Format is how rows are written.
type Format string

// The formats, by the names that \format and --format take.
const (
	Table   Format = "table"   // aligned, for people
	CSV     Format = "csv"     // RFC 4180 with a header; NULL is an empty field
	JSON    Format = "json"    // one object a line
	Parquet Format = "parquet" // one file; only with an output file
)

// Formats lists them all.
var Formats = []Format{Table, CSV, JSON, Parquet}

// write writes all rows of a result and says how many they were.
func (f Format) write(w io.Writer, r *conn.Result, width int) (rows int64, err error) {
	switch f {
	case CSV:
		return writeCSV(w, r)
	case JSON:
		return writeJSON(w, r)
	case Parquet:
		return writeParquet(w, r)
	}
	return writeTable(w, r, width)
}

func writeCSV(w io.Writer, r *conn.Result) (rows int64, err error) {
	out := csv.NewWriter(w)
	record := make([]string, r.Schema.NumFields())
	for i, f := range r.Schema.Fields() {
		record[i] = f.Name
	}
	if err := out.Write(record); err != nil {
		return 0, err
	}
	for batch, err := range r.Rows {
		if err != nil {
			return rows, err
		}
		for row := range int(batch.NumRows()) {
			for i, column := range batch.Columns() {
				record[i] = ""
				if !column.IsNull(row) {
					record[i] = text(column, row)
				}
			}
			if err := out.Write(record); err != nil {
				return rows, err
			}
		}
		rows += batch.NumRows()
	}
	out.Flush()
	return rows, out.Error()
}

func writeJSON(w io.Writer, r *conn.Result) (rows int64, err error) {
	var line strings.Builder
	for batch, err := range r.Rows {
		if err != nil {
			return rows, err
		}
		for row := range int(batch.NumRows()) {
			line.Reset()
			for i, column := range batch.Columns() {
				separator := ", "
				if i == 0 {
					separator = "{"
				}
				fmt.Fprintf(&line, "%s%s: %s", separator, jsonText(r.Schema.Field(i).Name), element(column, row))
			}
			line.WriteString("}\n")
			if _, err := io.WriteString(w, line.String()); err != nil {
				return rows, err
			}
		}
		rows += batch.NumRows()
	}
	return rows, nil
}

func writeParquet(w io.Writer, r *conn.Result) (rows int64, err error) {
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd))
	out, err := pqarrow.NewFileWriter(r.Schema, w, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return 0, err
	}
	for batch, err := range r.Rows {
		if err != nil {
			return rows, err
		}
		if err := out.WriteBuffered(batch); err != nil {
			return rows, err
		}
		rows += batch.NumRows()
	}
	return rows, out.Close()
}

// formatOf finds a format by its name.
func formatOf(name string) (Format, error) {
	for _, f := range Formats {
		if string(f) == strings.ToLower(name) {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown format %q: table, csv, json and parquet are known", name)
}

// fieldNames are the columns' names.
func fieldNames(s *arrow.Schema) []string {
	names := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		names[i] = f.Name
	}
	return names
}
