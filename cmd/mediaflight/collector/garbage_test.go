package collector

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbagePercent(t *testing.T) {
	for _, c := range []struct{ live, most uint64 }{
		{0, 0}, {1 << 20, 1 << 20}, {plenty, plenty}, {200 << 20, plenty}, {4 * plenty, plenty}, {1 << 30, 256 << 20}, {40 << 30, 10 << 30},
	} {
		garbage := c.live * uint64(garbagePercent(c.live)) / 100
		if garbage > c.most || garbage < c.most-c.most/50 {
			t.Errorf("of %d bytes that live, %d may be garbage; want %d", c.live, garbage, c.most)
		}
	}
}

// TestAdjust holds that the percentage follows what lives, time and again.
func TestAdjust(t *testing.T) {
	before := debug.SetGCPercent(100)
	adjust()
	for _, c := range []struct{ bytes, want int }{{4 * plenty, 25}, {0, 100}, {4 * plenty, 25}} {
		held := make([]byte, c.bytes)
		got, deadline := 0, time.Now().Add(10*time.Second)
		for got != c.want && time.Now().Before(deadline) {
			runtime.GC()
			got = debug.SetGCPercent(100)
			debug.SetGCPercent(got)
			time.Sleep(time.Millisecond)
		}
		runtime.KeepAlive(held)
		if got != c.want {
			t.Errorf("%d percent with %d bytes, want %d", got, c.bytes, c.want)
		}
	}
	debug.SetGCPercent(before)
}
