package iceberg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/apache/iceberg-go"
	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
)

// errConflict: the table moved on while a change to it was planned.
var errConflict = errors.New("table was changed by another writer")

// maxAttempts bounds how often a change is planned. A conflict takes another process that commits within the few
// milliseconds between our look-up and our UPDATE; processes that do nothing but commit get through in a few attempts.
const maxAttempts = 50

// commit makes a change to a table by a transaction of iceberg-go's. plan stages the change.
func (c *Catalog) commit(ctx context.Context, op string, name catalog.Name, id uuid.UUID, plan func(*table.Transaction, *state) error) error {
	return c.commitEach(ctx, op, name, id, func(target *commitTarget) error { return target.attempt(ctx, plan) })
}

// commitEach makes a change to a table, as the package comment says. It is the only way in which tables change. attempt
// plans and commits the change; it runs again, on newer metadata, if another writer was faster. id is the table's identity,
// so that a change never hits another table of the same name. An error is an errUnknown if the change may have been made
// nevertheless.
func (c *Catalog) commitEach(ctx context.Context, op string, name catalog.Name, id uuid.UUID, attempt func(*commitTarget) error) error {
	lock := c.committing(name)
	lock.Lock()
	defer lock.Unlock()
	for n := 1; ; n++ {
		base, err := c.load(ctx, op, name)
		if err != nil {
			return err
		}
		if base.meta.TableUUID() != id {
			return &catalog.Error{Op: op, Name: name.String(), State: "40001", Msg: "the table was replaced meanwhile", Hint: "try again"}
		}
		err = attempt(&commitTarget{catalog: c, name: name, base: base, place: func(ctx context.Context, to string) (bool, error) {
			return c.store.move(ctx, name, base.location, to)
		}})
		if err == nil || !errors.Is(err, errConflict) {
			return diskFault(op, name, err)
		}
		if n == maxAttempts {
			return &catalog.Error{Op: op, Name: name.String(), State: "40001", Msg: err.Error(), Hint: "try again"}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(min(1<<n, 64)) * time.Millisecond)):
		}
	}
}

// attempt plans the change and commits it, once.
func (t *commitTarget) attempt(ctx context.Context, plan func(*table.Transaction, *state) error) error {
	tbl := table.New(table.Identifier{t.name.Schema, t.name.Table}, t.base.meta, t.base.location, t.fs, t)
	tx := tbl.NewTransaction()
	err := plan(tx, t.base)
	if err == nil {
		_, err = tx.Commit(ctx)
	}
	return t.settle(err)
}

// settle removes what was written for a change that failed.
func (t *commitTarget) settle(err error) error {
	if err == nil {
		return nil
	}
	if t.moved {
		return &errUnknown{err}
	}
	t.files.discard()
	return err
}

// errUnknown is an error after which the table may or may not stand at the new metadata: nothing that it names may be
// removed.
type errUnknown struct{ cause error }

func (e *errUnknown) Error() string {
	return "the change may or may not have been committed: " + e.cause.Error()
}
func (e *errUnknown) Unwrap() error { return e.cause }

// SQLState is that of a transaction whose resolution is unknown.
func (e *errUnknown) SQLState() string { return "08007" }

// A commitTarget is the catalog that iceberg-go commits one attempt to.
type commitTarget struct {
	catalog *Catalog
	name    catalog.Name
	base    *state
	place   func(ctx context.Context, location string) (done bool, err error) // makes the catalog point at the new metadata
	files   writes
	moved   bool // the table may stand at our metadata: the files must stay
}

func (t *commitTarget) fs(context.Context) (icebergio.IO, error) { return &t.files, nil }

// LoadTable is what iceberg-go's own retries would begin with. Ours plan the change anew instead, because a replayed
// change may undo what was committed in between.
func (t *commitTarget) LoadTable(context.Context, table.Identifier) (*table.Table, error) {
	return nil, errConflict
}

// CommitTable writes the new metadata and moves the table to it.
func (t *commitTarget) CommitTable(ctx context.Context, _ table.Identifier, reqs []table.Requirement, updates []table.Update) (table.Metadata, string, error) {
	for _, r := range reqs {
		if err := r.Validate(t.base.meta); err != nil {
			return nil, "", fmt.Errorf("%w: %w", errConflict, err)
		}
	}
	meta, err := table.UpdateTableMetadata(t.base.meta, updates, t.base.location)
	if err != nil {
		return nil, "", err
	}
	location, err := writeMetadata(&t.files, meta, nextVersion(t.base.location))
	if err != nil {
		return nil, "", err
	}
	done, err := t.place(ctx, location)
	if err != nil {
		done, err = t.resolve(ctx, location, err)
	}
	if err != nil {
		return nil, "", err
	}
	if !done {
		return nil, "", errConflict
	}
	t.moved = true
	t.catalog.keep(t.name, location, meta)
	return meta, location, nil
}

// resolve finds out whether a move that failed took place all the same: the error may have come after the fact.
func (t *commitTarget) resolve(ctx context.Context, location string, cause error) (bool, error) {
	now, err := t.catalog.store.location(context.WithoutCancel(ctx), "commit to", t.name)
	switch {
	case stateOf(err) == "42P01", stateOf(err) == "3F000":
		return false, cause // there is no such table
	case err == nil && now == location:
		return true, nil
	case err == nil && now == t.base.location:
		return false, cause
	case err == nil: // others have committed since: to our metadata, or without it
		if meta, err := readMetadata(now); err == nil {
			for previous := range meta.PreviousFiles() {
				if previous.MetadataFile == location {
					return true, nil
				}
			}
			return false, cause
		}
	}
	t.moved = true
	return false, cause
}

var metadataVersion = regexp.MustCompile(`/(\d+)-[^/]*$`)

// nextVersion is the number that follows the one in a metadata file's name; 0 for a table's first.
func nextVersion(location string) int {
	if m := metadataVersion.FindStringSubmatch(location); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n + 1
	}
	return 0
}

// diskFault gives errors of the file system a state.
func diskFault(op string, name catalog.Name, err error) error {
	switch {
	case errors.As(err, new(*errUnknown)):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return &catalog.Error{Op: op, Name: name.String(), State: "53100", Msg: err.Error()}
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES):
		return &catalog.Error{Op: op, Name: name.String(), State: "58030", Msg: err.Error()}
	case errors.Is(err, iceberg.ErrNotImplemented):
		return &catalog.Error{Op: op, Name: name.String(), State: "0A000", Msg: err.Error()}
	}
	return err
}
