package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Servers that open a folder at once agree on a key, which nobody else may read.
func TestTicketKey(t *testing.T) {
	dir := t.TempDir()
	keys := make([][]byte, 8)
	var servers sync.WaitGroup
	for i := range keys {
		servers.Go(func() {
			var err error
			if keys[i], err = ticketKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
	servers.Wait()
	for _, key := range keys {
		if len(key) != ticketKeyBytes || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys %x and %x", key, keys[0])
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ticket.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := ticketKey(dir); err == nil {
		t.Errorf("a short key is taken: %x", key)
	}
}
