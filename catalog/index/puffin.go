package index

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"

	"github.com/apache/iceberg-go/puffin"
	"golang.org/x/sys/unix"
)

// Types of blobs. The number is that of the layout, which package ivf decides.
const (
	quantizerBlob puffin.BlobType = "mediaflight-ivf-quantizer-v1"
	curveBlob     puffin.BlobType = "mediaflight-ivf-curve-v1"
	segmentBlob   puffin.BlobType = "mediaflight-ivf-segment-v1"
)

// puffinMagic opens a Puffin file and begins and ends its footer.
const puffinMagic = "PFA1"

// blobOffset is where the blob lies: behind the magic, at a multiple of a cache line.
const blobOffset = 64

// An output is a Puffin file in the making. Its blob is filled in memory that the file is mapped to, so that a segment,
// however large, is never held twice. puffin.Writer takes a blob as one slice, at an offset that it chooses.
type output struct {
	path    string
	file    *os.File
	mapping []byte
	size    int64
}

func newOutput(path string) (*output, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return &output{path: path, file: f}, nil
}

// alloc is the memory for the blob. The file is filled with zeros first, so that it is now that a full disk shows, as an
// error: a page of a mapping that finds no room when it is written to ends the process.
func (o *output) alloc(size int64) ([]byte, error) {
	if o.mapping != nil || size <= 0 {
		return nil, fmt.Errorf("index file %s: memory for %d bytes", o.path, size)
	}
	zeros := make([]byte, min(blobOffset+size, 1<<20))
	for left := blobOffset + size; left > 0; left -= int64(len(zeros)) {
		if _, err := o.file.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			return nil, err
		}
	}
	var err error
	if o.mapping, err = unix.Mmap(int(o.file.Fd()), 0, int(blobOffset+size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, &os.PathError{Op: "map", Path: o.path, Err: err}
	}
	copy(o.mapping, puffinMagic)
	o.size = size
	return o.mapping[blobOffset:], nil
}

// finish makes the file whole and durable. The blob's memory is gone then.
func (o *output) finish(kind puffin.BlobType, m *manifest) (*file, error) {
	footer, err := json.Marshal(puffin.Footer{
		Blobs: []puffin.BlobMetadata{{Type: kind, Fields: []int32{int32(m.FieldID)}, SnapshotID: -1, SequenceNumber: -1, Offset: blobOffset, Length: o.size,
			Properties: map[string]string{"metric": m.Metric, "dimensions": strconv.Itoa(m.Dim), "table-uuid": m.Table}}},
		Properties: map[string]string{puffin.CreatedBy: "Mediaflight"},
	})
	if err != nil {
		return nil, err
	}
	end := append([]byte(puffinMagic), footer...)
	end = binary.LittleEndian.AppendUint32(end, uint32(len(footer)))
	end = append(binary.LittleEndian.AppendUint32(end, 0), puffinMagic...)
	f := &file{Name: filepath.Base(o.path), Bytes: blobOffset + o.size + int64(len(end))}
	f.Checksum = crc32.Update(crc32.Checksum(o.mapping, castagnoli), castagnoli, end)
	if err := unix.Msync(o.mapping, unix.MS_SYNC); err != nil {
		return nil, &os.PathError{Op: "write", Path: o.path, Err: err}
	}
	o.unmap()
	if _, err := o.file.WriteAt(end, blobOffset+o.size); err != nil {
		return nil, err
	}
	err = errors.Join(o.file.Sync(), o.file.Close())
	o.file = nil
	return f, err
}

func (o *output) unmap() {
	if o.mapping != nil {
		_ = unix.Munmap(o.mapping)
		o.mapping = nil
	}
}

// discard removes a file that was not finished.
func (o *output) discard() {
	if o.file == nil {
		return
	}
	o.unmap()
	o.file.Close()
	o.file = nil
	_ = os.Remove(o.path)
}

// writeFile makes a file of a small blob.
func writeFile(path string, kind puffin.BlobType, m *manifest, blob []byte) (*file, error) {
	o, err := newOutput(path)
	if err != nil {
		return nil, err
	}
	defer o.discard()
	memory, err := o.alloc(int64(len(blob)))
	if err != nil {
		return nil, err
	}
	copy(memory, blob)
	return o.finish(kind, m)
}
