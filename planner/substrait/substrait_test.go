package substrait_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/planner/plantest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestWrite runs the files of testdata: statements and their plans as JSON. recall= is what the session allows searches by an index.
func TestWrite(t *testing.T) {
	p := &planner.Planner{Catalog: plantest.Catalog(), Functions: udf.Builtin()}
	plantest.Run(t, "testdata", func(t *testing.T, c *plantest.Case) string {
		s := planner.Session{Schema: "main", Optimize: true, Env: udf.Env{Now: time.Unix(0, 0), Location: time.UTC}}
		if recall := c.Arg("recall"); recall != "" {
			var err error
			if s.Recall, err = strconv.ParseFloat(recall, 64); err != nil {
				t.Fatal(err)
			}
		}
		stmt, err := p.Plan(t.Context(), c.SQL, s)
		if err != nil {
			return plantest.Error(err)
		}
		var written substraitpb.Plan
		if err := proto.Unmarshal(stmt.Plan, &written); err != nil {
			t.Fatal(err)
		}
		text, err := protojson.Marshal(&written)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		return layout(t, value, "")
	})
}

// layout writes JSON with as much on a line as fits.
func layout(t *testing.T, value any, indent string) string {
	short, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if _, text := value.(string); text || len(indent)+len(short) < 140 {
		return string(short)
	}
	var parts []string
	open, end := "[", "]"
	switch value := value.(type) {
	case map[string]any:
		open, end = "{", "}"
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, fmt.Sprintf("%s  %q: %s", indent, name, layout(t, value[name], indent+"  ")))
		}
	case []any:
		for _, element := range value {
			parts = append(parts, indent+"  "+layout(t, element, indent+"  "))
		}
	}
	return open + "\n" + strings.Join(parts, ",\n") + "\n" + indent + end
}
