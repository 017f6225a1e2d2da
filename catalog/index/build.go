package index

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/durable"
)

// Create builds an index over the rows of a source. siblings are the tables, the index's own too, among whose indexes its
// name must be unique. If a building of the same index ended early, this one goes on from where it was.
func (f *Folder) Create(ctx context.Context, def Definition, siblings []string, source Source, watch Watch) error {
	j, err := f.place(def, siblings, source, watch)
	if err != nil {
		return err
	}
	err = j.run(ctx, j.build)
	if err != nil && ctx.Err() == nil && !errors.Is(err, errDropped) {
		_ = os.RemoveAll(j.dir) // the next try would fail in the same way
		f.forget(def.Table)
	}
	return fault("create index", def.Name, err)
}

// place makes the folder of a new index, or finds that of a building that ended early.
func (f *Folder) place(def Definition, siblings []string, source Source, watch Watch) (*job, error) {
	if err := durable.MakeFolder(filepath.Join(f.dir, def.Table)); err != nil {
		return nil, err
	}
	all, err := waitLock(filepath.Join(f.dir, lockName))
	if err != nil {
		return nil, err
	}
	defer all.release()
	for _, table := range siblings {
		indexes, err := f.Indexes(table)
		if err != nil {
			return nil, err
		}
		for _, ix := range indexes {
			if ix.Name != def.Name {
				continue
			}
			if ix.Finished() || ix.Table != def.Table {
				return nil, &catalog.Error{Op: "create index", Name: def.Name, State: "42P07", Msg: "index already exists"}
			}
			j, err := f.start(ix.dir, source, watch)
			if err != nil {
				return nil, fault("create index", def.Name, err)
			}
			if ix.definition() == def {
				j.next = ix.resumable()
				return j, nil
			}
			j.lock.release()
			if err := ix.Drop(); err != nil {
				return nil, err
			}
		}
	}
	dir := filepath.Join(f.dir, def.Table, uuid.NewString())
	if err := durable.MakeFolder(dir); err != nil {
		return nil, err
	}
	j, err := f.start(dir, source, watch)
	if err != nil {
		return nil, err
	}
	j.next = newManifest(def)
	if err := j.checkpoint(); err != nil {
		j.lock.release()
		return nil, err
	}
	f.forget(def.Table)
	return j, nil
}

func newManifest(def Definition) *manifest {
	return &manifest{Table: def.Table, Name: def.Name, FieldID: def.FieldID, Metric: def.Metric, Dim: def.Dim, Asked: asked{Lists: def.Lists, Bits: def.Bits}}
}

// resumable is what the checkpoint in the index's folder says, as far as its files are good: all that it names, or an index
// that is still to be begun.
func (ix *Index) resumable() *manifest {
	next, err := readManifest(filepath.Join(ix.dir, checkpointName))
	if err != nil || next.definition() != ix.definition() {
		return newManifest(ix.definition())
	}
	if next.Quantizer == nil {
		return newManifest(ix.definition())
	}
	o, err := (&Index{folder: ix.folder, dir: ix.dir, manifest: next}).mapAll()
	if err != nil {
		return newManifest(ix.definition())
	}
	defer o.close()
	for _, m := range o.files {
		if m.verify(context.Background()) != nil {
			return newManifest(ix.definition())
		}
	}
	return next
}

// Rebuild trains and builds an index anew. Until it is complete, the old one answers.
func (ix *Index) Rebuild(ctx context.Context, source Source, watch Watch) error {
	j, err := ix.folder.start(ix.dir, source, watch)
	if err != nil {
		return fault("reindex", ix.Name, err)
	}
	j.next = ix.resumable()
	err = j.run(ctx, func(ctx context.Context) error {
		if err := j.checkpoint(); err != nil {
			return err
		}
		err := j.build(ctx)
		if err != nil && ctx.Err() == nil && ix.Finished() {
			j.removeCheckpoint()
			j.removeUnnamed()
		}
		return err
	})
	return fault("reindex", ix.Name, err)
}

// fault gives errors of a job their states.
func fault(op, name string, err error) error {
	switch {
	case errors.Is(err, errLocked):
		return &catalog.Error{Op: op, Name: name, State: "55006", Msg: err.Error(), Hint: "wait until that ends, or drop the index"}
	case errors.Is(err, errDropped):
		return &catalog.Error{Op: op, Name: name, State: "55006", Msg: err.Error()}
	case errors.Is(err, errFault):
		return &catalog.Error{Op: op, Name: name, State: "58030", Msg: err.Error()}
	}
	return err
}
