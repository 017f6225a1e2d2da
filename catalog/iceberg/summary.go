package iceberg

import (
	"strconv"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// A summary counts what a snapshot adds and removes, under the names that Iceberg's specification gives these counts.
type summary struct{ counts map[string]int64 }

func newSummary() *summary { return &summary{counts: map[string]int64{}} }

func (s *summary) add(f iceberg.DataFile) {
	s.counts["added-files-size"] += bytesOf(f)
	switch f.ContentType() {
	case iceberg.EntryContentData:
		s.counts["added-data-files"]++
		s.counts["added-records"] += f.Count()
	case iceberg.EntryContentPosDeletes:
		s.counts["added-delete-files"]++
		s.counts[positionDeleteCount("added", f)]++
		s.counts["added-position-deletes"] += f.Count()
	}
}

func (s *summary) remove(f iceberg.DataFile) {
	s.counts["removed-files-size"] += bytesOf(f)
	switch f.ContentType() {
	case iceberg.EntryContentData:
		s.counts["deleted-data-files"]++
		s.counts["deleted-records"] += f.Count()
	case iceberg.EntryContentPosDeletes:
		s.counts["removed-delete-files"]++
		s.counts[positionDeleteCount("removed", f)]++
		s.counts["removed-position-deletes"] += f.Count()
	case iceberg.EntryContentEqDeletes:
		s.counts["removed-delete-files"]++
		s.counts["removed-equality-delete-files"]++
		s.counts["removed-equality-deletes"] += f.Count()
	}
}

// bytesOf is what a file takes: of one with several deletion vectors, the one meant.
func bytesOf(f iceberg.DataFile) int64 {
	if size := f.ContentSizeInBytes(); size != nil {
		return *size
	}
	return f.FileSizeBytes()
}

func positionDeleteCount(what string, f iceberg.DataFile) string {
	if table.IsDeletionVector(f) {
		return what + "-dvs"
	}
	return what + "-position-delete-files"
}

// totals are kept from snapshot to snapshot: the total, what adds to it and what takes from it.
var totals = [...][3]string{
	{"total-data-files", "added-data-files", "deleted-data-files"},
	{"total-delete-files", "added-delete-files", "removed-delete-files"},
	{"total-records", "added-records", "deleted-records"},
	{"total-files-size", "added-files-size", "removed-files-size"},
	{"total-position-deletes", "added-position-deletes", "removed-position-deletes"},
	{"total-equality-deletes", "added-equality-deletes", "removed-equality-deletes"},
}

// of is the summary of a snapshot that follows another, nil for the first.
func (s *summary) of(parent *table.Snapshot) *table.Summary {
	out := &table.Summary{Operation: s.operation(), Properties: iceberg.Properties{}}
	for key, n := range s.counts {
		if n > 0 {
			out.Properties[key] = strconv.FormatInt(n, 10)
		}
	}
	var before iceberg.Properties
	if parent != nil && parent.Summary != nil {
		before = parent.Summary.Properties
	}
	for _, t := range totals {
		if n := before.GetInt64(t[0], 0) + s.counts[t[1]] - s.counts[t[2]]; n >= 0 {
			out.Properties[t[0]] = strconv.FormatInt(n, 10)
		}
	}
	return out
}

func (s *summary) operation() table.Operation {
	adds := s.counts["added-data-files"] > 0
	takes := s.counts["deleted-data-files"]+s.counts["added-delete-files"] > 0
	switch {
	case adds && takes:
		return table.OpOverwrite
	case takes:
		return table.OpDelete
	}
	return table.OpAppend
}
