package writer_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/mediaflight/mediaflight/catalog/parquet/writer"
)

// benchmarkBatches are rows of a media table, 8192 a batch; vectors alone or with an id, a category and a caption.
func benchmarkBatches(rows int, alone bool) []arrow.RecordBatch {
	fields := []arrow.Field{field(1, "embedding", vectorType(2, 384), true)}
	if !alone {
		fields = append(fields,
			field(3, "id", arrow.PrimitiveTypes.Int64, true),
			field(4, "source", arrow.BinaryTypes.String, true),
			field(5, "text", arrow.BinaryTypes.String, true))
	}
	random := rand.New(rand.NewPCG(1, 2))
	var batches []arrow.RecordBatch
	for from := 0; from < rows; from += 8192 {
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
		vectors := b.Field(0).(*array.FixedSizeListBuilder)
		for row := from; row < min(from+8192, rows); row++ {
			vectors.Append(true)
			for range 384 {
				vectors.ValueBuilder().(*array.Float32Builder).Append(random.Float32())
			}
			if !alone {
				b.Field(1).(*array.Int64Builder).Append(int64(row))
				b.Field(2).(*array.StringBuilder).Append([]string{"kjv", "wordnet", "jargon"}[row%3])
				b.Field(3).(*array.StringBuilder).Append(fmt.Sprintf("a sentence of some words about %d and %d", row, random.Uint64()))
			}
		}
		batches = append(batches, b.NewRecordBatch())
		b.Release()
	}
	return batches
}

const benchmarkRows = 100_000

func BenchmarkWrite(b *testing.B) {
	for _, alone := range []bool{true, false} {
		columns := map[bool]string{true: "vectors", false: "table"}[alone]
		batches := benchmarkBatches(benchmarkRows, alone)
		buffer := &kept{bytes: make([]byte, 0, 256<<20)}
		file := filepath.Join(b.TempDir(), "f.parquet")
		for _, target := range []struct {
			name string
			open func() (io.WriteCloser, error)
		}{
			{"memory", func() (io.WriteCloser, error) { buffer.bytes = buffer.bytes[:0]; return buffer, nil }},
			{"file", func() (io.WriteCloser, error) { return os.Create(file) }},
		} {
			run := func(name string, write func(io.Writer, []arrow.RecordBatch) error) {
				b.Run(columns+"/"+target.name+"/"+name, func(b *testing.B) {
					b.SetBytes(benchmarkRows * 384 * 4)
					for b.Loop() {
						out, err := target.open()
						if err != nil {
							b.Fatal(err)
						}
						if err := write(out, batches); err != nil {
							b.Fatal(err)
						}
						if err := out.Close(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			run("mediaflight", writeOurs)
			run("pqarrow", writePqarrow)
		}
	}
}

// kept is a file in memory that has been written to before.
type kept struct{ bytes []byte }

func (k *kept) Write(p []byte) (int, error) { k.bytes = append(k.bytes, p...); return len(p), nil }
func (k *kept) Close() error                { return nil }

func writeOurs(out io.Writer, batches []arrow.RecordBatch) error {
	w, err := writer.New(out, batches[0].Schema(), writer.Options{})
	if err != nil {
		return err
	}
	for _, batch := range batches {
		if err := w.Write(batch); err != nil {
			return err
		}
	}
	_, err = w.Close()
	return err
}

func writePqarrow(out io.Writer, batches []arrow.RecordBatch) error {
	props := parquet.NewWriterProperties(parquet.WithDictionaryDefault(false), parquet.WithDataPageVersion(parquet.DataPageV1))
	w, err := pqarrow.NewFileWriter(batches[0].Schema(), struct{ io.Writer }{out}, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return err
	}
	for _, batch := range batches {
		if err := w.WriteBuffered(batch); err != nil {
			return err
		}
	}
	return w.Close()
}
