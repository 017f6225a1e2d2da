package reader

import "github.com/mediaflight/mediaflight/catalog"

// within leaves of ranges of a row group those rows that the scan is to read by their addresses.
func (p *plan) within(group *rowGroup, ranges []selection) []selection {
	if p.spec.Scan.Within == nil {
		return ranges
	}
	from, to := p.spec.Scan.Within.Clip(p.spec.Base+group.first, group.rows)
	return intersect(ranges, []selection{{from: from, to: to}})
}

// countedTogether is how many rows of a file with deletes are one stretch: in any part of it, about the same share of rows is
// taken to be deleted.
const countedTogether = 4 << 10

// Stretches are the task's rows by their addresses.
func (t *task) Stretches() ([]catalog.Stretch, error) {
	var all []catalog.Stretch
	err := guard(t.file.path, func() error {
		f, err := t.file.reopen()
		if err != nil {
			return err
		}
		defer f.Close()
		plan, err := f.plan(t.spec)
		if err != nil {
			return err
		}
		for _, part := range t.parts {
			group := &f.groups[part.group]
			whole := !plan.seekable(group)
			for _, r := range part.ranges {
				all = append(all, t.stretches(group.first+r.from, group.first+r.to, whole)...)
			}
		}
		return nil
	})
	return all, err
}

// stretches counts the rows [from, to) of the file.
func (t *task) stretches(from, to int64, whole bool) []catalog.Stretch {
	step := to - from
	if t.spec.Deleted != nil && !whole {
		step = min(step, countedTogether)
	}
	var out []catalog.Stretch
	for ; from < to; from += step {
		end := min(from+step, to)
		rows := end - from
		if t.spec.Deleted != nil {
			rows -= t.spec.Deleted.Count(from, end)
		}
		out = append(out, catalog.Stretch{AddressRange: catalog.AddressRange{From: t.spec.Base + from, To: t.spec.Base + end}, Rows: rows, Whole: whole})
	}
	return out
}
