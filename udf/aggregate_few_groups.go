package udf

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// With few groups, rows that follow each other often add to one state, and each has to wait for the one before. So the sums of few
// groups are kept in lanes, which rows take by turns, with the sum and the number of values in one word: BenchmarkFewGroups.

const (
	fewGroups = 64
	laneRows  = 2048 // that lanes take in before they are added up: countBits hold their number
	countBits = 11
)

// lanes are sums of values, shifted left by countBits, with the number of values below.
type lanes [4][fewGroups]int64

// sumNarrow adds up values of few groups, and has flush take what lanes hold. It stops at values that are too large for it and
// answers with how many came before.
func sumNarrow[T int16 | int32 | int64](groups []uint32, values []T, flush func(l *lanes)) (done int) {
	groups = groups[:len(values)]
	for done < len(values) {
		part := values[done:min(done+laneRows, len(values))]
		var magnitudes uint64
		for _, v := range part {
			magnitudes |= uint64(int64(v) ^ int64(v)>>63)
		}
		if !fitLane(magnitudes) {
			break
		}
		var l lanes
		ids := groups[done : done+len(part)]
		done += len(part)
		for len(part) >= 4 && len(ids) >= 4 {
			l[0][ids[0]%fewGroups] += int64(part[0])<<countBits + 1
			l[1][ids[1]%fewGroups] += int64(part[1])<<countBits + 1
			l[2][ids[2]%fewGroups] += int64(part[2])<<countBits + 1
			l[3][ids[3]%fewGroups] += int64(part[3])<<countBits + 1
			part, ids = part[4:], ids[4:]
		}
		for i, v := range part {
			l[0][ids[i]%fewGroups] += int64(v)<<countBits + 1
		}
		flush(&l)
	}
	return done
}

// sumNarrowDecimals is sumNarrow for numbers of 128 bits of which 64 are enough.
func sumNarrowDecimals(groups []uint32, values []decimal128.Num, flush func(l *lanes)) (done int) {
	groups = groups[:len(values)]
	for done < len(values) {
		part := values[done:min(done+laneRows, len(values))]
		var magnitudes, wide uint64
		for i := range part {
			low := int64(part[i].LowBits())
			magnitudes |= uint64(low ^ low>>63)
			wide |= uint64(part[i].HighBits() ^ low>>63)
		}
		if wide != 0 || !fitLane(magnitudes) {
			break
		}
		var l lanes
		ids := groups[done : done+len(part)]
		done += len(part)
		for len(part) >= 4 && len(ids) >= 4 {
			l[0][ids[0]%fewGroups] += int64(part[0].LowBits())<<countBits + 1
			l[1][ids[1]%fewGroups] += int64(part[1].LowBits())<<countBits + 1
			l[2][ids[2]%fewGroups] += int64(part[2].LowBits())<<countBits + 1
			l[3][ids[3]%fewGroups] += int64(part[3].LowBits())<<countBits + 1
			part, ids = part[4:], ids[4:]
		}
		for i := range part {
			l[0][ids[i]%fewGroups] += int64(part[i].LowBits())<<countBits + 1
		}
		flush(&l)
	}
	return done
}

// countFew adds the number of rows of each of few groups to counts.
func countFew(counts []int64, groups []uint32) {
	var l [4][fewGroups]int64
	for len(groups) >= 4 {
		l[0][groups[0]%fewGroups]++
		l[1][groups[1]%fewGroups]++
		l[2][groups[2]%fewGroups]++
		l[3][groups[3]%fewGroups]++
		groups = groups[4:]
	}
	for _, g := range groups {
		l[0][g%fewGroups]++
	}
	for g := range counts {
		counts[g] += l[0][g] + l[1][g] + l[2][g] + l[3][g]
	}
}

// fitLane says whether a lane has room for the sum of values of such magnitudes.
func fitLane(magnitudes uint64) bool {
	return bits.Len64(magnitudes)+bits.Len(laneRows)+countBits <= 63
}

// of is the sum and the number of values of a group.
func (l *lanes) of(g int) (sum, count int64) {
	for lane := range l {
		sum += l[lane][g] >> countBits
		count += l[lane][g] & (1<<countBits - 1)
	}
	return sum, count
}
