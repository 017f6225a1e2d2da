package plantest

import (
	"context"

	"github.com/mediaflight/mediaflight/catalog"
)

// indexed is a catalog that tells of indexes, and builds none.
type indexed struct {
	catalog.Catalog
	catalog.Indexer
}

// listed answers with fixed indexes.
type listed struct {
	catalog.Indexer // nil: planning asks for nothing else
	indexes         []catalog.IndexInfo
}

func (l listed) Indexes(_ context.Context, schema string) ([]catalog.IndexInfo, error) {
	var out []catalog.IndexInfo
	for _, i := range l.indexes {
		if i.Table.Schema == schema {
			out = append(out, i)
		}
	}
	return out, nil
}

// withIndexes adds the indexes
//
//	main.posters_poster_idx   on posters (poster), by inner product
//	main."Shots"              on posters (shot), by Euclidean distance
func withIndexes(c catalog.Catalog) catalog.Catalog {
	of := func(name, column, metric string) catalog.IndexInfo {
		return catalog.IndexInfo{IndexDefinition: catalog.IndexDefinition{Name: name, Table: catalog.Name{Schema: "main", Table: "posters"},
			Column: column, Metric: metric, Lists: 10, Bits: 1}, State: "ready"}
	}
	return indexed{c, listed{indexes: []catalog.IndexInfo{
		of("Shots", "shot", "l2_distance"),
		of("posters_poster_idx", "poster", "negative_inner_product"),
	}}}
}
