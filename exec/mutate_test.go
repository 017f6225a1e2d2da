package exec_test

import (
	"math/rand"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	"github.com/mediaflight/mediaflight/exec"
	. "github.com/mediaflight/mediaflight/exec/exectest"
	"github.com/mediaflight/mediaflight/udf"
)

// TestMutatedPlans changes numbers, drops parts and puts parts of one plan into another: what bytes from outside look like
// when they are nearly right. Each plan must end in rows or in an error, and leave nothing.
func TestMutatedPlans(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var originals []*pb.Plan
	for _, plan := range plans() {
		var p pb.Plan
		if err := proto.Unmarshal(plan, &p); err != nil {
			t.Fatal(err)
		}
		originals = append(originals, &p)
	}
	compiled := 0
	for i := range 4000 {
		p := proto.Clone(originals[r.Intn(len(originals))]).(*pb.Plan)
		for range 1 + r.Intn(3) {
			mutate(r, p.ProtoReflect(), originals[r.Intn(len(originals))].ProtoReflect())
		}
		plan, err := proto.Marshal(p)
		if err != nil {
			continue // a text that is no UTF-8
		}
		if ok := survive(t, plan); ok {
			compiled++
		}
		if t.Failed() {
			t.Fatalf("plan %d: %s", i, p)
		}
	}
	if compiled < 100 {
		t.Errorf("only %d plans compiled: the mutations are too wild to test anything", compiled)
	}
}

// survive says whether the plan compiled.
func survive(t *testing.T, plan []byte) bool {
	lake := memtable.NewCatalog(clips, frames)
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	q, err := exec.Compile(t.Context(), plan, exec.Env{Catalog: lake, Functions: udf.Builtin(), Mem: mem, Memory: exec.NewMemory(1 << 20), Workers: 2})
	if err != nil {
		if State(err) == "none" {
			t.Errorf("error without a state: %v", err)
		}
		return false
	}
	if writes(plan) {
		return true
	}
	rows := int64(0)
	for batch, err := range q.Run(t.Context()) {
		if err != nil {
			break
		}
		if rows += batch.NumRows(); rows > 1000 {
			break
		}
	}
	return true
}

// mutate changes one part of a message, somewhere in it.
func mutate(r *rand.Rand, m, other protoreflect.Message) {
	all := parts(m, nil)
	at := all[r.Intn(len(all))]
	field := at.field
	switch {
	case r.Intn(4) == 0:
		at.message.Clear(field)
	case field.IsList():
		list := at.message.Mutable(field).List()
		if list.Len() > 0 && r.Intn(2) == 0 {
			list.Truncate(list.Len() - 1)
		} else if list.Len() > 0 {
			list.Append(list.Get(r.Intn(list.Len())))
		}
	case field.Message() != nil:
		// The same kind of part of another plan.
		var fitting []protoreflect.Value
		for _, o := range parts(other, nil) {
			if !o.field.IsList() && o.field.Message() == field.Message() {
				fitting = append(fitting, o.message.Get(o.field))
			}
		}
		if len(fitting) > 0 {
			part := fitting[r.Intn(len(fitting))].Message().Interface()
			at.message.Set(field, protoreflect.ValueOfMessage(proto.Clone(part).ProtoReflect()))
		}
	default:
		if v, ok := randomValue(r, field.Kind()); ok {
			at.message.Set(field, v)
		}
	}
}

func randomValue(r *rand.Rand, kind protoreflect.Kind) (protoreflect.Value, bool) {
	n := []int64{0, 1, 2, 3, 7, -1, 1 << 31, 1 << 40}[r.Intn(8)]
	switch kind {
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(n)), true
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(n)), true
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(n), true
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(n&1 == 0), true
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n & 15)), true
	case protoreflect.StringKind:
		return protoreflect.ValueOfString([]string{"", "add", "and", "sum", "clips", "equal", "coalesce", "unnest"}[n&7]), true
	}
	return protoreflect.Value{}, false
}

// part is a field that is set in a message.
type part struct {
	message protoreflect.Message
	field   protoreflect.FieldDescriptor
}

func parts(m protoreflect.Message, out []part) []part {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		out = append(out, part{m, field})
		switch {
		case field.IsList() && field.Message() != nil:
			for i := range v.List().Len() {
				out = parts(v.List().Get(i).Message(), out)
			}
		case field.Message() != nil && !field.IsMap():
			out = parts(v.Message(), out)
		}
		return true
	})
	return out
}
