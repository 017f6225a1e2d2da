package iceberg

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

// labelSchema has a column of imageSchema's, with another type.
var labelSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "emb", Type: arrow.FixedSizeListOfNonNullable(3, arrow.PrimitiveTypes.Float32), Nullable: true},
}, nil)

// replacement starts one of two rows.
func (f *fixture) replacement(c *Catalog) catalog.Append {
	f.Helper()
	a, err := c.ReplaceTableAs(f.Context(), images, catalog.Definition{Schema: labelSchema, Comment: "labels"})
	f.check(err)
	rows := f.batch(labelSchema, `[{"id":"a","emb":[1,2,3]},{"id":"b"}]`)
	defer rows.Release()
	f.check(a.Write(rows))
	return a
}

func (f *fixture) commit(a catalog.Append) {
	f.Helper()
	_, err := a.Commit(f.Context())
	f.check(err)
}

// eventually waits for what the garbage collector has to find out.
func (f *fixture) eventually(what string, done func() bool) {
	f.Helper()
	for range 2000 {
		if runtime.GC(); done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.Errorf("it never happens: %s", what)
}

func TestReplace(t *testing.T) {
	f := newFixture(t)
	f.check(f.c.Close())
	f.c = f.open(Options{KeepReplaced: time.Nanosecond})
	f.append(f.create(images, catalog.Definition{Schema: imageSchema, Comment: "pictures"}), `[{"id":1,"emb":[1,2]},{"id":2}]`)
	held := f.table(images).Current()
	folder := held.(*Snapshot).state.meta.Location()
	path, err := localPath(folder)
	f.check(err)

	f.replacement(f.c).Abort()
	f.equal("after one that was aborted", f.rows(f.table(images).Current(), "id"), "1\n2")
	a := f.replacement(f.c)
	f.equal("before the commit", f.rows(f.table(images).Current(), "id"), "1\n2")
	f.commit(a)
	f.equal("after it", f.rows(f.table(images).Current(), "id", "emb"), "a [1,2,3]\nb (null)")
	if def := f.table(images).Definition(); def.Comment != "labels" || !def.Schema.Equal(labelSchema) {
		t.Errorf("definition: %+v", def)
	}
	f.append(f.table(images), `[{"id":"c"}]`)

	// The files of the old table have not been opened yet.
	runtime.GC()
	f.equal("whoever reads the old table", f.rows(held, "id", "emb"), "1 [1,2]\n2 (null)")
	runtime.KeepAlive(held)
	held = nil
	f.eventually("the old folder is removed", func() bool { return !exists(path) })
	f.reopen()
	f.equal("after all", f.rows(f.table(images).Current(), "id"), "a\nb\nc")
	f.noLeftovers(f.table(images), 2)
	f.noneListed()
}

// noneListed checks that no folder is to be removed any more.
func (f *fixture) noneListed() {
	f.Helper()
	f.check(f.c.Close())
	f.c = f.open(Options{})
	left, err := f.c.store.leftovers(f.Context(), time.Now().Add(time.Hour))
	f.check(err)
	if len(left) > 0 {
		f.Errorf("leftovers: %q", left)
	}
}

// A query that was planned before the replacement names the snapshot that it is to read.
func TestReplacedSnapshots(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1,"emb":[1,2]}]`)
	old := f.table(images).(*Table).state
	first := f.table(images).Current().ID()
	f.commit(f.replacement(f.c))
	second := f.table(images).Current().ID()
	f.commit(f.replacement(f.c))
	for id, want := range map[int64]string{first: "1 [1,2]", second: "a [1,2,3]\nb (null)"} {
		runtime.GC()
		s, err := f.table(images).Snapshot(t.Context(), id)
		f.check(err)
		f.equal("rows", f.rows(s, "id", "emb"), want)
	}
	f.c.dropReplaced(images, old)
	_, err := f.table(images).Snapshot(t.Context(), first)
	f.wantState("55000", err)
	_, err = f.table(images).Snapshot(t.Context(), second)
	f.check(err)
}

// Closing the catalog removes what was still in use.
func TestReplaceAndClose(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	held := f.table(images)
	f.commit(f.replacement(f.c))
	f.reopen()
	f.noLeftovers(f.table(images), 1)
	runtime.KeepAlive(held)
	f.noneListed()
}

func TestReplaceConflicts(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	_, err := f.c.ReplaceTableAs(ctx, images, catalog.Definition{Schema: labelSchema})
	f.wantState("42P01", err)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	other := f.open(Options{})

	// Rows that others commit meanwhile are replaced too; those that they commit afterwards have no table.
	replace := f.replacement(other)
	late, err := f.table(images).Append(ctx)
	f.check(err)
	rows := f.batch(imageSchema, `[{"id":3}]`)
	defer rows.Release()
	f.check(late.Write(rows))
	f.append(f.table(images), `[{"id":2}]`)
	f.commit(replace)
	_, err = late.Commit(ctx)
	f.wantState("40001", err)
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "a\nb")

	// Two replacements: the last one stays.
	first, second := f.replacement(f.c), f.replacement(other)
	f.commit(second)
	f.commit(first)
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "a\nb")

	// A table that was dropped is not replaced.
	gone := f.replacement(other)
	f.check(f.c.DropTable(ctx, images))
	_, err = gone.Commit(ctx)
	f.wantState("42P01", err)
	f.create(images, catalog.Definition{Schema: imageSchema})
	f.check(other.Close())
	f.reopen()
	f.noLeftovers(f.table(images), 0)
	f.noneListed()
}

// A replacement that fails between its files and its commit leaves the old table.
func TestReplaceThatFails(t *testing.T) {
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: imageSchema}), `[{"id":1}]`)
	a := f.replacement(f.c).(*replacing)
	f.check(a.finish())
	f.check(os.WriteFile(strings.TrimPrefix(a.folder(), "file://")+"/metadata", nil, 0o644))
	if _, err := a.Commit(t.Context()); err == nil {
		t.Error("a commit succeeded without a folder for metadata")
	}
	f.reopen()
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "1")
	f.noLeftovers(f.table(images), 1)
	f.noneListed()
}

// The test's own binary, with a folder in its environment, is the process that is killed while it replaces the table
// again and again.
func TestKilledReplacement(t *testing.T) {
	if dir := os.Getenv("MEDIAFLIGHT_TEST_REPLACE_IN"); dir != "" {
		f := &fixture{TB: t, dir: dir, mem: memory.NewCheckedAllocator(memory.DefaultAllocator)}
		for c := f.open(Options{}); ; {
			f.commit(f.replacement(c))
		}
	}
	f := newFixture(t)
	f.append(f.create(images, catalog.Definition{Schema: labelSchema}), `[{"id":"a"},{"id":"b"}]`)
	for delay := range 8 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledReplacement$")
		cmd.Env = append(os.Environ(), "MEDIAFLIGHT_TEST_REPLACE_IN="+f.dir)
		before := f.table(images).(*Table).state.location
		f.check(cmd.Start())
		f.eventually("the process replaces the table", func() bool { return f.table(images).(*Table).state.location != before })
		time.Sleep(time.Duration(delay) * 3 * time.Millisecond)
		f.check(cmd.Process.Kill())
		_ = cmd.Wait()
		f.equal("rows", f.rows(f.table(images).Current(), "id"), "a\nb")
	}
	f.reopen() // nothing is in use then
	swept, err := f.c.Sweep(t.Context(), time.Now().Add(time.Hour))
	f.check(err)
	if swept.Folders == 0 {
		t.Error("no replacement was cut short: nothing is tested")
	}
	f.reopen()
	f.equal("rows", f.rows(f.table(images).Current(), "id"), "a\nb")
	f.noLeftovers(f.table(images), 1)
	f.noneListed()
}
