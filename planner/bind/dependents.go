package bind

import (
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner/ast"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// A dependent is a foreign key of another table.
type dependent struct {
	table catalog.Name
	key   catalog.Key
}

// dependents are the foreign keys of other tables that refer to one.
func (s *binding) dependents(of catalog.Name) ([]dependent, error) {
	schemas, err := s.Catalog.Schemas(s.ctx)
	if err != nil {
		return nil, err
	}
	var out []dependent
	for _, schema := range schemas {
		if schema.System {
			continue
		}
		names, err := s.Catalog.Tables(s.ctx, schema.Name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			full := catalog.Name{Schema: schema.Name, Table: name}
			if full == of {
				continue
			}
			t, err := s.Catalog.Table(s.ctx, full)
			if err != nil {
				continue // it was dropped meanwhile, or is damaged: what it says then does not matter
			}
			for _, key := range t.Definition().Keys {
				if key.Kind == catalog.ForeignKey && key.References == of {
					out = append(out, dependent{full, key})
				}
			}
		}
	}
	return out, nil
}

// release sees to the foreign keys of other tables that need what is to be dropped: they go too under CASCADE, and are an error
// otherwise.
func (a *alteration) release(what string, behavior pg.DropBehavior, pos ast.Pos, needs func(foreign catalog.Key) bool) error {
	all, err := a.dependents(a.table)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(d dependent) bool { return !needs(d.key) })
	then, err := cascade(all, what, behavior, pos)
	a.cmd.Then = append(a.cmd.Then, then...)
	return err
}

// cascade drops foreign keys, if it may.
func cascade(all []dependent, what string, behavior pg.DropBehavior, pos ast.Pos) ([]plan.AlterTable, error) {
	if len(all) > 0 && behavior != pg.DropBehavior_DROP_CASCADE {
		e := fault(pos, "2BP01", "cannot drop %s because other objects depend on it: constraint %s on table %s", what, all[0].key.Name, all[0].table.Table)
		return nil, hint(e, "use DROP ... CASCADE to drop the dependent objects too")
	}
	var then []plan.AlterTable
	for _, d := range all {
		then = append(then, plan.AlterTable{Table: d.table, Steps: []catalog.Alteration{catalog.DropKey{Name: d.key.Name}},
			Notices: []string{fmt.Sprintf("drop cascades to constraint %s on table %s", d.key.Name, d.table.Table)}})
	}
	return then, nil
}

func sameNames(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
