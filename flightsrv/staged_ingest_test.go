package flightsrv

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
)

// What a staged ingest cannot do is told: tables in memory stage nothing, and receipts are the server's own.
func TestStagedIngestRefused(t *testing.T) {
	c := start(t, nil, clips(1, 1)).dial(t)
	for _, test := range []struct {
		options   map[string]string
		ifMissing flightsql.TableDefinitionOptionsTableNotExistOption
		table     string
		state     string
	}{
		{map[string]string{"staged": "true"}, failIfMissing, "clips", notSupported},
		{map[string]string{"staged": "true"}, failIfMissing, "nothing", "42P01"},
		{map[string]string{"staged": "true"}, createIfMissing, "clips", invalidParameter},
		{map[string]string{"staged": "perhaps"}, failIfMissing, "clips", invalidParameter},
		{map[string]string{"speed": "high"}, failIfMissing, "clips", invalidParameter},
	} {
		batch := randomFlat(3)
		rows, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ExecuteIngest(t.Context(), rows, &flightsql.ExecuteIngestOpts{Table: test.table, Options: test.options,
			TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: test.ifMissing, IfExists: appendIfExists}})
		rows.Release()
		batch.Release()
		if !hasState(err, test.state) {
			t.Errorf("%v into %s: %v", test.options, test.table, err)
		}
	}
	for body, state := range map[string]string{
		"nonsense":           protocolViolation,
		`{"table": "clips"}`: invalidParameter,
		`{"id": "1"}`:        invalidParameter,
		`{"table": "clips", "id": "1", "receipts": ["eHl6"]}`: protocolViolation,
		`{"table": "clips", "id": "1"}`:                       notSupported,
		`{"table": "nothing", "id": "1"}`:                     "42P01",
	} {
		stream, err := c.Client.DoAction(t.Context(), &flight.Action{Type: commitStagedRowsAction, Body: []byte(body)})
		if err == nil {
			_, err = stream.Recv()
		}
		if !hasState(err, state) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
