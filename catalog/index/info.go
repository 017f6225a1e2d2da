package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mediaflight/mediaflight/catalog"
)

// drifted is from where on lists are so uneven that searches look at many more codes than they need to.
const drifted = 4

// Info tells of the index as it stands to the data files of a snapshot. The names of table and column are the caller's to
// fill in.
func (ix *Index) Info(files []DataFile) catalog.IndexInfo {
	info := catalog.IndexInfo{
		IndexDefinition: catalog.IndexDefinition{Name: ix.Name, Metric: ix.Metric, Lists: ix.Lists, Bits: ix.Bits, Dim: ix.Dim},
		Bytes:           ix.bytes(),
		Rows:            ix.rows(),
		Imbalance:       ix.Imbalance,
		Curve:           ix.points(),
		State:           "ready",
	}
	rows := int64(0)
	for _, s := range ix.Segments {
		info.Files += int64(len(s.Files))
	}
	for i, covered := range ix.Covers(files) {
		f := files[i]
		rows += f.Rows
		if !covered {
			info.FilesUncovered++
			info.RowsUncovered += f.Rows
		}
	}
	working := ix.folder.progress(ix.dir)
	switch err := ix.lookForDamage(); {
	case err != nil:
		info.State, info.Detail = "damaged", fmt.Sprintf("searches are exact: %v; %s", err, ix.remedy())
	case !ix.Finished() && ix.building():
		info.State, info.Detail = "building", working
	case !ix.Finished():
		info.State, info.Detail = "building", "its building was cut short: REINDEX goes on with it"
	case working != "":
		info.Detail = "worked at: " + working
	case ix.Quantizer == nil && rows > 0:
		info.Detail = "the table had no vectors when it was built: REINDEX builds it"
	case ix.Quantizer != nil && rows > outgrown*ix.Trained && ix.Asked.Lists == 0:
		info.Detail = fmt.Sprintf("the table has %.0f times the rows that its lists were made for: REINDEX makes searches faster", float64(rows)/float64(max(ix.Trained, 1)))
	case ix.Imbalance > drifted && ix.Lists > 1:
		info.Detail = fmt.Sprintf("the list of a row is %.1f times as long as the mean: REINDEX makes searches faster", ix.Imbalance)
	}
	return info
}

// remedy is what helps against damage.
func (ix *Index) remedy() string {
	if ix.Version == 0 {
		return "drop the index and create it again"
	}
	return "REINDEX builds it anew"
}

// Covers tells of each of a snapshot's data files whether the index covers it.
func (ix *Index) Covers(files []DataFile) []bool {
	rows := ix.covers()
	covers := make([]bool, len(files))
	for i, f := range files {
		n, ok := rows[f.Location]
		covers[i] = ok && n == f.Rows
	}
	return covers
}

// lookForDamage adds to what is known to be wrong what is easily seen: files that are missing or cut short.
func (ix *Index) lookForDamage() error {
	if err := ix.Damage(); err != nil || !ix.Finished() {
		return err
	}
	for _, f := range ix.files() {
		info, err := os.Stat(filepath.Join(ix.dir, f.Name))
		if err == nil && info.Size() != f.Bytes {
			err = fmt.Errorf("%s has %d bytes of %d", f.Name, info.Size(), f.Bytes)
		}
		if err == nil {
			continue
		}
		if now, statErr := stampOf(ix.path); statErr == nil && now != ix.stamp {
			return nil // it was changed meanwhile, and its files replaced
		}
		ix.fail(err)
		return err
	}
	return nil
}

var errUnfinished = errors.New("index is not finished")
