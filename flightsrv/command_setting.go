package flightsrv

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner/plan"
)

// runSet is SET and RESET.
func (s *Server) runSet(ctx context.Context, r *request, c plan.Set) error {
	if c.Value == nil {
		return s.reset(ctx, r, c.Name)
	}
	return s.set(ctx, r, c.Name, *c.Value)
}

// showSchema is of one column named for the setting, or for SHOW ALL of three, as in PostgreSQL.
func showSchema(c plan.Show) *arrow.Schema {
	if c.Name == "all" {
		return textSchema("name", "setting", "description")
	}
	return textSchema(strings.ToLower(c.Name))
}

func (r *request) show(c plan.Show) (arrow.RecordBatch, error) {
	if c.Name != "all" {
		text, err := r.values().Get(c.Name)
		if err != nil {
			return nil, err
		}
		return textBatch(showSchema(c), [][]string{{text}}), nil
	}
	var rows [][]string
	for _, setting := range session.Settings {
		text, err := r.values().Get(setting.Name)
		if err != nil {
			return nil, err
		}
		rows = append(rows, []string{setting.Name, text, setting.Doc})
	}
	return textBatch(showSchema(c), rows), nil
}
