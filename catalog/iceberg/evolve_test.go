package iceberg

import (
	"context"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

func (f *fixture) evolve(t catalog.Table, steps ...catalog.Alteration) error {
	f.Helper()
	return t.(catalog.Evolvable).Evolve(f.Context(), steps)
}

// Old files are read by the ids of columns, whatever these are called now, and older snapshots by the columns of then.
func TestEvolve(t *testing.T) {
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(f.table(images), `[{"id":1,"caption":"cat","emb":[1,2]}]`)
	before := f.table(images).Current().ID()
	f.check(f.evolve(f.table(images),
		catalog.RenameColumn{Column: "caption", To: "text"},
		catalog.RenameColumn{Column: "emb", To: "vector"},
		catalog.AddColumn{Field: arrow.Field{Name: "caption", Type: arrow.PrimitiveTypes.Int32, Nullable: true}},
		catalog.SetComment{Column: "caption", Text: "how many words"}))
	f.append(f.table(images), `[{"id":2,"text":"dog","vector":[3,4],"caption":5}]`)
	f.append(f.table(images), `[{"id":3}]`)
	f.check(f.evolve(f.table(images), catalog.SetType{Column: "caption", Type: arrow.PrimitiveTypes.Int64}, catalog.DropColumn{Column: "text"}))
	f.append(f.table(images), `[{"id":4,"caption":5000000000}]`)
	f.reopen()
	now := f.table(images)
	f.equal("now", f.rows(now.Current(), "id", "vector", "caption"), "1 [1,2] (null)\n2 [3,4] 5\n3 (null) (null)\n4 (null) 5000000000")
	then, err := now.Snapshot(t.Context(), before)
	f.check(err)
	f.equal("then", f.rows(then, "id", "caption", "emb"), "1 cat [1,2]")
	as := now.Current().(catalog.Evolved).As(then.Schema().Fields())
	if as == nil {
		t.Fatal("the snapshot does not know the columns of then")
	}
	f.equal("now, by the columns of then", f.rows(as, "id", "caption", "emb"), "1 cat [1,2]\n2 dog [3,4]\n3 (null) (null)\n4 (null) (null)")
	if as := now.Current().(catalog.Evolved).As(pairSchema.Fields()); as != nil {
		t.Error("the snapshot knows columns that the table never had")
	}
	if field := now.Definition().Schema.Field(2); field.Name != "caption" || field.Metadata.ToMap()[catalog.CommentKey] != "how many words" {
		t.Errorf("the field is %v", field)
	}
}

// Steps are taken together or not at all.
func TestEvolveFails(t *testing.T) {
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema, Keys: []catalog.Key{{Name: "k", Kind: catalog.PrimaryKey, Columns: []string{"id"}}}})
	f.append(f.table(images), `[{"id":1}]`)
	add := catalog.AddColumn{Field: arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32, Nullable: true}}
	for state, step := range map[string]catalog.Alteration{
		"42701": catalog.RenameColumn{Column: "id", To: "emb"},
		"42703": catalog.DropColumn{Column: "nothing"},
		"23502": catalog.SetNotNull{Column: "caption"},
		"42P16": catalog.DropNotNull{Column: "id"},
		"0A000": catalog.SetType{Column: "id", Type: arrow.BinaryTypes.String},
		"42704": catalog.DropKey{Name: "nothing"},
		"42710": catalog.AddKey{Key: catalog.Key{Name: "k", Kind: catalog.UniqueKey, Columns: []string{"caption"}}},
		"22023": catalog.SetProperties{Set: map[string]string{"mediaflight.keys": "[]"}},
	} {
		f.wantState(state, f.evolve(f.table(images), add, step))
	}
	if f.table(images).Definition().Schema.HasField("x") {
		t.Error("a step of a change that failed was taken")
	}
}

// An append that began before a change of the columns ends well, unless its rows no longer fit.
func TestEvolveDuringAppend(t *testing.T) {
	start := func(f *fixture) catalog.Append {
		a, err := f.table(images).Append(f.Context())
		f.check(err)
		b := f.batch(imageSchema, `[{"id":1,"caption":"a"}]`)
		defer b.Release()
		f.check(a.Write(b))
		return a
	}
	for name, test := range map[string]struct {
		step        catalog.Alteration
		state, rows string
	}{
		"rename":       {catalog.RenameColumn{Column: "caption", To: "text"}, "", "1"},
		"add":          {catalog.AddColumn{Field: arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32, Nullable: true}}, "", "1"},
		"drop":         {catalog.DropColumn{Column: "caption"}, "", "1"},
		"not null":     {catalog.SetNotNull{Column: "caption"}, "40001", ""},
		"other type":   {catalog.SetType{Column: "caption", Type: arrow.PrimitiveTypes.Int32}, "40001", ""}, // the table is empty: another column
		"other length": {catalog.SetType{Column: "emb", Type: arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Float32)}, "40001", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.create(images, catalog.Definition{Schema: imageSchema})
			a := start(f)
			f.check(f.evolve(f.table(images), test.step))
			_, err := a.Commit(t.Context())
			f.wantState(test.state, err)
			f.equal("rows", f.rows(f.table(images).Current(), "id"), test.rows)
		})
	}
}

