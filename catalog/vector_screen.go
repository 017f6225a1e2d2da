package catalog

import (
	"context"
	"unsafe"

	"github.com/mediaflight/mediaflight/udf/screen"
)

// A ScreenedSnapshot is a snapshot that may keep codes of vectors in memory, by which an exact search finds out which rows it
// need not measure.
type ScreenedSnapshot interface {
	// VectorScreen finds the codes that there are for a column, and keeps them until Close. It is nil if there will never be
	// any.
	VectorScreen(ctx context.Context, column int) (VectorScreen, error)
}

// A VectorScreen has the codes of a column for some data files of a snapshot. Its methods may be called at once.
type VectorScreen interface {
	// Rows are how many rows the data files with codes and those without have, deleted ones too.
	Rows() (covered, uncovered int64)
	// Covered and Uncovered split a scan of the data files that have codes, and of the others, into tasks.
	Covered(ctx context.Context, scan Scan) ([]Task, error)
	Uncovered(ctx context.Context, scan Scan) ([]Task, error)
	// File has the codes of the data file that a row lies in, one of those that have some, and the address of the file's first
	// row; the others' follow.
	File(address int64) (vectors CodedVectors, base int64)
	// Scanned says that a search has measured most rows of the files without codes: if it happens again they may get some.
	Scanned()
	// Poor says that the codes told too few rows from the nearest ones to be worth their reading.
	Poor()
	Close()
}

// CodedVectors are the vectors of a data file by its rows' numbers. No row is NULL.
type CodedVectors struct {
	Codes *screen.Codes
	// At is where the vector of a row lies. It may fault, as batches of a scan may.
	At func(row int64) (unsafe.Pointer, error)
}
