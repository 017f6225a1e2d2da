package spill

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/mediaflight/mediaflight/exec/gather"
)

// Fanout is how many partitions rows are split into at once, by FanoutBits bits of their hashes. More would make for small writes;
// a partition that is too large is split again, by other bits.
const (
	FanoutBits = 5
	Fanout     = 1 << FanoutBits
)

// MaxDepth is how many times a partition may be split: then the bits of a hash are used up.
const MaxDepth = 64 / FanoutBits

// PartitionOf is the partition at a depth, from 0, of a row with a hash.
func PartitionOf(hash uint64, depth int) int {
	return int(hash >> (64 - FanoutBits*(depth+1)) & (Fanout - 1))
}

// Partitions are rows spilled by their hashes: rows with equal hashes are in one partition, in the order in which they came. It is
// used by one goroutine at a time.
type Partitions struct {
	Runs  [Fanout]*Run
	Depth int // of the split, from 0
	mem   memory.Allocator
	rows  [Fanout][]uint32
}

// NewPartitions must be freed.
func (f *Folder) NewPartitions(schema *arrow.Schema, mem memory.Allocator, depth int) *Partitions {
	p := &Partitions{mem: mem, Depth: depth}
	for i := range p.Runs {
		p.Runs[i] = f.Create(schema)
	}
	return p
}

// Add spills the chosen rows of a batch, of which hashes has those of all. Nil chooses all.
func (p *Partitions) Add(batch arrow.RecordBatch, hashes []uint64, chosen []uint32) error {
	for i := range p.rows {
		p.rows[i] = p.rows[i][:0]
	}
	if chosen == nil {
		for row, h := range hashes {
			at := PartitionOf(h, p.Depth)
			p.rows[at] = append(p.rows[at], uint32(row))
		}
	}
	for _, row := range chosen {
		at := PartitionOf(hashes[row], p.Depth)
		p.rows[at] = append(p.rows[at], row)
	}
	for i, rows := range p.rows {
		if len(rows) == 0 {
			continue
		}
		part := gather.Batch(p.mem, batch, rows)
		err := p.Runs[i].Write(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// Finish ends the writing of all partitions.
func (p *Partitions) Finish() error {
	for _, r := range p.Runs {
		if err := r.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// Free removes the files that are left.
func (p *Partitions) Free() {
	for _, r := range p.Runs {
		r.Free()
	}
}
