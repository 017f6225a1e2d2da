package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
)

// A knownPlan is what is the same whenever a query's plan is run: its bytes decoded, and the schema of its rows.
type knownPlan struct {
	decoded *exec.Plan
	schema  *arrow.Schema // as clients are told; nil until it is known
	bytes   []byte        // the schema in Arrow's encoding

	tables []catalog.Table // that it reads, as they were in an epoch of the plan cache
	epoch  uint64
}

// newKnownPlan decodes a plan, whose schema shows when it is compiled.
func newKnownPlan(plan []byte) (*knownPlan, error) {
	decoded, err := exec.Decode(plan)
	return &knownPlan{decoded: decoded}, err
}

// describe notes the schema of the rows.
func (k *knownPlan) describe(rows *arrow.Schema) {
	k.schema = describe(rows)
	k.bytes = flight.SerializeSchema(k.schema, memory.DefaultAllocator)
}

// known finds what is known of a plan, or decodes it.
func (s *Server) known(plan []byte) (*knownPlan, error) {
	if k, ok := s.plans.known(plan); ok {
		return k, nil
	}
	return newKnownPlan(plan)
}

// A pinnedCatalog finds the tables of a plan that pins their snapshots without looking whether they have newer ones.
type pinnedCatalog struct {
	catalog.Catalog
	tables []catalog.Table
}

func (c *pinnedCatalog) Table(ctx context.Context, name catalog.Name) (catalog.Table, error) {
	for _, t := range c.tables {
		if t.Name() == name {
			return t, nil
		}
	}
	return c.Catalog.Table(ctx, name)
}
