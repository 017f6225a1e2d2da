package flightsrv

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner"
)

// indexed is a catalog that keeps the definitions of indexes, and builds one named "slow" until it is stopped.
type indexed struct {
	catalog.Catalog
	mu    sync.Mutex
	built []catalog.IndexInfo
	again []string // names of those built anew
}

func (c *indexed) CreateIndex(ctx context.Context, def catalog.IndexDefinition, watch func(catalog.IndexProgress)) error {
	watch(catalog.IndexProgress{Stage: "train", Rows: 10})
	watch(catalog.IndexProgress{Stage: "train", Done: 10, Rows: 10})
	watch(catalog.IndexProgress{Stage: "write", Rows: 10})
	if def.Name == "slow" {
		<-ctx.Done()
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(c.built, func(i catalog.IndexInfo) bool { return i.Name == def.Name }) {
		return &catalog.Error{Op: "create index", Name: def.Name, State: "42P07", Msg: "index already exists"}
	}
	c.built = append(c.built, catalog.IndexInfo{IndexDefinition: def})
	return nil
}

func (c *indexed) Reindex(_ context.Context, _, name string, watch func(catalog.IndexProgress)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	watch(catalog.IndexProgress{Stage: "train"})
	c.again = append(c.again, name)
	return nil
}

func (c *indexed) FoldIndex(context.Context, string, string, func(catalog.IndexProgress)) error {
	return nil
}

func (c *indexed) DropIndex(_ context.Context, schema, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.built)
	c.built = slices.DeleteFunc(c.built, func(i catalog.IndexInfo) bool { return i.Table.Schema == schema && i.Name == name })
	if len(c.built) == n {
		return &catalog.Error{Op: "drop index", Name: name, State: "42704", Msg: "index does not exist"}
	}
	return nil
}

func (c *indexed) VerifyIndex(context.Context, string, string) ([]string, error) { return nil, nil }

func (c *indexed) Indexes(_ context.Context, schema string) ([]catalog.IndexInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.built), func(i catalog.IndexInfo) bool { return i.Table.Schema != schema }), nil
}

func startIndexed(t *testing.T) (*harness, *indexed) {
	c := &indexed{}
	h := start(t, func(config *Config) {
		c.Catalog = config.Catalog
		config.Catalog = c
		config.Planner = &planner.Planner{Catalog: c, Functions: config.Functions}
	}, clips(10, 2))
	return h, c
}

func TestIndexCommands(t *testing.T) {
	h, catalog := startIndexed(t)
	c := h.dial(t)
	for _, step := range []struct{ sql, state, notice, want string }{
		{"CREATE INDEX ON clips USING ivf (embedding vector_l2_ops) WITH (bits = 2)", "", "", "clips_embedding_idx"},
		{"CREATE INDEX clips_embedding_idx ON clips USING ivf (embedding vector_l2_ops)", "42P07", "", "clips_embedding_idx"},
		{"CREATE INDEX IF NOT EXISTS clips_embedding_idx ON clips USING ivf (embedding vector_l2_ops)", "",
			`relation "clips_embedding_idx" already exists, skipping`, "clips_embedding_idx"},
		{"CREATE INDEX near ON clips USING hnsw (embedding vector_cosine_ops) WITH (m = 8)", "",
			"an index of kind ivf is built in place of hnsw, without m: SET target_recall says what queries are to find", "clips_embedding_idx near"},
		{"REINDEX INDEX near", "", "", "clips_embedding_idx near; again near"},
		{"REINDEX TABLE clips", "", "", "clips_embedding_idx near; again near clips_embedding_idx near"},
		{"DROP INDEX near", "", "", "clips_embedding_idx; again near clips_embedding_idx near"},
		{"DROP INDEX near", "42704", "", "clips_embedding_idx; again near clips_embedding_idx near"},
		{"DROP INDEX IF EXISTS near, clips_embedding_idx", "", `index "near" does not exist, skipping`, "; again near clips_embedding_idx near"},
		{"REINDEX TABLE clips", "", `table "clips" has no indexes to reindex`, "; again near clips_embedding_idx near"},
	} {
		notice, err := runNoticed(t, c, step.sql)
		if step.state == "" && err != nil || step.state != "" && !hasState(err, step.state) {
			t.Errorf("%s: %v", step.sql, err)
		}
		if notice != step.notice {
			t.Errorf("%s: notice %q, want %q", step.sql, notice, step.notice)
		}
		if got := catalog.String(); got != step.want {
			t.Errorf("after %s: %s, want %s", step.sql, got, step.want)
		}
	}
}

func (c *indexed) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, i := range c.built {
		names = append(names, i.Name)
	}
	text := strings.Join(names, " ")
	if len(c.again) > 0 {
		text += "; again " + strings.Join(c.again, " ")
	}
	return text
}

