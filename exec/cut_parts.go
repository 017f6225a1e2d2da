package exec

import "github.com/mediaflight/mediaflight/catalog"

// A CutPart says what a part of a plan reads: the addresses for each of the scans that the plan is cut by.
type CutPart []catalog.AddressRange

// A cutStretch is a stretch of one of the scans.
type cutStretch struct {
	catalog.Stretch
	scan int
}

// A border is where one part ends and the next begins: all scans before this one belong to the former, all behind it to the
// latter.
type border struct {
	scan    int
	address int64
}

// nearby is the share of a part, one over this, by which a border may be moved to where a stretch begins or ends: a row group
// is best read by one.
const nearby = 64

// cut cuts the stretches of scans into at most n parts of about as many rows, which together have all addresses.
func cut(stretches []cutStretch, scans, n int) []CutPart {
	total := int64(0)
	for _, s := range stretches {
		total += s.Rows
	}
	n = int(min(int64(n), total))
	if n < 2 {
		return nil
	}
	near := total / int64(n) / nearby
	var borders []border
	last, before := int64(0), int64(0) // rows before the last border, and before the stretch
	for _, s := range stretches {
		for part := int64(1); part < int64(n); part++ {
			wanted := total*part/int64(n) - before
			if wanted < 0 || wanted >= s.Rows {
				continue
			}
			row, address := s.borderAt(wanted, near)
			if at := before + row; at > last && at < total {
				borders, last = append(borders, border{s.scan, address}), at
			}
		}
		before += s.Rows
	}
	return partsBetween(borders, scans)
}

// borderAt finds a border before a row of the stretch, or where the stretch begins or ends if either is near: so many rows lie
// before the border, and the others have its address and those behind it.
func (s *cutStretch) borderAt(wanted, near int64) (row, address int64) {
	switch {
	case wanted <= near || s.Whole && wanted < s.Rows/2:
		return 0, s.From
	case s.Rows-wanted <= near || s.Whole:
		return s.Rows, s.To
	}
	return wanted, s.From + wanted*(s.To-s.From)/s.Rows
}

// partsBetween are the parts before, between and behind borders, which ascend.
func partsBetween(borders []border, scans int) []CutPart {
	parts := make([]CutPart, len(borders)+1)
	for i := range parts {
		parts[i] = make(CutPart, scans)
		for scan := range scans {
			r := catalog.AllAddresses
			if i > 0 {
				r.From = borders[i-1].in(scan)
			}
			if i < len(borders) {
				r.To = borders[i].in(scan)
			}
			if r.Empty() {
				r = catalog.AddressRange{}
			}
			parts[i][scan] = r
		}
	}
	return parts
}

// in is where the border is among the addresses of a scan.
func (b border) in(scan int) int64 {
	switch {
	case scan < b.scan:
		return catalog.AllAddresses.To
	case scan > b.scan:
		return catalog.AllAddresses.From
	}
	return b.address
}
