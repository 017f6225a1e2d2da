package exec

import (
	"math/bits"
	"sort"

	"github.com/mediaflight/mediaflight/catalog"
)

// rowRanks numbers rows of a table in the order of their addresses, which is that of their data files and of the rows within them.
type rowRanks struct {
	files []rankedFile
	ends  []int64 // the number behind each file's last row
}

// A rankedFile is a data file with rows that have numbers. For 512 rows of the file it takes 68 bytes, the set's own included.
type rankedFile struct {
	base   int64    // the address of the file's row 0
	all    bool     // all rows from the first one on
	words  []uint64 // a bit a row
	before []uint32 // how many bits are set before each 8 words
}

const rankedWords = 8

// ranksOf numbers the rows of a set.
func ranksOf(set *catalog.RowSet) *rowRanks {
	r := &rowRanks{}
	total := int64(0)
	for ordinal := range set.Files() {
		f := rankedFile{base: int64(ordinal) << 32, words: set.Words(ordinal)}
		n, last := int64(0), int64(-1)
		for i, w := range f.words {
			if i%rankedWords == 0 {
				f.before = append(f.before, uint32(n))
			}
			if n += int64(bits.OnesCount64(w)); w != 0 {
				last = int64(i)<<6 + int64(bits.Len64(w)) - 1
			}
		}
		if f.all = n == last+1; f.all {
			f.words, f.before = nil, nil
		}
		if n > 0 {
			total += n
			r.files, r.ends = append(r.files, f), append(r.ends, total)
		}
	}
	return r
}

// ranksOfFiles numbers all rows of files.
func ranksOfFiles(files []catalog.FileInfo) *rowRanks {
	r := &rowRanks{}
	total := int64(0)
	for ordinal, f := range files {
		if f.Rows > 0 {
			total += f.Rows
			r.files, r.ends = append(r.files, rankedFile{base: int64(ordinal) << 32, all: true}), append(r.ends, total)
		}
	}
	return r
}

// count is how many rows there are.
func (r *rowRanks) count() int64 {
	if n := len(r.ends); n > 0 {
		return r.ends[n-1]
	}
	return 0
}

// address is that of the row with a number, of [0, count).
func (r *rowRanks) address(number int64) int64 {
	i := 0
	if len(r.files) > 1 {
		i = sort.Search(len(r.ends), func(i int) bool { return number < r.ends[i] })
	}
	if i > 0 {
		number -= r.ends[i-1]
	}
	f := &r.files[i]
	if f.all {
		return f.base + number
	}
	return f.base + f.row(uint32(number))
}

// row is the place in the file of the bit that has so many set before it.
func (f *rankedFile) row(number uint32) int64 {
	at := sort.Search(len(f.before), func(i int) bool { return f.before[i] > number }) - 1
	left := int(number - f.before[at])
	for i := at * rankedWords; ; i++ {
		w := f.words[i]
		if n := bits.OnesCount64(w); left >= n {
			left -= n
			continue
		}
		for ; left > 0; left-- {
			w &= w - 1
		}
		return int64(i)<<6 + int64(bits.TrailingZeros64(w))
	}
}
