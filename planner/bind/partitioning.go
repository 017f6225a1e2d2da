package bind

import (
	"github.com/apache/arrow-go/v18/arrow"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/temporary"
	"github.com/mediaflight/mediaflight/planner/parse"
)

// partitioning takes the items of PARTITIONED BY out of a table's options.
func (s *binding) partitioning(options []*pg.Node, table catalog.Name, fields []arrow.Field) (items []catalog.PartitionField, rest []*pg.Node, err error) {
	for _, o := range options {
		def := o.GetDefElem()
		if def.Defname != parse.Partitioning || def.Defnamespace != "" {
			rest = append(rest, o)
			continue
		}
		pos := s.pos(def.Location)
		if table.Schema == temporary.Schema {
			return nil, nil, missing(pos, "PARTITIONED BY of a temporary table", "leave it out: such tables are in memory")
		}
		text, _ := optionText(def.Arg)
		item, err := catalog.ParsePartitionField(text)
		if err != nil {
			return nil, nil, hint(fault(pos, "42601", "%s", err), "items are columns, year(c), month(c), day(c), hour(c), bucket(16, c) and truncate(10, c)")
		}
		at, err := fieldNamed(fields, ident{name: item.Column}, pos)
		if err != nil {
			return nil, nil, err
		}
		item.Column = fields[at].Name
		items = append(items, item)
	}
	return items, rest, nil
}