// runNoticed runs a statement and returns the server's remark on it.
func runNoticed(t *testing.T, c *flightsql.Client, sql string) (string, error) {
	t.Helper()
	var header metadata.MD
	_, err := c.Execute(t.Context(), sql, grpc.Header(&header))
	return strings.Join(header.Get(headerNotice), "\n"), err
}

// TestNoticesAreSpared sets the level of messages that a client wants.
func TestNoticesAreSpared(t *testing.T) {
	h, _ := startIndexed(t)
	c := h.dial(t)
	for _, step := range []struct{ level, want string }{
		{"warning", ""}, {"notice", `schema "nope" does not exist, skipping`}, {"error", ""}, {"DEFAULT", `schema "nope" does not exist, skipping`},
	} {
		if err := run(t.Context(), c, "SET client_min_messages = "+step.level); err != nil {
			t.Fatal(err)
		}
		if got, err := runNoticed(t, c, "DROP SCHEMA IF EXISTS nope"); err != nil || got != step.want {
			t.Errorf("at %s: %q, %v, want %q", step.level, got, err, step.want)
		}
	}
}

// TestBuildingAnIndexIsStopped ends a build by a timeout, and by its client.
func TestBuildingAnIndexIsStopped(t *testing.T) {
	h, indexes := startIndexed(t)
	c := h.dial(t)
	const build = "CREATE INDEX slow ON clips USING ivf (embedding vector_l2_ops)"
	if err := run(t.Context(), c, "SET statement_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), c, build); !hasState(err, "57014") || !hasText(err, "statement timeout") {
		t.Errorf("after the timeout: %v", err)
	}
	if err := run(t.Context(), c, "SET statement_timeout = 0"); err != nil {
		t.Fatal(err)
	}
	h.log.expect(t, "stage=write")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- run(ctx, c, build) }()
	h.await(t, 1)
	cancel()
	if err := <-ended; err == nil {
		t.Error("a cancelled build succeeded")
	}
	if took := h.await(t, 0); took > time.Second {
		t.Errorf("it ended after %s", took)
	}
	if got := indexes.String(); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// TestSearchSettings holds the settings of searches to their bounds, and the plan cache to them.
func TestSearchSettings(t *testing.T) {
	h := start(t, nil, clips(10, 2))
	c := h.dial(t)
	for _, step := range []struct{ sql, state, recall, mode string }{
		{"SHOW target_recall", "", "0.95", "auto"},
		{"SET target_recall = 0.98", "", "0.98", "auto"},
		{"SET target_recall = 1", "", "1", "auto"},
		{"SET target_recall = 0", "22023", "1", "auto"},
		{"SET target_recall = 1.5", "22023", "1", "auto"},
		{"SET target_recall = 'NaN'", "22023", "1", "auto"},
		{"SET target_recall = high", "22023", "1", "auto"},
		{"SET vector_search = exact", "", "1", "exact"},
		{"SET vector_search = approximate", "22023", "1", "exact"},
		{"RESET target_recall", "", "0.95", "exact"},
		{"RESET ALL", "", "0.95", "auto"},
		{"SET hnsw.ef_search = 100", "42704", "0.95", "auto"},
	} {
		err := run(t.Context(), c, step.sql)
		if step.state == "" && err != nil || step.state != "" && !hasState(err, step.state) {
			t.Errorf("%s: %v", step.sql, err)
		}
		got := fmt.Sprint(texts(query(t, c, "SHOW target_recall")), texts(query(t, c, "SHOW vector_search")))
		if want := fmt.Sprintf("[[%s]] [[%s]]", step.recall, step.mode); got != want {
			t.Errorf("after %s: %s, want %s", step.sql, got, want)
		}
	}
	const search = "SELECT id FROM clips ORDER BY embedding <-> '[1,1]' LIMIT 3"
	plans := map[string]bool{}
	for _, setting := range []string{"target_recall = 0.9", "target_recall = 0.99", "vector_search = exact", "vector_search = auto"} {
		if err := run(t.Context(), c, "SET "+setting); err != nil {
			t.Fatal(err)
		}
		info, err := c.Execute(t.Context(), search)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(texts(fetch(t, c, info))); got != "[[0] [1] [2]]" {
			t.Errorf("with %s: %s", setting, got)
		}
	}
	h.plans.mu.Lock()
	defer h.plans.mu.Unlock()
	for key, element := range h.plans.byKey {
		if key.sql == search {
			plans[string(element.Value.(*cachedPlan).statement.Plan)] = true
		}
	}
	if len(plans) != 3 {
		t.Errorf("%d plans, not one for each recall and one without", len(plans))
	}
}
