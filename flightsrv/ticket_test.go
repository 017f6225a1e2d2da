package flightsrv

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
)

func TestTicket(t *testing.T) {
	key := []byte("a key")
	want := &ticket{query: "q1", principal: Anonymous, sql: "SELECT 1", plan: []byte{1, 2, 3}, params: []byte("rows"), ordered: true,
		now: time.Unix(1700000000, 123456789), zone: "Europe/Berlin", schema: "media", seed: 1 << 63, memory: 1 << 40, timeout: time.Second,
		part: exec.CutPart{{From: -1, To: 1 << 40}, {}, catalog.AllAddresses}, expires: time.Unix(1800000000, 1)}
	b := want.encode(key)
	got, err := decodeTicket(key, b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if env, err := got.env(); err != nil || env.Location.String() != "Europe/Berlin" || env.Schema != "media" || !env.Now.Equal(want.now) {
		t.Errorf("%+v, %v", env, err)
	}
	if _, err := decodeTicket([]byte("another key"), b); !isState(err, protocolViolation) {
		t.Errorf("with another key: %v", err)
	}
	for i := range b {
		forged := bytes.Clone(b)
		forged[i] ^= 1
		if _, err := decodeTicket(key, forged); !isState(err, protocolViolation) {
			t.Fatalf("with byte %d changed: %v", i, err)
		}
	}
	if _, err := decodeTicket(key, (&ticket{}).encode(key)); !isState(err, protocolViolation) {
		t.Errorf("an empty ticket: %v", err)
	}
}
