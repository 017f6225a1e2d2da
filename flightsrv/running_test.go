package flightsrv

import (
	"strconv"
	"testing"
	"time"
)

// TestShare holds that who begins beside queries that compute for long gets fewer workers, but always one, and that the server
// is told of the crowd.
func TestShare(t *testing.T) {
	var told []bool
	l := running{told: func(crowded bool) { told = append(told, crowded) }}
	var ends []func()
	for n, want := range []int{8, 4, 2, 2, 1} {
		if got := l.share(8, "new"); got != want {
			t.Errorf("beside %d: %d workers, want %d", n, got, want)
		}
		_, r, done := l.begin(t.Context(), Query{ID: strconv.Itoa(n)}, 0)
		ends = append(ends, done)
		r.Start = r.Start.Add(-2 * longTime)
		if n == 2 { // another one, whose client takes its time, and one that began just now
			_, waiting, done := l.begin(t.Context(), Query{}, 0)
			ends = append(ends, done)
			waiting.Start = time.Now().Add(-2 * longTime)
			waiting.waits.Store(true)
			_, _, done = l.begin(t.Context(), Query{}, 0)
			ends = append(ends, done)
		}
	}
	if got := l.share(1, "new"); got != 1 {
		t.Errorf("of one worker: %d", got)
	}
	if got := l.share(10, "0"); got != 2 { // of which it is one of five
		t.Errorf("in its second run: %d workers of 10, want 2", got)
	}
	for _, end := range ends {
		end()
	}
	if len(told) != 2 || !told[0] || told[1] {
		t.Errorf("told %v", told)
	}
}
