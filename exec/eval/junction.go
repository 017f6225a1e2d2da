package eval

import (
	"context"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/udf"
)

// junction is AND or OR of any number of conditions. A row for which one condition has decided the answer is not
// computed for the others.
type junction struct {
	word     string // AND, OR
	decides  truth  // no for AND, yes for OR
	args     []Expr
	nullable bool
	mem      memory.Allocator
	// whole computes all conditions for all rows, 64 at once. It is nil if one of them could fail where it is not needed.
	whole   *Function
	byEntry *byEntry
}

// truth is a value of SQL's three-valued logic.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func (j *junction) Type() arrow.DataType { return arrow.FixedWidthTypes.Boolean }
func (j *junction) Nullable() bool       { return j.nullable }
func (j *junction) Args() []Expr         { return j.args }

func (j *junction) String() string {
	texts := make([]string, len(j.args))
	for i, a := range j.args {
		texts[i] = a.String()
		if other, ok := a.(*junction); ok && other.word != j.word {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " "+j.word+" ")
}

func (j *junction) Eval(ctx context.Context, in Input) (udf.Arg, error) {
	if v, ok, err := j.byEntry.eval(ctx, j, in); ok || err != nil {
		return v, err
	}
	if j.whole != nil {
		return j.whole.Eval(ctx, in)
	}
	answers := make([]truth, in.Rows)
	start := yes
	if j.decides == yes {
		start = no
	}
	for i := range answers {
		answers[i] = start
	}
	var open []uint32 // rows that are not decided; nil for all
	for _, arg := range j.args {
		if open != nil && len(open) == 0 {
			break
		}
		if err := j.narrow(ctx, arg, in, open, answers); err != nil {
			return udf.Arg{}, err
		}
		open = j.undecided(answers, open)
	}
	return udf.Arg{Array: truths(j.mem, answers)}, nil
}

// narrow joins one condition's answers to those there are, for the open rows at least.
func (j *junction) narrow(ctx context.Context, arg Expr, in Input, open []uint32, answers []truth) error {
	part := open != nil && canFail(arg)
	if part {
		in = in.pick(j.mem, Columns(arg), open)
		defer in.release()
	}
	v, err := arg.Eval(ctx, in)
	if err != nil {
		return err
	}
	defer v.Release()
	b, ok := v.Array.(*array.Boolean)
	if !ok {
		return notBoolean(arg)
	}
	join := func(row, at int) {
		if v.Const {
			at = 0
		}
		switch got := truthOf(b, at); {
		case answers[row] == j.decides || got == j.decides:
			answers[row] = j.decides
		case got == unknown:
			answers[row] = unknown
		}
	}
	if part {
		for at, row := range open {
			join(int(row), at)
		}
		return nil
	}
	for row := range answers {
		join(row, row)
	}
	return nil
}

func (j *junction) undecided(answers []truth, before []uint32) []uint32 {
	open := make([]uint32, 0, len(answers))
	for i, a := range answers {
		if a != j.decides {
			open = append(open, uint32(i))
		}
	}
	if before == nil && len(open) == len(answers) {
		return nil
	}
	return open
}

func truthOf(b *array.Boolean, i int) truth {
	switch {
	case b.IsNull(i):
		return unknown
	case b.Value(i):
		return yes
	}
	return no
}

// truths makes a boolean column.
func truths(mem memory.Allocator, answers []truth) arrow.Array {
	n := len(answers)
	values, valid := memory.NewResizableBuffer(mem), memory.NewResizableBuffer(mem)
	defer values.Release()
	defer valid.Release()
	values.Resize(int(bitutil.BytesForBits(int64(n))))
	valid.Resize(values.Len())
	v, ok := values.Bytes(), valid.Bytes()
	clear(v)
	clear(ok)
	nulls := 0
	for i, a := range answers {
		if a == unknown {
			nulls++
			continue
		}
		v[i>>3] |= byte(a) << (i & 7)
		ok[i>>3] |= 1 << (i & 7)
	}
	d := array.NewData(arrow.FixedWidthTypes.Boolean, n, []*memory.Buffer{valid, values}, nil, nulls, 0)
	defer d.Release()
	return array.NewBooleanData(d)
}

func notBoolean(e Expr) error { return malformed("condition %s is of type %s", e, e.Type()) }
