package ivf

import (
	"math"
	"math/bits"

	"github.com/mediaflight/mediaflight/udf/simd"
)

// A visit is a list that is scanned for a searcher.
type visit struct {
	nearList
	by *searcher
}

// together is how many queries at once the kernel takes codes for.
const together = 4

// scanFor looks at the codes of one list, so many visits at most at once.
func (s *scratch) scanFor(visits []visit) error {
	list := visits[0].list
	for i, segment := range s.Segments {
		if outside(visits, segment) {
			continue
		}
		blocks, n := segment.codesOf(list)
		for from := 0; from < n; from += chunkBlocks {
			some := blocks[from*segment.stride:]
			scans := s.codes[:len(visits)]
			chosen := 0
			for v := range visits {
				scan, by := &scans[v], visits[v].by
				scan.Masks = scan.Masks[:min(chunkBlocks, n-from)]
				visits[v].prepare(scan, segment)
				// Which codes are to choose from takes a look at the row of each: one for all that choose from the same rows.
				switch {
				case v == 0:
					chosen = by.live[i].mask(segment, some, scan.Masks)
					by.matched += chosen
				case by.choice == visits[0].by.choice:
					copy(scan.Masks, scans[0].Masks)
					by.matched += chosen
				default:
					by.matched += by.live[i].mask(segment, some, scan.Masks)
				}
			}
			simd.ScanCodes(some, scans)
			for v := range visits {
				if err := visits[v].take(&scans[v], segment, i, some); err != nil {
					return err
				}
				scans[v].Masks = scans[v].Masks[:chunkBlocks]
			}
		}
		for _, v := range visits {
			v.by.query.Stats.Codes += int64(segment.lists[list].codes)
		}
	}
	return nil
}

// lift is what the bounds of a list are above what a scan makes of its codes.
func (v *visit) lift() float32 {
	if v.by.Quantizer.kind == inner {
		return v.distance - v.by.norm
	}
	return v.distance
}

// prepare says what to scan a segment's blocks for.
func (v *visit) prepare(scan *simd.CodeScan, segment *Segment) {
	s := v.by
	away := float32(math.Sqrt(float64(max(v.distance, 0))))
	scan.Table = s.table.sums
	scan.Delta = s.table.delta
	scan.Offset = s.table.offset + segment.lists[v.list].spread*away
	scan.Limit = roundUp(s.limit, v.lift(), v.distance)
}

// take has the rows of codes wait that a scan did not exclude.
func (v *visit) take(scan *simd.CodeScan, segment *Segment, number int, blocks []byte) error {
	lift := v.lift()
	for b, mask := range scan.Masks {
		for ; mask != 0; mask &= mask - 1 {
			at := bits.TrailingZeros32(mask)
			v.by.consider(number, segment.rowOf(blocks, b, at), scan.Bounds[blockCodes*b+at]+lift)
		}
	}
	if len(v.by.pending.codes) >= 4*chunk && !v.by.looking {
		return v.by.rerank()
	}
	return nil
}

// roundUp is the limit of a list's bounds, above what rounding may do to them.
func roundUp(limit float64, lift, size float32) float32 {
	return float32((limit - float64(lift)) + 1e-5*(math.Abs(limit)+float64(size)))
}

// outside tells whether all rows of a list are farther away than any that is looked for, as the triangle inequality has it.
func outside(visits []visit, segment *Segment) bool {
	radius := float64(segment.lists[visits[0].list].radius)
	for _, v := range visits {
		reach := radius + math.Sqrt(max(v.by.limit, 0))
		if v.by.Quantizer.kind == inner || v.by.looking || !(float64(v.distance) > reach*reach*(1+1e-4)) {
			return false
		}
	}
	return true
}
