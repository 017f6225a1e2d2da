package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
)

// A server's garbage is batches, of which little lives on: at Go's default its collector marks the same few megabytes over
// and over. More garbage between its runs saves CPU time in streams of strings, a quarter at 400 percent; but a bulk ingest,
// whose buffers do live, then held 740 MiB.
const garbagePercent = 150

// collectSeldom trades memory for the collector's time while there is memory. GOGC and GOMEMLIMIT, if set, stand.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if memory := memoryLimit("/proc/meminfo", "/sys/fs/cgroup/memory.max"); os.Getenv("GOMEMLIMIT") == "" && memory > 0 {
		debug.SetMemoryLimit(memory / 2) // files are mapped, and want the rest
	}
}

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
