// Package collector decides how much garbage may lie about before it is collected.
//
// A collection takes milliseconds of both cores, however little lives. Where little lives, which is when small queries run,
// it waits until there are tens of megabytes of garbage: ballast is memory that counts as living, and as nobody writes to it
// takes no place. Where more lives, such as the buffers of a bulk ingest, garbage may be as much as that, as is Go's custom.
// Where much lives, most of it is columns, which have no pointers and so cost nothing to look through: garbage is then a
// quarter of it, for else a query with 1 GB of memory would make the process hold 2.
package collector

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime/debug"
)

// paused is the setting that Start goes back to. Until then there are no collections at all: packages that we import parse
// 30 MB of definitions as they are initialized, of 70 ms that every command takes to start a third for the collector. Go
// initializes packages in the order of their paths as soon as what they import is, and this one imports next to nothing.
var paused = debug.SetGCPercent(-1)

const ballastBytes = 32 << 20

//lint:ignore U1000 nobody reads it: it is there to be counted
var ballast []byte

// Start has the collector run when it is worth its time. GOGC and GOMEMLIMIT, if set, stand.
func Start() {
	debug.SetGCPercent(paused)
	if os.Getenv("GOGC") == "" {
		ballast = make([]byte, ballastBytes)
		adjust()
	}
	if memory := machine(); os.Getenv("GOMEMLIMIT") == "" && memory > 0 {
		debug.SetMemoryLimit(memory / 2) // files are mapped, and want the rest
	}
}

// Memory is how much memory the process may use: what the machine or its control group has, or GOMEMLIMIT if that is less. 0 is
// unknown.
func Memory() int64 {
	memory := machine()
	if os.Getenv("GOMEMLIMIT") == "" {
		return memory
	}
	limit := debug.SetMemoryLimit(-1)
	if memory == 0 && limit == math.MaxInt64 {
		return 0
	}
	if memory == 0 {
		return limit
	}
	return min(limit, memory)
}

func machine() int64 { return memoryLimit("/proc/meminfo", "/sys/fs/cgroup/memory.max") }

// memoryLimit is how much memory the process may use, going by Linux's account of the machine and its limit for the
// control group, in bytes; 0 where there is neither.
func memoryLimit(machine, group string) int64 {
	var total, limit int64
	if f, err := os.Open(machine); err == nil {
		defer f.Close()
		if _, err := fmt.Fscanf(bufio.NewReader(f), "MemTotal: %d kB", &total); err != nil {
			total = 0
		}
		total <<= 10
	}
	if f, err := os.Open(group); err == nil {
		defer f.Close()
		if _, err := fmt.Fscan(f, &limit); err != nil { // "max"
			limit = 0
		}
	}
	if total == 0 || limit > 0 && limit < total {
		return limit
	}
	return total
}