// Identifier fields that another engine has declared stay, for its upserts, unless their column goes.
func TestEvolveKeepsIdentifiers(t *testing.T) {
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema})
	f.change(images, func(_ context.Context, tx *table.Transaction) error {
		return tx.UpdateSchema(true, false).SetIdentifierField([][]string{{"id"}}).Commit()
	})
	f.check(f.evolve(f.table(images), catalog.SetComment{Text: "x"}))
	identifiers := func() []int { return f.table(images).(*Table).state.meta.CurrentSchema().IdentifierFieldIDs }
	if ids := identifiers(); len(ids) != 1 || ids[0] != 1 {
		t.Errorf("identifier fields: %v", ids)
	}
	f.check(f.evolve(f.table(images), catalog.DropColumn{Column: "id"}))
	if ids := identifiers(); len(ids) != 0 {
		t.Errorf("identifier fields: %v", ids)
	}
}

// A default for rows that are there already needs format v3.
func TestInitialDefault(t *testing.T) {
	b := array.NewInt32Builder(memory.DefaultAllocator)
	b.Append(7)
	seven := b.NewArray()
	add := catalog.AddColumn{Field: arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int32}, Initial: seven}
	for format, state := range map[string]string{"2": "0A000", "3": ""} {
		f := newFixture(t)
		f.create(images, catalog.Definition{Schema: imageSchema, Properties: map[string]string{"format-version": format}})
		f.append(f.table(images), `[{"id":1}]`)
		f.wantState(state, f.evolve(f.table(images), add))
		if state == "" {
			f.reopen()
			f.equal("rows", f.rows(f.table(images).Current(), "id", "x"), "1 7")
		}
	}
}

func TestRenameTable(t *testing.T) {
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema})
	f.append(f.table(images), `[{"id":1}]`)
	f.check(f.c.CreateSchema(t.Context(), catalog.Schema{Name: "other"}))
	late, err := f.table(images).Append(t.Context())
	f.check(err)
	b := f.batch(imageSchema, `[{"id":2}]`)
	defer b.Release()
	f.check(late.Write(b))
	moved := catalog.Name{Schema: "other", Table: "pictures"}
	f.wantState("3F000", f.c.RenameTable(t.Context(), images, catalog.Name{Schema: "nowhere", Table: "x"}))
	f.wantState("42P07", f.c.RenameTable(t.Context(), images, images))
	f.check(f.c.RenameTable(t.Context(), images, moved))
	_, err = f.c.Table(t.Context(), images)
	f.wantState("42P01", err)
	_, err = late.Commit(t.Context())
	f.wantState("42P01", err)
	f.append(f.table(moved), `[{"id":3}]`)
	f.create(images, catalog.Definition{Schema: imageSchema})
	f.reopen()
	f.equal("the renamed table", f.rows(f.table(moved).Current(), "id"), "1\n3")
	f.equal("another of the old name", f.rows(f.table(images).Current(), "id"), "")
}

// Changes of definitions and of rows at once all come through.
func TestEvolveAtOnce(t *testing.T) {
	f := newFixture(t)
	f.create(pairs, catalog.Definition{Schema: pairSchema})
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 4 {
		all.Go(func() {
			field := arrow.Field{Name: string(rune('a' + i)), Type: arrow.PrimitiveTypes.Int32, Nullable: true}
			errs <- f.table(pairs).(catalog.Evolvable).Evolve(context.Background(), []catalog.Alteration{catalog.AddColumn{Field: field}})
		})
		all.Go(func() {
			errs <- f.table(pairs).(catalog.Evolvable).Evolve(context.Background(), []catalog.Alteration{catalog.SetComment{Text: "x"}})
		})
	}
	all.Wait()
	for range 8 {
		f.check(<-errs)
	}
	if n := f.table(pairs).Definition().Schema.NumFields(); n != 6 {
		t.Errorf("%d columns", n)
	}
}
