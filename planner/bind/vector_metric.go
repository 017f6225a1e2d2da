package bind

import (
	"slices"

	"github.com/mediaflight/mediaflight/catalog"
)

// metricNames are what the argument "metric" may be, for distances: the nearest have the lowest.
var metricNames = map[string]string{
	"cosine": "cosine_distance", "cosine_distance": "cosine_distance", "<=>": "cosine_distance",
	"l2": "l2_distance", "euclidean": "l2_distance", "l2_distance": "l2_distance", "<->": "l2_distance",
	"ip": "negative_inner_product", "negative_inner_product": "negative_inner_product", "<#>": "negative_inner_product",
	"l1": "l1_distance", "l1_distance": "l1_distance", "<+>": "l1_distance",
}

// metric is the distance to measure by: what the argument says, else that of the column's index, else the cosine distance.
func (a *tableArguments) metric(t *table, column int) (string, error) {
	text, _, ok, err := a.text("metric")
	if err != nil {
		return "", err
	}
	if ok {
		if name := metricNames[text]; name != "" {
			return name, nil
		}
		return "", hint(fault(a.where("metric"), "22023", "unknown metric %q", text), "there are cosine, l2, ip and l1")
	}
	indexer, ok := a.Catalog.(catalog.Indexer)
	if !ok {
		return "cosine_distance", nil
	}
	found, err := indexer.Indexes(a.ctx, t.name.Schema)
	if err != nil && state(err) != "3F000" && state(err) != "0A000" {
		return "", at(a.where("table"), err)
	}
	name := t.snapshot.Schema().Field(column).Name
	var metrics []string
	for _, i := range found {
		if i.Table == t.name && i.Column == name {
			metrics = append(metrics, i.Metric)
		}
	}
	if len(metrics) == 0 || slices.Contains(metrics, "cosine_distance") {
		return "cosine_distance", nil
	}
	return metrics[0], nil
}
