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
