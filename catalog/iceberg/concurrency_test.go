package iceberg

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
)

const writers, appends = 4, 5

// appendMany commits appends batches of two rows, of ids from*100+i.
func (f *fixture) appendMany(c *Catalog, from int) error {
	for i := range appends {
		t, err := c.Table(f.Context(), images)
		if err != nil {
			return err
		}
		a, err := t.Append(f.Context())
		if err != nil {
			return err
		}
		rows := f.batch(imageSchema, fmt.Sprintf(`[{"id":%d},{"id":%d}]`, from*100+2*i, from*100+2*i+1))
		err = a.Write(rows)
		rows.Release()
		if err != nil {
			return err
		}
		if _, err := a.Commit(f.Context()); err != nil {
			return err
		}
	}
	return nil
}

// wantAll checks that every row of all writers is there once.
func (f *fixture) wantAll() {
	f.Helper()
	seen := map[string]int{}
	for id := range strings.FieldsSeq(f.rows(f.table(images).Current(), "id")) {
		seen[id]++
	}
	for w := range writers {
		for i := range 2 * appends {
			if n := seen[strconv.Itoa(w*100+i)]; n != 1 {
				f.Errorf("row %d of writer %d is there %d times", i, w, n)
			}
		}
	}
	if len(seen) != writers*appends*2 {
		f.Errorf("%d rows, want %d", len(seen), writers*appends*2)
	}
	f.noLeftovers(f.table(images), writers*appends)
}

// Each writer has a catalog of its own, as processes have, so that commits do collide.
func TestConcurrentAppends(t *testing.T) {
	for _, shared := range []bool{true, false} {
		t.Run(fmt.Sprintf("shared=%v", shared), func(t *testing.T) {
			f := newFixture(t)
			f.create(images, catalog.Definition{Schema: imageSchema})
			var wg sync.WaitGroup
			for w := range writers {
				c := f.c
				if !shared {
					c = f.open(Options{})
					defer c.Close()
				}
				wg.Go(func() {
					if err := f.appendMany(c, w); err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				})
			}
			wg.Wait()
			f.wantAll()
		})
	}
}

// The test's own binary, with a folder in its environment, is each of the processes.
func TestProcesses(t *testing.T) {
	if dir := os.Getenv("MEDIAFLIGHT_TEST_APPEND_TO"); dir != "" {
		from, err := strconv.Atoi(os.Getenv("MEDIAFLIGHT_TEST_WRITER"))
		f := &fixture{TB: t, dir: dir, mem: memory.NewCheckedAllocator(memory.DefaultAllocator)}
		f.check(err)
		c := f.open(Options{})
		defer c.Close()
		f.check(f.appendMany(c, from))
		return
	}
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema})
	var wg sync.WaitGroup
	for w := range writers {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcesses$")
		cmd.Env = append(os.Environ(), "MEDIAFLIGHT_TEST_APPEND_TO="+f.dir, "MEDIAFLIGHT_TEST_WRITER="+strconv.Itoa(w))
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("writer %d: %v\n%s", w, err, out)
			}
		})
	}
	wg.Wait()
	f.wantAll()
}

// A process that is killed at any moment of its appends leaves whole appends and nothing else.
func TestKilledWriter(t *testing.T) {
	f := newFixture(t)
	f.create(images, catalog.Definition{Schema: imageSchema})
	for delay := range 12 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcesses$")
		cmd.Env = append(os.Environ(), "MEDIAFLIGHT_TEST_APPEND_TO="+f.dir, "MEDIAFLIGHT_TEST_WRITER="+strconv.Itoa(delay))
		f.check(cmd.Start())
		time.Sleep(time.Duration(delay) * 4 * time.Millisecond)
		f.check(cmd.Process.Kill())
		_ = cmd.Wait()
		rows := strings.Fields(f.rows(f.table(images).Current(), "id"))
		if len(rows)%2 != 0 {
			t.Fatalf("half an append is there: %v", rows)
		}
	}
	f.append(f.table(images), `[{"id":-1}]`)
	f.reopen()
	if rows := f.rows(f.table(images).Current(), "id"); !strings.HasSuffix(rows, "-1\n") {
		t.Errorf("an append after the kills is lost: %s", rows)
	}
}
