package catalog

import "math"

// An AddressRange is the rows of a snapshot whose addresses are From or more, and less than To. A nil one is all rows.
type AddressRange struct{ From, To int64 }

// AllAddresses is the range that has every row.
var AllAddresses = AddressRange{From: math.MinInt64, To: math.MaxInt64}

// Empty says whether there is no address in the range.
func (r AddressRange) Empty() bool { return r.From >= r.To }

// Clip is what the range has of the rows [0, rows), the first of which has the address base.
func (r *AddressRange) Clip(base, rows int64) (from, to int64) {
	if r == nil {
		return 0, rows
	}
	if r.From > base {
		from = min(r.From-base, rows)
	}
	if r.To > base {
		to = min(r.To-base, rows)
	}
	return from, max(from, to)
}

// A Stretch is rows with neighboring addresses that a scan reads.
type Stretch struct {
	AddressRange
	Rows int64 // how many there are, deleted ones left out; filters are not looked at
	// Whole says that to read a part of it takes reading what lies before that, too.
	Whole bool
}

// An AddressedTask is a Task that tells which rows it reads, so that a scan can be cut by addresses.
type AddressedTask interface {
	Task
	// Stretches are what it reads, by their addresses. Those of a scan's tasks follow each other.
	Stretches() ([]Stretch, error)
}
