package shuffle

// A Shard is the part of an epoch that one rank of a training gets. All ranks take as many steps, each of a global batch of BatchRows *
// Ranks places: the rank's run of BatchRows among them is its batch. So the rows of a step are the same for any number of ranks whose
// global batch is as large.
type Shard struct {
	Rows        int64 // of the epoch
	Start       int64 // the place of the first step: what was finished before
	Rank, Ranks int64
	BatchRows   int64
	Tail        Tail
}

// A Tail is what becomes of the places that are too few for a global batch.
type Tail int

const (
	Drop  Tail = iota // they are left out
	Pad               // the epoch's first places follow them
	Short             // the last step has fewer rows
)

// Tails are the names of tails.
var Tails = map[string]Tail{"drop": Drop, "pad": Pad, "short": Short}

// GlobalBatch is how many places a step of all ranks has.
func (s *Shard) GlobalBatch() int64 { return s.BatchRows * s.Ranks }

// Steps is how many steps are left of the epoch.
func (s *Shard) Steps() int64 {
	left := max(s.Rows-s.Start, 0)
	if s.Tail == Drop {
		return left / s.GlobalBatch()
	}
	return (left + s.GlobalBatch() - 1) / s.GlobalBatch()
}

// Places appends the rank's places in a step.
func (s *Shard) Places(step int64, into []int64) []int64 {
	first := s.Start + step*s.GlobalBatch() + s.Rank*s.BatchRows
	for place := first; place < first+s.BatchRows; place++ {
		switch {
		case place < s.Rows:
			into = append(into, place)
		case s.Tail == Pad:
			into = append(into, place%s.Rows)
		}
	}
	return into
}

// Position is how many places are finished after that many steps.
func (s *Shard) Position(steps int64) int64 {
	return min(s.Start+steps*s.GlobalBatch(), max(s.Rows, s.Start))
}
