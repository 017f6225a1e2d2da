package screening

import (
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/mediaflight/mediaflight/catalog/parquet/reader"
)

// TestCloseWaits holds that nothing is being coded, and no memory held for it, once the store is closed, whatever is scanned meanwhile.
func TestCloseWaits(t *testing.T) {
	gone := func() (*reader.File, reader.Column, error) { return nil, reader.Column{}, errors.New("no such file") }
	for range 300 {
		s := New(1<<20, slog.New(slog.DiscardHandler))
		var scans sync.WaitGroup
		begun := make(chan bool)
		scans.Go(func() {
			close(begun)
			for id := range 100 {
				for range scansToCode {
					s.Scanned(Key{Path: "a.parquet", FieldID: id, Dim: 64}, 10, gone)
				}
			}
		})
		<-begun
		s.Close()
		held := s.Bytes()
		scans.Wait()
		if held != 0 || s.Bytes() != 0 {
			t.Fatalf("%d bytes are held", held)
		}
	}
}
