package flightsrv

import (
	"testing"
	"time"
)

// TestShare holds that who begins beside queries that compute for long gets fewer workers, but always one.
func TestShare(t *testing.T) {
	var l running
	for n, want := range []int{8, 4, 2, 2, 1} {
		if got := l.share(8); got != want {
			t.Errorf("beside %d: %d workers, want %d", n, got, want)
		}
		_, r, done := l.begin(t.Context(), Query{}, 0)
		defer done()
		r.Start = r.Start.Add(-2 * long)
		if n == 2 { // another one, whose client takes its time, and one that began just now
			_, waiting, done := l.begin(t.Context(), Query{}, 0)
			defer done()
			waiting.Start = time.Now().Add(-2 * long)
			waiting.waits.Store(true)
			_, _, done = l.begin(t.Context(), Query{}, 0)
			defer done()
		}
	}
	if got := l.share(1); got != 1 {
		t.Errorf("of one worker: %d", got)
	}
}
