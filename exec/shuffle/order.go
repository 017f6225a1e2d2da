package shuffle

// An Order says which row stands at a place: both are numbers of [0, n), the rows' in the order in which they are stored. It is used by
// one goroutine at a time.
type Order interface {
	Row(place int64) int64
}

// None leaves the rows as they are stored.
func None() Order { return stored{} }

type stored struct{}

func (stored) Row(place int64) int64 { return place }

// Full has every order of n rows be as likely as any other.
func Full(seed, epoch, n int64) Order { return full{NewPermutation(forRows.key(seed, epoch, 0), n)} }

type full struct{ *Permutation }

func (f full) Row(place int64) int64 { return f.At(place) }

// Block shuffles blocks of rows that lie together, and the rows within windows of many blocks: a disk that is read in blocks gives most of
// what it gives in sequence, and the blocks of a window are read once.
//
// The mean of m rows that follow one another varies as that of m rows of a full shuffle times at most
//
//	1 + (m-1) * (1/WindowBlocks - BlockRows/n)
//
// and never more than BlockRows times, however the rows were sorted: the blocks of a window decide the batch, the length of a block the
// drift of many.
func Block(seed, epoch, n int64) Order {
	b := &block{seed: seed, epoch: epoch, n: n, blocks: n / BlockRows, windows: max(n/(BlockRows*WindowBlocks), 1), at: -1}
	b.order = NewPermutation(forBlocks.key(seed, epoch, 0), b.blocks)
	if n > 0 { // so that it is not the same rows each epoch that fill no block
		b.start = NewPermutation(forStart.key(seed, epoch, 0), n).At(0)
	}
	return b
}

// BlockRows is how many rows a block has, WindowBlocks how many blocks a window. Of rows of 1.5 KiB they are 48 KiB and 200 MB.
const (
	BlockRows    = 32
	WindowBlocks = 4096
)

type block struct {
	seed, epoch, n  int64
	start           int64        // the row that the first block begins with
	blocks, windows int64        // the last window has the blocks that are too few for another one, and the rows that are too few for a block
	order           *Permutation // of blocks
	at              int64        // the window that rows is of
	rows            *Permutation
}

func (b *block) Row(place int64) int64 {
	const windowRows = BlockRows * WindowBlocks
	w := min(place/windowRows, b.windows-1)
	first := w * windowRows
	if w != b.at {
		size := int64(windowRows)
		if w == b.windows-1 {
			size = b.n - first
		}
		b.at, b.rows = w, NewPermutation(forWindow.key(b.seed, b.epoch, w), size)
	}
	row := first + b.rows.At(place-first)
	if of := row / BlockRows; of < b.blocks {
		row = b.order.At(of)*BlockRows + row%BlockRows
	}
	if row += b.start; row >= b.n {
		row -= b.n
	}
	return row
}
