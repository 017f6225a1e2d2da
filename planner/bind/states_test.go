package bind_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestStates holds testdata to a statement for every SQLSTATE that this package answers with.
func TestStates(t *testing.T) {
	read := func(pattern string) string {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		var all strings.Builder
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		return all.String()
	}
	tests := read("testdata/*")
	for _, match := range regexp.MustCompile(`(?:fault\([^\n]*|State: )"([0-9][0-9A-Z]{4})"`).FindAllStringSubmatch(read("*.go"), -1) {
		if !strings.Contains(tests, "error "+match[1]) {
			t.Errorf("no test provokes %s", match[1])
		}
	}
}
