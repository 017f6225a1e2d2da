package exec

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/eval"
	"github.com/mediaflight/mediaflight/exec/shuffle"
)

// A TrainingStream gives the rows of a table that one rank of a training takes in an epoch, in the epoch's order, from any place on. That
// order is a pure function of the snapshot, the filter, the seed and the epoch: see package shuffle. A batch has as many rows as the rank
// takes in a step.
type TrainingStream struct {
	Choice   *rowChoice // the rows that the filter keeps
	Table    catalog.Name
	Snapshot catalog.Snapshot
	Args     []eval.Expr // see trainingArguments
	Takes    *randomRows

	schema *arrow.Schema
	state  trainingState
}

// A trainingState is what a stream has come to after a batch: all that it takes to go on from there, with any number of ranks.
type trainingState struct {
	Version  int    `json:"version"`
	Table    string `json:"table"`
	Snapshot int64  `json:"snapshot"`
	Filter   string `json:"filter,omitempty"`
	Split    string `json:"split,omitempty"`
	Splits   string `json:"splits,omitempty"`
	SplitBy  string `json:"split_by,omitempty"`
	Shuffle  string `json:"shuffle"`
	Seed     int64  `json:"seed"`
	Epoch    int64  `json:"epoch"`
	Rows     int64  `json:"rows"`         // of the epoch
	Global   int64  `json:"global_batch"` // rows that all ranks take in a step
	Position int64  `json:"position"`     // rows that all ranks have taken
	Plan     string `json:"plan"`
	End      bool   `json:"end,omitempty"` // of the epoch
}

func (t *TrainingStream) Schema() *arrow.Schema { return t.schema }
func (t *TrainingStream) Inputs() []Operator    { return []Operator{t.Choice.Rows} }

func (t *TrainingStream) String() string {
	names := make([]string, len(t.Takes.Columns))
	for i, c := range t.Takes.Columns {
		names[i] = t.Snapshot.Schema().Field(c).Name
	}
	text := fmt.Sprintf("training stream of %s [%s]", t.Table, strings.Join(names, ", "))
	for i, arg := range t.Args {
		if l, ok := arg.(*eval.Literal); !ok || l.Value.IsValid(0) {
			text += fmt.Sprintf(" %s %s", trainingArguments[i].name, arg)
		}
	}
	return text
}

// streamRows is how many rows a batch has where nobody says so.
const streamRows = 1024

func (t *TrainingStream) Run(ctx context.Context) Batches {
	return func(yield func(arrow.RecordBatch, error) bool) {
		defer t.Choice.free()
		if err := t.run(ctx, yield); err != nil {
			yield(nil, err)
		}
	}
}

func (t *TrainingStream) run(ctx context.Context, yield func(arrow.RecordBatch, error) bool) error {
	settings, err := settingsOf(ctx, t.Args)
	if err != nil {
		return err
	}
	ranks, err := t.ranks(ctx, settings)
	if err != nil {
		return err
	}
	shard, n := settings.shard, ranks.count()
	if shard.Start > n {
		return settingFault("position", "%d", shard.Start, fmt.Sprintf("at most %d, which is how many rows an epoch has", n))
	}
	plan := settings.planOf(t.Snapshot.ID(), n)
	if settings.plan != "" {
		if err := plan.check(settings.plan); err != nil {
			return err
		}
	}
	shard.Rows = n
	t.state = trainingState{Version: shuffle.Version, Table: t.Table.String(), Snapshot: t.Snapshot.ID(), Filter: settings.filter, Split: settings.split, Splits: settings.splits, SplitBy: settings.splitBy, Shuffle: settings.shuffle,
		Seed: settings.seed, Epoch: settings.epoch, Rows: n, Global: shard.GlobalBatch(), Position: shard.Start, Plan: plan.String()}
	if err := t.Takes.begin(ctx); err != nil {
		return err
	}
	defer t.Takes.end()

	order := settings.order(n)
	together := int64(1) // steps a batch
	if !settings.batchGiven {
		together = streamRows
	}
	steps := shard.Steps()
	t.state.End = steps == 0
	var places, addresses []int64
	for step := int64(0); step < steps; {
		if err := ctx.Err(); err != nil {
			return err
		}
		places = places[:0]
		for end := min(step+together, steps); step < end; step++ {
			places = shard.Places(step, places)
		}
		addresses = addresses[:0]
		for _, place := range places {
			addresses = append(addresses, ranks.address(order.Row(place)))
		}
		t.state.Position, t.state.End = shard.Position(step), step == steps
		if len(places) == 0 { // a rank that the last step has no rows for
			continue
		}
		batch, err := t.Takes.take(ctx, addresses)
		if err != nil {
			return err
		}
		if !emit(yield, withSchema(t.schema, batch)) {
			batch.Release()
			return nil
		}
		batch.Release()
	}
	return nil
}

// ranks numbers the rows that the filter keeps and the split has.
func (t *TrainingStream) ranks(ctx context.Context, settings *trainingSettings) (*rowRanks, error) {
	var files []catalog.FileInfo
	if filed, ok := t.Snapshot.(catalog.Filed); ok {
		var err error
		if files, err = filed.Files(ctx); err != nil {
			return nil, err
		}
	}
	byPlace := settings.split != "" && settings.splitBy == ""
	if t.Choice.Filter == nil && !byPlace && files != nil {
		all := ranksOfFiles(files)
		if n, known := t.Snapshot.Rows(); known && n == all.count() { // none is deleted
			return all, nil
		}
	}
	set, _, err := t.Choice.set(ctx)
	if err == nil && byPlace {
		set, err = settings.splitByPlace(set, files)
	}
	if err != nil {
		return nil, err
	}
	return ranksOf(set), nil
}

// trained is the stream whose batches an operator passes on, each as one batch; nil if it is of another kind.
func trained(op Operator) *TrainingStream {
	switch op := plain(op).(type) {
	case *TrainingStream:
		return op
	case *Project:
		return trained(op.Input)
	}
	return nil
}

// TrainingState is nil unless the query is a training stream. Else it is what such a stream's state is after the batch that came last, as
// JSON, and tells whether no more will come; before the first batch it is that of the beginning.
func (q *Query) TrainingState() func() (state []byte, end bool) {
	t := trained(q.root)
	if t == nil {
		return nil
	}
	return func() ([]byte, bool) {
		var out bytes.Buffer
		text := json.NewEncoder(&out)
		text.SetEscapeHTML(false)
		if err := text.Encode(&t.state); err != nil {
			panic(err) // of numbers and texts
		}
		return bytes.TrimSpace(out.Bytes()), t.state.End
	}
}
