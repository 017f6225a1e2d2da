package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// plenty is how much garbage may lie about where as much lives. Of more that lives it may be a quarter.
const plenty = 128 << 20

// garbagePercent is how much garbage there may be for so many bytes that live, in percent of them.
func garbagePercent(live uint64) int {
	switch {
	case live <= plenty:
		return 100
	case live >= 4*plenty:
		return 25
	}
	return int(100 * plenty / live)
}

// adjust sets the percentage by what lives, now and after every collection: what the runtime cleans up after one starts it again.
func adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(garbagePercent(live[0].Value.Uint64()))
	type cycle struct{ _ *cycle }
	runtime.AddCleanup(new(cycle), func(struct{}) { adjust() }, struct{}{})
}
