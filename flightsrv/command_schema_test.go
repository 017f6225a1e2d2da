package flightsrv

import (
	"fmt"
	"testing"
)

func TestCommentOnSchema(t *testing.T) {
	h := start(t, nil)
	c := h.dial(t)
	for _, step := range []struct{ sql, state, want string }{
		{"CREATE SCHEMA lab", "", "[{lab  false} {main  false}]"},
		{"COMMENT ON SCHEMA lab IS 'tries'", "", "[{lab tries false} {main  false}]"},
		{"COMMENT ON SCHEMA lab IS 'other tries'", "", "[{lab other tries false} {main  false}]"},
		{"COMMENT ON SCHEMA nope IS 'x'", "3F000", "[{lab other tries false} {main  false}]"},
		{"COMMENT ON SCHEMA lab IS NULL", "", "[{lab  false} {main  false}]"},
	} {
		err := run(t.Context(), c, step.sql)
		if step.state == "" && err != nil || step.state != "" && !hasState(err, step.state) {
			t.Errorf("%s: %v", step.sql, err)
		}
		schemas, err := h.config.Catalog.Schemas(t.Context())
		if got := fmt.Sprint(schemas); err != nil || got != step.want {
			t.Errorf("after %s: %s, %v, want %s", step.sql, got, err, step.want)
		}
	}
}
