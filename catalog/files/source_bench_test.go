package files

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

func BenchmarkRead(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	vector := func() string {
		numbers := make([]string, 384)
		for i := range numbers {
			numbers[i] = fmt.Sprintf("%.8f", random.Float32()-0.5)
		}
		return strings.Join(numbers, ",")
	}
	for _, c := range []struct {
		name string
		rows int
		head string
		line func(i int) string
	}{
		{"flat.csv", 200_000, "id,name,score,at\n", func(i int) string {
			return fmt.Sprintf("%d,some name %d,%g,2024-02-29 12:%02d:00\n", i, i, float64(i)/7, i%60)
		}},
		{"flat.jsonl", 200_000, "", func(i int) string {
			return fmt.Sprintf(`{"id": %d, "name": "some name %d", "score": %g, "tags": ["a", "b"]}`+"\n", i, i, float64(i)/7)
		}},
		{"vectors.jsonl", 5_000, "", func(i int) string {
			return fmt.Sprintf(`{"id": %d, "embedding": [%s]}`+"\n", i, vector())
		}},
	} {
		var text strings.Builder
		text.WriteString(c.head)
		for i := range c.rows {
			text.WriteString(c.line(i))
		}
		path := filepath.Join(b.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				source, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				to, err := TableSchema(source.Schema())
				if err != nil {
					b.Fatal(err)
				}
				rows := int64(0)
				for batch, err := range Read(context.Background(), source, to, memory.DefaultAllocator) {
					if err != nil {
						b.Fatal(err)
					}
					rows += batch.NumRows()
				}
				if rows != int64(c.rows) {
					b.Fatalf("read %d rows", rows)
				}
			}
		})
	}
}
