package index

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/durable"
)

// A manifest says what an index is and what it consists of. It does not change; a change of the index writes another.
type manifest struct {
	Version int       `json:"format-version"`
	Table   string    `json:"table-uuid"`
	Name    string    `json:"name"`
	FieldID int       `json:"field-id"` // of the column, which may be renamed
	Metric  string    `json:"metric"`
	Dim     int       `json:"dimensions"`
	Asked   asked     `json:"asked"`
	Built   time.Time `json:"built"`

	Quantizer *file        `json:"quantizer,omitempty"` // none while the table has no vectors
	Lists     int          `json:"lists"`
	Bits      int          `json:"bits"`
	Trained   int64        `json:"trained-rows"` // that the table had when the quantizer was trained
	Curve     *file        `json:"curve,omitempty"`
	Points    []curvePoint `json:"curve-points,omitempty"` // of Curve, for those who only want to see it
	Segments  []segment    `json:"segments,omitempty"`
	Imbalance float64      `json:"imbalance"`
}

// asked is what the definition left open or not.
type asked struct {
	Lists int `json:"lists"`
	Bits  int `json:"bits"`
}

// A file is one of the index's Puffin files.
type file struct {
	Name     string `json:"name"`
	Bytes    int64  `json:"bytes"`
	Checksum uint32 `json:"crc32c"` // of all its bytes
}

// A segment covers data files, in the order of their ordinals in it.
type segment struct {
	File  file      `json:"file"`
	Files []covered `json:"data-files"`
}

func (s *segment) rows() int64 {
	n := int64(0)
	for _, f := range s.Files {
		n += f.Rows
	}
	return n
}

// covered is a data file.
type covered struct {
	Location string `json:"location"`
	Rows     int64  `json:"rows"`
}

type curvePoint struct {
	K      int     `json:"k"`
	Probes int     `json:"probes"`
	Recall float64 `json:"recall"`
}

// manifestVersion is that of manifests and of what they name. Others are not read.
const manifestVersion = 1

// sealed is a manifest as it is in its file.
type sealed struct {
	Checksum uint32          `json:"crc32c"` // of the bytes of Index
	Index    json.RawMessage `json:"index"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func readManifest(path string) (*manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s sealed
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if crc32.Checksum(s.Index, castagnoli) != s.Checksum {
		return nil, fmt.Errorf("%s: checksum is wrong", path)
	}
	m := new(manifest)
	if err := json.Unmarshal(s.Index, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("%s: version %d is not known here", path, m.Version)
	}
	return m, nil
}

// write puts the manifest in the place of the one at path, all at once.
func (m *manifest) write(path string) error {
	m.Version = manifestVersion
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	text, err = json.Marshal(sealed{Checksum: crc32.Checksum(text, castagnoli), Index: text})
	if err != nil {
		return err
	}
	return durable.Replace(path, append(text, '\n'))
}

// files are all files that the manifest names.
func (m *manifest) files() []file {
	var all []file
	for _, f := range []*file{m.Quantizer, m.Curve} {
		if f != nil {
			all = append(all, *f)
		}
	}
	for _, s := range m.Segments {
		all = append(all, s.File)
	}
	return all
}

func (m *manifest) bytes() int64 {
	n := int64(0)
	for _, f := range m.files() {
		n += f.Bytes
	}
	return n
}

func (m *manifest) rows() int64 {
	n := int64(0)
	for i := range m.Segments {
		n += m.Segments[i].rows()
	}
	return n
}

// covers tells for each data file that the index covers how many rows of it.
func (m *manifest) covers() map[string]int64 {
	all := map[string]int64{}
	for _, s := range m.Segments {
		for _, f := range s.Files {
			all[f.Location] = f.Rows
		}
	}
	return all
}

// definition is the manifest's, of which a new training starts.
func (m *manifest) definition() Definition {
	return Definition{Table: m.Table, Name: m.Name, FieldID: m.FieldID, Metric: m.Metric, Dim: m.Dim, Lists: m.Asked.Lists, Bits: m.Asked.Bits}
}

func (m *manifest) points() []catalog.RecallPoint {
	points := make([]catalog.RecallPoint, len(m.Points))
	for i, p := range m.Points {
		points[i] = catalog.RecallPoint{K: p.K, Probes: p.Probes, Recall: p.Recall}
	}
	return points
}
