package ivf

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// BuildOptions say how a segment is built, not what it becomes.
type BuildOptions struct {
	Workers int // goroutines; 0 for one
	// Alloc gives zeroed memory at a multiple of 64 bytes for the segment, such as a mapping of a file. Nil is the heap.
	Alloc func(size int64) ([]byte, error)
	// Watch is told of progress, in stages "assign" and "write", by several goroutines. It may be nil.
	Watch func(stage string, done, all int64)
}

// Build encodes the vectors of a source into a segment, of which it returns the blob. It reads the source twice and holds
// 8 bytes a row besides the segment: in the first pass it finds the lists of each row, in the second it encodes.
func Build(ctx context.Context, q *Quantizer, source Source, options BuildOptions) ([]byte, error) {
	b := &builder{Quantizer: q, source: source, BuildOptions: options}
	b.Workers = max(b.Workers, 1)
	if b.Alloc == nil {
		b.Alloc = func(size int64) ([]byte, error) { return aligned(size), nil }
	}
	if b.Watch == nil {
		b.Watch = func(string, int64, int64) {}
	}
	if err := b.number(); err != nil {
		return nil, err
	}
	if err := b.pass(ctx, "assign", b.assign); err != nil {
		return nil, err
	}
	if err := b.arrange(); err != nil {
		return nil, err
	}
	if err := b.pass(ctx, "write", b.write); err != nil {
		return nil, err
	}
	b.finish()
	return b.data, nil
}

type builder struct {
	*Quantizer
	BuildOptions
	source Source

	files []fileEntry
	rows  int64
	units []unit
	homes []uint32 // by ordinal, two each: the lists of a row, later the slots; or one of the marks below
	head  segmentHead
	data  []byte
	lists []listEntry // of data
	body  []byte      // blocks of data
	fine  []byte      // fine codes of data
	owner []uint32    // by block: its list
	locks [1 << 10]sync.Mutex
	mu    sync.Mutex
	done  int64
}

// Marks in homes instead of lists.
const (
	noHome   = math.MaxUint32 - iota // NULL, or no second list
	oddHome                          // must be measured
	lostHome                         // has no distance
	marks    = lostHome
)

// A unit is some rows of a file that one worker takes at once.
type unit struct {
	file     int
	from, to int64
}

const unitRows = 4096

// number gives the rows their ordinals.
func (b *builder) number() error {
	next := int64(0)
	for file := range b.source.Files() {
		rows := b.source.Rows(file)
		if next+rows > maxOrdinals {
			return fmt.Errorf("vector index: a segment cannot have more than %d rows", int64(maxOrdinals))
		}
		b.files = append(b.files, fileEntry{start: uint32(next), rows: uint32(rows)})
		for from := int64(0); from < rows; from += unitRows {
			b.units = append(b.units, unit{file, from, min(from+unitRows, rows)})
		}
		next = (next + rows + 63) &^ 63
		b.rows += rows
	}
	b.head = segmentHead{dims: uint64(b.dims), lists: uint64(b.Quantizer.lists), files: uint64(len(b.files)), ordinals: uint64(next), bits: uint64(b.bits)}
	b.homes = make([]uint32, 2*next)
	for i := range b.homes {
		b.homes[i] = noHome
	}
	return nil
}

// A hand is one worker's scratch.
type hand struct {
	route  *route
	table  table
	vector []float32
	point  []float32
	codes  [2]code
	fine   fineCode
	spread []float32 // by list, of what this worker wrote
	radius []float32
}

func (b *builder) newHand() *hand {
	h := &hand{
		route:  newRoute(b.Quantizer),
		table:  table{sums: make([]byte, 16*b.tables())},
		vector: make([]float32, b.dim),
		point:  make([]float32, b.dims),
		spread: make([]float32, b.Quantizer.lists),
		radius: make([]float32, b.Quantizer.lists),
	}
	for i := range h.codes {
		h.codes[i].signs = make([]byte, b.tables())
	}
	if b.bits > 1 {
		h.fine.numbers, h.fine.residual = make([]byte, b.dims), make([]float32, b.dims)
	}
	return h
}

