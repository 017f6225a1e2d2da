// Command docs writes docs/functions.md from the function table.
package main

import (
	"fmt"
	"os"

	"github.com/mediaflight/mediaflight/udf"
)

//go:generate go run . ../../docs/functions.md

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: docs FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], functionsPage(udf.Builtin()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
