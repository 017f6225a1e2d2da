package sql

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/flightsrv"
)

// Every script has the same answers when operators that can spill do: at once, and when they have taken in some rows.
func TestScriptsSpilling(t *testing.T) {
	paths, err := filepath.Glob("*.slt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d scripts, %v", len(paths), err)
	}
	for _, path := range paths {
		for _, at := range []int64{1, 20_000} {
			t.Run(fmt.Sprintf("%s/%d bytes", strings.TrimSuffix(path, ".slt"), at), func(t *testing.T) {
				t.Parallel()
				folder, err := spill.Open(t.TempDir(), 0)
				if err != nil {
					t.Fatal(err)
				}
				runScript(t, path, serve(t, func(c *flightsrv.Config) {
					c.Spill, c.SpillAt, c.BatchRows = folder, at, 100
				}))
				if folder.Used() != 0 {
					t.Errorf("%d bytes of spilled rows are left", folder.Used())
				}
			})
		}
	}
}
