package main

import (
	"os"
	"runtime"
)

// processors is how many the process may use.
var processors = runtime.GOMAXPROCS(0)

// crowded lets more goroutines run at once than there are processors, as long as small queries come beside large ones: the system
// and not Go's scheduler then decides who runs, and lets one go first that has hardly run yet. With four large queries on two
// processors a small one took 340 ms else, as it waited 10 ms for each of its steps. A stream alone would take a tenth more time of
// the processors. GOMAXPROCS, if set, stands.
func crowded(is bool) {
	switch {
	case os.Getenv("GOMAXPROCS") != "":
	case is:
		runtime.GOMAXPROCS(4 * processors)
	default:
		runtime.GOMAXPROCS(processors)
	}
}
