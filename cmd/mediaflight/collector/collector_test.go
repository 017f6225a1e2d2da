package collector

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	machine := file("meminfo", "MemTotal:       24689404 kB\nMemFree:         1000000 kB\n")
	none := filepath.Join(dir, "none")
	for _, c := range []struct {
		machine, group string
		want           int64
	}{
		{machine, none, 24689404 << 10},
		{machine, file("max", "max\n"), 24689404 << 10},
		{machine, file("less", "536870912\n"), 512 << 20},
		{machine, file("more", "1099511627776\n"), 24689404 << 10},
		{none, file("less", "536870912\n"), 512 << 20},
		{none, none, 0},
		{file("odd", "what is this"), none, 0},
	} {
		if got := memoryLimit(c.machine, c.group); got != c.want {
			t.Errorf("memoryLimit(%s, %s) = %d, want %d", c.machine, c.group, got, c.want)
		}
	}
}
