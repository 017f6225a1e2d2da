package exec

// A maxTree finds, in a list of words, the next one that is large enough, without looking at all those in between: of each
// maxTreeFan words it knows the largest, of each as many of these again, and so on.
type maxTree struct {
	levels [][]uint64 // the words themselves first
}

// maxTreeFan words are two cache lines. Fewer make the tree higher, more make the look through the last one longer.
const (
	maxTreeBits = 4
	maxTreeFan  = 1 << maxTreeBits
)

func newMaxTree(words []uint64) *maxTree {
	t := &maxTree{levels: [][]uint64{words}}
	for len(words) > maxTreeFan {
		above := make([]uint64, (len(words)+maxTreeFan-1)/maxTreeFan)
		for i := range above {
			for _, w := range words[i*maxTreeFan : min((i+1)*maxTreeFan, len(words))] {
				above[i] = max(above[i], w)
			}
		}
		t.levels = append(t.levels, above)
		words = above
	}
	return t
}

// next is the first place from at on, and before end, whose word is least or more; end if there is none.
func (t *maxTree) next(at, end uint32, least uint64) uint32 {
	level, p, limit := 0, int(at), int(end)
	for {
		words := t.levels[level]
		stop := min(p|(maxTreeFan-1), len(words)-1)
		for p <= stop && words[p] < least {
			p++
		}
		if p <= stop {
			break
		}
		if stop == len(words)-1 || p<<(level*maxTreeBits) >= limit {
			return end
		}
		p >>= maxTreeBits
		level++
	}
	for level > 0 {
		level--
		p <<= maxTreeBits
		for words := t.levels[level]; words[p] < least; {
			p++
		}
	}
	return uint32(min(p, limit))
}
