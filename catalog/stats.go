package catalog

import "sync/atomic"

// ScanStats counts what a scan did and what it was spared. Tasks add to it at once.
type ScanStats struct {
	Files, FilesPruned         atomic.Int64
	RowGroups, RowGroupsPruned atomic.Int64
	Pages, PagesPruned         atomic.Int64
	RowsRead, RowsKept         atomic.Int64 // before and after Scan.Filter
	Bytes                      atomic.Int64 // of pages that were read
	BytesInPlace               atomic.Int64 // of them, read without a copy
}

// Add adds the numbers of a scan that was part of this one.
func (s *ScanStats) Add(part *ScanStats) {
	s.Files.Add(part.Files.Load())
	s.FilesPruned.Add(part.FilesPruned.Load())
	s.RowGroups.Add(part.RowGroups.Load())
	s.RowGroupsPruned.Add(part.RowGroupsPruned.Load())
	s.Pages.Add(part.Pages.Load())
	s.PagesPruned.Add(part.PagesPruned.Load())
	s.RowsRead.Add(part.RowsRead.Load())
	s.RowsKept.Add(part.RowsKept.Load())
	s.Bytes.Add(part.Bytes.Load())
	s.BytesInPlace.Add(part.BytesInPlace.Load())
}
