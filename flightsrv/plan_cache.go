package flightsrv

import (
	"container/list"
	"context"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/planner"
)

// planCache keeps the plans of statements that were planned lately, by their text and what else planning depends on. A
// plan pins the snapshots that it reads, so one is good only while they are the tables' newest.
type planCache struct {
	limit int

	mu     sync.Mutex
	byKey  map[planKey]*list.Element // of *cachedPlan
	byPlan map[string]*knownPlan     // the queries among them, by their Substrait bytes, as tickets have them
	recent list.List                 // the most recently used first
	epoch  uint64                    // counts changes of what names mean
}

type planKey struct {
	sql, schema, zone, params string
	recall                    float64
}

type cachedPlan struct {
	key       planKey
	epoch     uint64
	statement *planner.Statement
	schemas   []*arrow.Schema // of the tables, as they were
	known     *knownPlan      // nil for what is no query
}

// maxCachedSQL keeps statements such as long lists of VALUES out of the cache: they do not come twice.
const maxCachedSQL = 16 << 10

func keyOf(sql string, session planner.Session) planKey {
	var types strings.Builder
	for _, t := range session.Params {
		if t != nil {
			types.WriteString(t.Fingerprint())
		}
		types.WriteByte(';')
	}
	return planKey{sql: sql, schema: session.Schema, zone: session.Env.Location.String(), params: types.String(), recall: session.Recall}
}

// find returns the statement's plan if it is still good.
func (c *planCache) find(ctx context.Context, tables catalog.Catalog, key planKey) (*planner.Statement, bool) {
	c.mu.Lock()
	element := c.byKey[key]
	if element == nil {
		c.mu.Unlock()
		return nil, false
	}
	c.recent.MoveToFront(element)
	cached, epoch := element.Value.(*cachedPlan), c.epoch
	c.mu.Unlock()
	if cached.epoch == epoch && cached.fresh(ctx, tables) {
		return cached.statement, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[key] == element {
		c.drop(element)
	}
	return nil, false
}

func (p *cachedPlan) fresh(ctx context.Context, tables catalog.Catalog) bool {
	for i, t := range p.statement.Tables {
		table, err := tables.Table(ctx, t.Name)
		if err != nil {
			return false
		}
		current := table.Current()
		if current.ID() != t.Snapshot || !current.Schema().Equal(p.schemas[i]) {
			return false
		}
	}
	return true
}

// add keeps a plan that was made while epoch held. Plans of commands cost nothing to make and are not kept.
func (c *planCache) add(ctx context.Context, tables catalog.Catalog, epoch uint64, key planKey, s *planner.Statement) {
	if s.Plan == nil || s.Explain != nil || s.Transient || len(key.sql) > maxCachedSQL {
		return
	}
	p := &cachedPlan{key: key, epoch: epoch, statement: s}
	var found []catalog.Table
	for _, t := range s.Tables {
		table, err := tables.Table(ctx, t.Name)
		if err != nil || table.Kind() == "SYSTEM TABLE" { // system tables are made anew whenever they are read
			return
		}
		found = append(found, table)
		p.schemas = append(p.schemas, table.Current().Schema())
	}
	if s.ReturnsRows() {
		var err error
		if p.known, err = newKnownPlan(s.Plan); err != nil {
			return
		}
		p.known.describe(s.Schema)
		p.known.tables, p.known.epoch = found, epoch
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.byKey[key]; old != nil {
		c.drop(old)
	}
	if c.byKey == nil {
		c.byKey, c.byPlan = map[planKey]*list.Element{}, map[string]*knownPlan{}
	}
	c.byKey[key] = c.recent.PushFront(p)
	if p.known != nil {
		c.byPlan[string(s.Plan)] = p.known
	}
	for c.recent.Len() > c.limit {
		c.drop(c.recent.Back())
	}
}

func (c *planCache) drop(element *list.Element) {
	p := element.Value.(*cachedPlan)
	delete(c.byKey, p.key)
	if p.known != nil && c.byPlan[string(p.statement.Plan)] == p.known {
		delete(c.byPlan, string(p.statement.Plan))
	}
	c.recent.Remove(element)
}

// known finds what is known of a query's plan, whether or not it is still good: what its bytes mean does not change.
func (c *planCache) known(plan []byte) (*knownPlan, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.byPlan[string(plan)]
	return k, ok
}

// tables are those that a plan reads, as they were looked up when it was made: their snapshots are still the ones that it
// pins. There are none once names may mean other tables.
func (c *planCache) tables(k *knownPlan) []catalog.Table {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.epoch != c.epoch {
		return nil
	}
	return k.tables
}

// now is the epoch that holds. A plan belongs to the epoch in which its making began.
func (c *planCache) now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

// names have changed their meaning: a table or schema came or went, and plans that found another of the same name, or none,
// would no longer.
func (c *planCache) namesChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
}
