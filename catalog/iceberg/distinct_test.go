package iceberg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

// TestDistinct holds that the values of columns of few values are about counted, and those of other columns are not guessed at.
func TestDistinct(t *testing.T) {
	f := newFixture(t)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "flag", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "mode", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	name := catalog.Name{Schema: "main", Table: "words"}
	table := f.create(name, catalog.Definition{Schema: schema})
	distinct := func(column int) (float64, bool) {
		return f.table(name).Current().(catalog.Bounder).Distinct(f.Context(), column)
	}
	if values, known := distinct(0); known {
		t.Errorf("without rows: %g", values)
	}
	var rows []string
	for i := range 40000 {
		rows = append(rows, fmt.Sprintf(`{"flag":"f%d","mode":"m%d","label":"l%d","text":"text %x"}`, i%3, i*7%11, i*31%200, i*2654435761))
	}
	f.append(table, "["+strings.Join(rows, ",")+"]")
	for column, values := range []float64{3, 11, 200} {
		if got, known := distinct(column); !known || got < values/2 || got > 2*values {
			t.Errorf("column %d: %g, %v, want about %g", column, got, known, values)
		}
	}
	if values, known := distinct(3); known {
		t.Errorf("column of texts: %g", values)
	}
}