// pass calls do for each row that is not NULL, with its vector in h.vector.
func (b *builder) pass(ctx context.Context, stage string, do func(h *hand, ordinal uint32)) error {
	b.done = 0
	return parallel(ctx, len(b.units), 1, b.Workers, func() func(from, to int) error {
		h := b.newHand()
		return func(from, to int) error {
			u := b.units[from]
			if err := b.unit(ctx, u, h, do); err != nil {
				return err
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.done += u.to - u.from
			b.Watch(stage, b.done, b.rows)
			for list, spread := range h.spread {
				if spread > 0 || h.radius[list] > 0 {
					b.lists[list].spread = max(b.lists[list].spread, spread)
					b.lists[list].radius = max(b.lists[list].radius, h.radius[list])
				}
			}
			return nil
		}
	})
}

func (b *builder) unit(ctx context.Context, u unit, h *hand, do func(h *hand, ordinal uint32)) error {
	size := 4 * b.dim
	next := u.from
	for batch, err := range b.source.Batches(ctx, u.file, u.from, u.to) {
		if err != nil {
			return err
		}
		if batch.Row != next || next+int64(batch.N) > u.to || len(batch.Vectors) < batch.N*size {
			return fmt.Errorf("vector index: source gives rows %d to %d where row %d is due", batch.Row, batch.Row+int64(batch.N), next)
		}
		for i := range batch.N {
			if !batch.null(i) {
				copy(simd.Bytes(h.vector), batch.Vectors[i*size:(i+1)*size])
				do(h, b.files[u.file].start+uint32(batch.Row)+uint32(i))
			}
		}
		next += int64(batch.N)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if next != u.to {
		return errShort
	}
	return nil
}

// assign finds the lists of a row.
func (b *builder) assign(h *hand, ordinal uint32) {
	homes := b.homes[2*ordinal : 2*ordinal+2]
	switch b.nature(h.vector) {
	case odd:
		homes[0] = oddHome
		return
	case lost:
		homes[0] = lostHome
		return
	}
	b.enterRow(h.point, h.vector)
	h.table.set(h.point)
	h.route.start(h.point, &h.table)
	h.route.extend(soarChoices)
	homes[0] = h.route.sorted[0].list
	homes[1] = b.second(h.point, h.route.sorted)
}

// A row is in a second list, so that a query that is nearer to that one finds it early. It is chosen for what the first
// lacks (SOAR, arXiv 2404.00774): where the residual to the first list is bad for a query, which is where it points along the
// query, the one to the second should point elsewhere.
const (
	soarChoices = 16
	soarWeight  = 1.5
)

func (b *builder) second(point []float32, near []nearList) uint32 {
	best, least := uint32(noHome), inf
	if len(near) < 2 {
		return best
	}
	first := b.centroid(int(near[0].list))
	base := simd.Dot(point, point) - simd.Dot(point, first) // <r,o>
	for _, n := range near[1:] {
		loss := n.distance
		if near[0].distance > 0 {
			// <r,r'> = <r,o> - <r,c'>, and r = o - c.
			c := b.centroid(int(n.list))
			along := base - simd.Dot(point, c) + simd.Dot(first, c)
			loss += soarWeight * along * along / near[0].distance
		}
		if loss < least {
			best, least = n.list, loss
		}
	}
	return best
}

// arrange gives each row its slots, in the order of ordinals within a list, and lays out the segment.
func (b *builder) arrange() error {
	codes := make([]uint32, b.Quantizer.lists)
	for i, home := range b.homes {
		switch {
		case home < marks:
			codes[home]++
		case home == oddHome:
			b.head.odd++
		case home == lostHome:
			b.head.lost++
		case i%2 == 0:
			b.null(uint32(i / 2))
		}
	}
	for list, n := range codes {
		for range blocksFor(int64(n)) {
			b.owner = append(b.owner, uint32(list))
		}
	}
	b.head.blocks = uint64(len(b.owner))
	l := b.head.layout()
	var err error
	if b.data, err = b.Alloc(l.end); err != nil {
		return err
	}
	b.head.put(b.data)
	copy(b.data[l.files:], bytesOf(b.files))
	b.lists = view[listEntry](b.data[l.lists : l.lists+16*int64(len(codes))])
	b.body, b.fine = b.data[l.blocks:l.slots], b.data[l.fine:l.end]
	slots := view[uint32](b.data[l.slots : l.slots+4*int64(b.head.ordinals)])
	odds := view[uint32](b.data[l.odd : l.odd+4*int64(b.head.odd)])
	losts := view[uint32](b.data[l.lost : l.lost+4*int64(b.head.lost)])

	next := make([]uint32, len(codes)) // slot
	block := uint32(0)
	for list, n := range codes {
		b.lists[list] = listEntry{block: block, codes: n}
		next[list] = block * blockCodes
		block += uint32(blocksFor(int64(n)))
		if at := int(n % blockCodes); at > 0 {
			stride := b.stride()
			clearCodes(b.body[(int(block)-1)*stride:][:stride], b.tables(), at)
		}
	}
	for ordinal := range slots {
		slots[ordinal] = noRow
		homes := b.homes[2*ordinal : 2*ordinal+2]
		switch homes[0] {
		case noHome:
			continue
		case oddHome:
			odds[0], odds = uint32(ordinal), odds[1:]
			continue
		case lostHome:
			losts[0], losts = uint32(ordinal), losts[1:]
			continue
		}
		for i, list := range homes {
			if list < marks {
				homes[i] = next[list]
				next[list]++
			}
		}
		slots[ordinal] = homes[0]
	}
	return nil
}

// null counts a row without a vector, unless the ordinal is in the gap after a file.
func (b *builder) null(ordinal uint32) {
	lo, hi := 0, len(b.files)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; b.files[mid].start <= ordinal {
			lo = mid
		} else {
			hi = mid
		}
	}
	// Files without rows start where the next one does: the last of them is found, which is the one with rows.
	if f := &b.files[lo]; ordinal-f.start < f.rows {
		f.nulls++
	}
}

// write encodes a row into its slots.
func (b *builder) write(h *hand, ordinal uint32) {
	homes := b.homes[2*ordinal : 2*ordinal+2]
	if homes[0] >= marks {
		return
	}
	b.enterRow(h.point, h.vector)
	for i, slot := range homes {
		if slot >= marks {
			continue
		}
		c := &h.codes[i]
		list := b.owner[slot/blockCodes]
		centroid := b.centroid(int(list))
		c.encode(h.point, centroid, b.kind == inner)
		h.spread[list] = max(h.spread[list], c.spread)
		h.radius[list] = max(h.radius[list], simd.L2Squared(h.point, centroid))
		b.put(c, slot, ordinal)
		if i == 0 && b.bits > 1 {
			h.fine.encode(h.point, centroid, b.bits, b.kind == inner)
			stride := fineStride(b.dims, b.bits)
			h.fine.put(b.fine[int(ordinal)*stride:][:stride], list, b.bits)
		}
	}
}

// put writes a code, under the lock of its block: two codes share a byte. Writing to a mapping may panic.
func (b *builder) put(c *code, slot, ordinal uint32) {
	block := int(slot / blockCodes)
	lock := &b.locks[block%len(b.locks)]
	lock.Lock()
	defer lock.Unlock()
	stride := b.stride()
	c.put(b.body[block*stride:(block+1)*stride], int(slot%blockCodes), ordinal)
}

// finish makes distances of their squares.
func (b *builder) finish() {
	for i := range b.lists {
		b.lists[i].radius = float32(math.Sqrt(float64(b.lists[i].radius)))
	}
}
