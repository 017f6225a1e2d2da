package index

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/apache/iceberg-go/puffin"
)

func TestManifest(t *testing.T) {
	path := filepath.Join(t.TempDir(), manifestName)
	m := &manifest{Table: "t", Name: "näme", FieldID: 3, Metric: "l2_distance", Dim: 8, Lists: 4, Quantizer: &file{"q", 10, 7},
		Segments: []segment{{file{"s", 20, 8}, []covered{{"file:/a b", 5}, {"c", 6}}}}}
	if err := m.write(path); err != nil {
		t.Fatal(err)
	}
	got, err := readManifest(path)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Fatalf("%+v, %v, want %+v", got, err, m)
	}
	if m.rows() != 11 || m.bytes() != 30 || m.covers()["c"] != 6 {
		t.Errorf("%d rows, %d bytes, covers %v", m.rows(), m.bytes(), m.covers())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		damaged := bytes.Clone(text)
		damaged[random.IntN(len(damaged)-1)] ^= 1 << random.IntN(8)
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := readManifest(path); err == nil && !reflect.DeepEqual(got, m) {
			t.Fatalf("%s is read as %+v", damaged, got)
		}
	}
	m.Version = 0
	other := bytes.Replace(text, []byte(`"format-version":1`), []byte(`"format-version":2`), 1)
	if err := os.WriteFile(path, other, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readManifest(path); err == nil {
		t.Error("a manifest of another version is read")
	}
}

// What is written is a Puffin file to others, with the blob at a line of the cache.
func TestPuffin(t *testing.T) {
	folder := t.TempDir()
	m := &manifest{Table: "t", FieldID: 3, Metric: "l2_distance", Dim: 8}
	blob := bytes.Repeat([]byte("0123456789"), 300_000)
	f, err := writeFile(filepath.Join(folder, "a.puffin"), segmentBlob, m, blob)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := os.Open(filepath.Join(folder, f.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	r, err := puffin.NewReader(opened)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := r.ReadBlob(0); err != nil || !bytes.Equal(read.Data, blob) || read.Metadata.Offset%64 != 0 || read.Metadata.Properties["dimensions"] != "8" {
		t.Errorf("blob %+v, %v", r.Blobs(), err)
	}
	mapping, err := mapFile(folder, f, segmentBlob)
	if err != nil {
		t.Fatal(err)
	}
	defer mapping.unmap()
	if !bytes.Equal(mapping.blob, blob) || mapping.verify(t.Context()) != nil {
		t.Error("the file is not what was written")
	}
	if _, err := mapFile(folder, f, curveBlob); err == nil {
		t.Error("a segment is taken for a curve")
	}
	if err := os.Truncate(opened.Name(), 1000); err != nil {
		t.Fatal(err)
	}
	if err := mapping.verify(t.Context()); !errors.Is(err, errFault) {
		t.Errorf("of a file that shrank: %v", err)
	}
	out, err := newOutput(filepath.Join(folder, "b.puffin"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.alloc(100); err != nil {
		t.Fatal(err)
	}
	out.discard()
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("%v: a file that was not finished stays", entries)
	}
}

// Files are split such that a kill costs one group at most, and such that groups are fewer than segments may be.
func TestGroups(t *testing.T) {
	for _, test := range []struct {
		rows []int64
		want string
	}{
		{nil, "[]"},
		{[]int64{5, 6, 7}, "[[0 1 2]]"},
		{[]int64{groupRows, 1, groupRows, groupRows - 1, 1}, "[[0] [1] [2] [3 4]]"},
		{[]int64{9 * groupRows, 9 * groupRows}, "[[0] [1]]"},
		{[]int64{4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows, 4 * groupRows},
			"[[0 1 2] [3 4 5] [6 7 8]]"},
	} {
		var files []DataFile
		var ordinals []int
		for i, rows := range test.rows {
			files, ordinals = append(files, DataFile{Rows: rows}), append(ordinals, i)
		}
		if got := fmt.Sprint(groups(files, ordinals)); got != test.want {
			t.Errorf("%v: %s, want %s", test.rows, got, test.want)
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), lockName)
	first, err := tryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tryLock(path); !errors.Is(err, errLocked) {
		t.Errorf("a second lock: %v", err)
	}
	waited := make(chan error)
	go func() {
		l, err := waitLock(path)
		if err == nil {
			l.release()
		}
		waited <- err
	}()
	first.release()
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
