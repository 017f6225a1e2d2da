package flightsrv

import (
	"cmp"
	"context"
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
)

// A tableRef is how the key commands name a table: exactly; a schema that is absent is any schema.
type tableRef struct {
	catalog, schema *string
	table           string
}

func (r tableRef) fits(name catalog.Name) bool {
	return inCatalog(r.catalog) && (r.schema == nil || *r.schema == name.Schema) && r.table == name.Table
}

// eachKey calls f for the keys of a kind that a table has. A table that does not exist has none.
func (s *Server) eachKey(ctx context.Context, ref tableRef, kind catalog.KeyKind, f func(catalog.Table, catalog.Key)) error {
	return s.eachTable(ctx, nil, nil, func(_ catalog.Schema, t catalog.Table) bool {
		if !ref.fits(t.Name()) {
			return true
		}
		for _, k := range t.Definition().Keys {
			if k.Kind == kind {
				f(t, k)
			}
		}
		return true
	})
}

// A reference is a foreign key with the primary or unique key that it points at.
type reference struct {
	from, to catalog.Name
	key      catalog.Key
	columns  []string // of to
	toKey    *string  // name of the key there, if it is declared
}

// references lists the foreign keys that fit.
func (s *Server) references(ctx context.Context, fits func(from, to catalog.Name) bool) ([]reference, error) {
	keys := map[catalog.Name][]catalog.Key{}
	var order []catalog.Name
	err := s.eachTable(ctx, nil, nil, func(_ catalog.Schema, t catalog.Table) bool {
		keys[t.Name()] = t.Definition().Keys
		order = append(order, t.Name())
		return true
	})
	var out []reference
	for _, from := range order {
		for _, k := range keys[from] {
			if k.Kind != catalog.ForeignKey || !fits(from, k.References) {
				continue
			}
			r := reference{from: from, to: k.References, key: k, columns: k.RefColumns}
			for _, target := range keys[k.References] {
				if target.Kind == catalog.ForeignKey {
					continue
				}
				if len(r.columns) == 0 && target.Kind == catalog.PrimaryKey {
					r.columns = target.Columns // REFERENCES t is the primary key of t
				}
				if slices.Equal(r.columns, target.Columns) {
					r.toKey = nameOf(target)
				}
			}
			out = append(out, r)
		}
	}
	return out, err
}

// Rules on update and delete, in JDBC's numbers. Keys are declared only, so nothing ever happens to referring rows.
const noAction = uint8(3)

// rows appends a row for each pair of columns.
func (r reference) rows(b *batchBuilder) {
	for i, column := range r.key.Columns {
		if i >= len(r.columns) {
			return
		}
		b.row(catalog.Database, r.to.Schema, r.to.Table, r.columns[i],
			catalog.Database, r.from.Schema, r.from.Table, column,
			int32(i+1), nameOf(r.key), r.toKey, noAction, noAction)
	}
}

func nameOf(k catalog.Key) *string {
	if k.Name == "" {
		return nil
	}
	return &k.Name
}

func compareNames(a, b catalog.Name) int {
	return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Table, b.Table))
}
