package main

import (
	"os"
	"runtime"
)

// processors is how many the process may use. Beyond it lets more goroutines run at once: where as many queries compute as there are
// processors, the system and not Go's scheduler decides who runs, and that lets a query go first that has hardly run yet. With
// four large queries on two processors a small one took 400 ms else, as it waited 10 ms for each of its steps. GOMAXPROCS, if set,
// stands.
func processors() int {
	n := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(4 * n)
	}
	return n
}
