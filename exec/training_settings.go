package exec

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/shuffle"
	"github.com/mediaflight/mediaflight/udf"
)

// trainingArguments are those of training_stream in a plan, in this order. NULL stands for the default.
var trainingArguments = []struct {
	name string
	of   arrow.DataType
}{
	{"seed", arrow.PrimitiveTypes.Int64},
	{"epoch", arrow.PrimitiveTypes.Int64},
	{"rank", arrow.PrimitiveTypes.Int64},
	{"world_size", arrow.PrimitiveTypes.Int64},
	{"batch_size", arrow.PrimitiveTypes.Int64},
	{"position", arrow.PrimitiveTypes.Int64},
	{"shuffle", arrow.BinaryTypes.String},
	{"tail", arrow.BinaryTypes.String},
	{"filter", arrow.BinaryTypes.String}, // the text of the condition that the input keeps rows by
	{"split", arrow.BinaryTypes.String},
	{"splits", arrow.BinaryTypes.String},
	{"split_by", arrow.BinaryTypes.String}, // the column by which the input keeps the rows of the split
	{"plan", arrow.BinaryTypes.String},
}

// trainingSettings are the arguments of a stream, checked as far as they can be without its rows.
type trainingSettings struct {
	seed, epoch  int64
	shard        shuffle.Shard
	batchGiven   bool
	shuffle      string
	filter, plan string

	split, splits, splitBy string
	of                     *udf.Splits // nil for all rows
	wanted                 int         // which of them
}

// Bounds of a stream's arguments. Their product, a global batch, is far from any overflow.
const (
	mostRanks     = 1 << 20
	mostBatchRows = 1 << 20
)

func settingsOf(ctx context.Context, args []eval.Expr) (*trainingSettings, error) {
	s := &trainingSettings{}
	var numbers [6]int64
	var texts [7]string
	given := make([]bool, len(args))
	for i, e := range args {
		v, err := eval.Value(ctx, e)
		if err != nil {
			return nil, err
		}
		if given[i] = v.IsValid(0); given[i] {
			switch v := v.(type) {
			case *array.Int64:
				numbers[i] = v.Value(0)
			case *array.String:
				texts[i-len(numbers)] = strings.Clone(v.Value(0))
			}
		}
		v.Release()
	}
	s.seed, s.epoch, s.shard.Rank, s.shard.Ranks, s.shard.BatchRows, s.shard.Start = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
	if !given[3] {
		s.shard.Ranks = 1
	}
	if s.batchGiven = given[4]; !s.batchGiven {
		s.shard.BatchRows = 1
	}
	tail := texts[1]
	s.shuffle, s.filter, s.split, s.splits, s.splitBy, s.plan = texts[0], texts[2], texts[3], texts[4], texts[5], texts[6]
	if s.shuffle == "" {
		s.shuffle = "full"
	}
	if tail == "" {
		tail = "short"
		if s.shard.Ranks > 1 {
			tail = "drop"
		}
	}
	var ok bool
	if s.shard.Tail, ok = shuffle.Tails[tail]; !ok {
		return nil, settingFault("tail", "'%s'", tail, "'drop', 'pad' or 'short'")
	}
	for _, check := range []struct {
		name        string
		value       int64
		least, most int64
	}{
		{"epoch", s.epoch, 0, 1 << 62},
		{"world_size", s.shard.Ranks, 1, mostRanks},
		{"rank", s.shard.Rank, 0, s.shard.Ranks - 1},
		{"batch_size", s.shard.BatchRows, 1, mostBatchRows},
		{"position", s.shard.Start, 0, 1 << 62},
	} {
		if check.value < check.least || check.value > check.most {
			bounds := fmt.Sprintf("from %d to %d", check.least, check.most)
			if check.most == 1<<62 {
				bounds = "0 or more"
			}
			return nil, settingFault(check.name, "%d", check.value, bounds)
		}
	}
	if !slices.Contains([]string{"full", "block", "none"}, s.shuffle) {
		return nil, settingFault("shuffle", "'%s'", s.shuffle, "'full', 'block' or 'none'")
	}
	if (s.split == "") != (s.splits == "") || s.splitBy != "" && s.split == "" {
		return nil, &Error{State: stateInvalidValue, Msg: "training_stream needs both split and splits, or neither", Hint: "split => 'train', splits => 'train:0.9,val:0.1'"}
	}
	if s.splits != "" {
		var err error
		if s.of, err = udf.ParseSplits(s.splits); err != nil {
			return nil, err
		}
		if s.wanted = slices.Index(s.of.Names, s.split); s.wanted < 0 {
			return nil, settingFault("split", "'%s'", s.split, "one of "+strings.Join(s.of.Names, ", "))
		}
	}
	return s, nil
}

func settingFault(name, format string, value any, bounds string) *Error {
	return &Error{State: stateInvalidValue, Msg: fmt.Sprintf("argument %q of training_stream is "+format+", but must be %s", name, value, bounds)}
}

// order is the order of an epoch of n rows.
func (s *trainingSettings) order(n int64) shuffle.Order {
	switch s.shuffle {
	case "none":
		return shuffle.None()
	case "block":
		return shuffle.Block(s.seed, s.epoch, n)
	}
	return shuffle.Full(s.seed, s.epoch, n)
}

// A trainingPlan is what fixes the order of a stream besides its seed and epoch, a part each.
type trainingPlan []string

var trainingPlanParts = []string{"version", "snapshot", "rows", "shuffle", "filter", "split"}

func (s *trainingSettings) planOf(snapshot, rows int64) trainingPlan {
	return trainingPlan{fmt.Sprint(shuffle.Version), fmt.Sprint(snapshot), fmt.Sprint(rows), s.shuffle, digest(s.filter), digest(s.split, s.splits, s.splitBy)}
}

// digest stands for texts in a plan.
func digest(texts ...string) string {
	all := strings.Join(texts, "\x00")
	if strings.Trim(all, "\x00") == "" {
		return "none"
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(all)))[:16]
}

func (p trainingPlan) String() string { return strings.Join(p, "-") }

// check says which parts are others than those of a plan that a stream began with.
func (p trainingPlan) check(began string) error {
	was := strings.Split(began, "-")
	if len(was) != len(p) {
		return settingFault("plan", "'%s'", began, "what a state of a stream says")
	}
	for i, part := range trainingPlanParts {
		if was[i] != p[i] {
			return &Error{State: stateOtherStream, Msg: fmt.Sprintf("the stream is not the one that began: its %s is %s, and was %s", part, p[i], was[i]),
				Hint: "give the snapshot, filter, split and shuffle that the state says, or begin the epoch anew without a plan"}
		}
	}
	return nil
}
