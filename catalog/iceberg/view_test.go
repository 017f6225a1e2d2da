package iceberg

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
)

var viewName = catalog.Name{Schema: "main", Table: "recent"}

func viewOf(sql string) catalog.ViewDefinition {
	return catalog.ViewDefinition{SQL: sql, Default: "main", Comment: "why", Schema: arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int16},
		{Name: "v", Type: arrow.FixedSizeListOfNonNullable(3, arrow.PrimitiveTypes.Float32), Nullable: true},
		{Name: "gap", Type: arrow.FixedWidthTypes.MonthDayNanoInterval, Nullable: true},
	}, nil)}
}

// lookUp finds the view, whose definition must be what was stated.
func (f *fixture) lookUp(want catalog.ViewDefinition) catalog.View {
	f.Helper()
	t, err := f.c.Table(f.Context(), viewName)
	f.check(err)
	v, ok := t.(catalog.View)
	if !ok || t.Kind() != "VIEW" {
		f.Fatalf("found a %s", t.Kind())
	}
	got, err := v.View()
	f.check(err)
	if got.SQL != want.SQL || got.Default != want.Default || got.Comment != want.Comment || !got.Schema.Equal(want.Schema) {
		f.Errorf("got %+v, want %+v", got, want)
	}
	return v
}

func TestViews(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	first, second := viewOf("SELECT 1"), viewOf("SELECT 2")
	second.Comment = ""
	f.wantState("42P01", f.c.ReplaceView(ctx, viewName, first))
	f.wantState("42P01", f.c.DropView(ctx, viewName))
	f.wantState("3F000", f.c.CreateView(ctx, catalog.Name{Schema: "none", Table: "v"}, first))
	f.check(f.c.CreateView(ctx, viewName, first))
	before := f.lookUp(first).Current().ID()
	f.wantState("42P07", f.c.CreateView(ctx, viewName, first))
	_, err := f.c.CreateTable(ctx, viewName, catalog.Definition{Schema: first.Schema})
	f.wantState("42P07", err)
	f.wantState("42P01", f.c.DropTable(ctx, viewName))
	f.wantState("2BP01", f.c.DropSchema(ctx, "main"))

	f.check(f.c.ReplaceView(ctx, viewName, second))
	if f.lookUp(second).Current().ID() == before {
		t.Error("a replaced view has the same identity")
	}
	f.reopen()
	v := f.lookUp(second)
	_, err = v.Append(ctx)
	f.wantState("42809", err)
	for list, want := range map[string]func() ([]string, error){
		"recent":  func() ([]string, error) { return f.c.Tables(ctx, "main") },
		"recent ": func() ([]string, error) { return f.c.Views(ctx, "main") },
	} {
		if names, err := want(); err != nil || strings.Join(names, " ") != strings.TrimSpace(list) {
			t.Errorf("%v, %v", names, err)
		}
	}

	// A sweep leaves it alone, and a drop leaves nothing.
	_, err = f.c.Sweep(ctx, time.Now().Add(time.Hour))
	f.check(err)
	f.lookUp(second)
	f.check(f.c.DropView(ctx, viewName))
	_, err = f.c.Table(ctx, viewName)
	f.wantState("42P01", err)
	if left, _ := filepath.Glob(filepath.Join(f.dir, "warehouse", "main", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The metadata is what Iceberg's specification of views says. One without SQL that is ours says so, one that is lost can be dropped.
func TestForeignView(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	f.check(f.c.CreateView(ctx, viewName, viewOf("SELECT 1")))
	paths, err := filepath.Glob(filepath.Join(f.dir, "warehouse", "main", "*", "metadata", "*.metadata.json"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	text, err := os.ReadFile(paths[0])
	f.check(err)
	var meta struct {
		FormatVersion int    `json:"format-version"`
		UUID          string `json:"view-uuid"`
		Versions      []struct {
			Namespace       []string            `json:"default-namespace"`
			Representations []map[string]string `json:"representations"`
		} `json:"versions"`
		Schemas []struct {
			Fields []struct {
				Name string
				Type any
			}
		} `json:"schemas"`
	}
	f.check(json.Unmarshal(text, &meta))
	r := meta.Versions[0].Representations[0]
	if meta.FormatVersion != 1 || meta.UUID == "" || meta.Versions[0].Namespace[0] != "main" || r["type"] != "sql" || r["sql"] != "SELECT 1" || r["dialect"] != dialect {
		t.Errorf("metadata: %s", text)
	}
	if fields := meta.Schemas[0].Fields; fields[0].Type != "int" || fields[2].Type != "string" {
		t.Errorf("columns: %+v", fields)
	}

	foreign := strings.NewReplacer(`"`+dialect+`"`, `"spark"`, schemaKey, "other").Replace(string(text))
	f.check(os.WriteFile(paths[0], []byte(foreign), 0o644))
	f.reopen()
	found, err := f.c.Table(ctx, viewName)
	f.check(err)
	_, err = found.(catalog.View).View()
	f.wantState("0A000", err)
	if n := found.Definition().Schema.NumFields(); n != 3 {
		t.Errorf("%d columns", n)
	}
	f.check(os.Remove(paths[0]))
	f.reopen()
	_, err = f.c.Table(ctx, viewName)
	f.wantState("58P01", err)
	f.check(f.c.DropView(ctx, viewName))
}
