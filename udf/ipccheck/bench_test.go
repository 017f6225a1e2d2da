package ipccheck_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// BenchmarkRead compares a stream's reading with arrow-go's, which copies each body and does nothing else.
func BenchmarkRead(b *testing.B) {
	const rows = 8192
	for name, column := range map[string]arrow.Array{
		"vectors": vectors(rows, 768),
		"text":    text(rows),
		"numbers": vectors(rows, 1).(*array.FixedSizeList).ListValues(),
	} {
		data := stream(b, []arrow.RecordBatch{one(column), one(column), one(column), one(column)})
		b.Run(name+"/checked", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				batches, err := read(data, memory.DefaultAllocator)
				if err != nil || len(batches) != 4 {
					b.Fatal(len(batches), err)
				}
				for _, batch := range batches {
					batch.Release()
				}
			}
		})
		b.Run(name+"/trusting", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(memory.DefaultAllocator))
				for err == nil && r.Next() {
				}
				if err != nil || r.Err() != nil {
					b.Fatal(err, r.Err())
				}
				r.Release()
			}
		})
	}
}

func vectors(rows, dim int) arrow.Array {
	v := array.NewFixedSizeListBuilder(memory.DefaultAllocator, int32(dim), arrow.PrimitiveTypes.Float32)
	values := v.ValueBuilder().(*array.Float32Builder)
	for i := range rows {
		v.Append(true)
		for k := range dim {
			values.Append(float32(i + k))
		}
	}
	return v.NewArray()
}

func text(rows int) arrow.Array {
	s := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range rows {
		s.Append(fmt.Sprintf("a caption of a picture that is number %d of many others like it, in which a dog runs", i))
	}
	return s.NewArray()
}
