package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/exec/gather"
	"github.com/mediaflight/mediaflight/udf"
)

// A picker makes the result of a function that answers with values of its first argument, or of its third, the default.
type picker struct {
	run  *windowRun
	refs []gather.Ref
}

func (r *windowRun) picker() *picker {
	return &picker{run: r, refs: make([]gather.Ref, 0, r.places.rows)}
}

// The arrays that a picker takes rows of.
const (
	pickValue = iota
	pickNull
	pickDefault
)

func (p *picker) row(i int)       { p.refs = append(p.refs, gather.At(pickValue, i)) }
func (p *picker) null()           { p.refs = append(p.refs, gather.At(pickNull, 0)) }
func (p *picker) otherwise(i int) { p.refs = append(p.refs, gather.At(pickDefault, i)) }

func (p *picker) array() arrow.Array {
	values := p.run.columns[0]
	none := udf.NullArray(p.run.mem(), values.DataType(), 1)
	defer none.Release()
	from := []arrow.Array{values, none}
	if len(p.run.call.Args) > 2 {
		from = append(from, p.run.columns[2])
	}
	return gather.Chunks(p.run.mem(), values.DataType(), from, p.refs)
}
