package exec

import (
	"path"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec/shuffle"
)

// splitByPlace is the rows of a set that a split has, by their data files and their places within these: rows that come to the table move
// no others, but writing it anew does.
func (s *trainingSettings) splitByPlace(set *catalog.RowSet, files []catalog.FileInfo) (*catalog.RowSet, error) {
	if set.Files() > len(files) {
		return nil, &Error{State: stateUnsupported, Msg: "splits of a table that has no data files", Hint: "split_by => '...' splits by a column"}
	}
	kept := &catalog.RowSet{}
	addresses, at := make([]int64, 0, 1024), int64(-1)
	var key shuffle.Key
	for address := range set.All() {
		if file := address >> 32; file != at {
			at, key = file, shuffle.FileKey(path.Base(files[file].Path))
		}
		if s.of.At(key.Word(uint64(uint32(address)))) != s.wanted {
			continue
		}
		if addresses = append(addresses, address); len(addresses) == cap(addresses) {
			kept.Add(addresses)
			addresses = addresses[:0]
		}
	}
	kept.Add(addresses)
	return kept, nil
}
