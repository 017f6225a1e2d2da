package reader

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// decodeFooter finds and decodes the metadata at the end of a file.
func decodeFooter(path string, data []byte) (*format.FileMetaData, error) {
	end := len(data) - 8
	switch {
	case string(data[end+4:]) == "PARE":
		return nil, unsupported(path, "write the file without encryption", "encrypted Parquet files are not read")
	case string(data[end+4:]) != "PAR1" || string(data[:4]) != "PAR1":
		return nil, corrupt(path, "not a Parquet file, or cut short: magic bytes missing")
	}
	size := int(binary.LittleEndian.Uint32(data[end:]))
	if size > end-4 {
		return nil, corrupt(path, "footer of %d bytes in a file of %d", size, len(data))
	}
	meta := new(format.FileMetaData)
	// Decoded strings point into what they were decoded from; the clone keeps metadata good without the mapping.
	if _, err := decodeThrift(bytes.Clone(data[end-size:end]), meta); err != nil {
		return nil, corrupt(path, "footer: %v", err)
	}
	if meta.EncryptionAlgorithm.Value != nil {
		return nil, unsupported(path, "write the file without encryption", "encrypted Parquet files are not read")
	}
	return meta, nil
}

// decodeThrift decodes the struct at the start of data, whose bytes the result points into, and returns its length.
func decodeThrift(data []byte, v any) (int, error) {
	w := thriftWalker{data: data}
	if err := w.structure(0); err != nil {
		return 0, err
	}
	var protocol thrift.CompactProtocol
	r := protocol.NewReaderFromBytes(data[:w.at])
	if err := thrift.NewDecoder(r).Decode(v); err != nil {
		return 0, err
	}
	return w.at, nil
}

// A thriftWalker skims a struct in Thrift's compact protocol to see that it is whole. The decoder takes memory for a list as
// soon as it reads its length; here a length that the remaining bytes cannot hold is an error first.
type thriftWalker struct {
	data []byte
	at   int
}

var errThrift = errors.New("malformed thrift")

const (
	thriftTrue = iota + 1
	thriftFalse
	thriftI8
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
	thriftUUID
)

// maxThriftDepth is far above what Parquet's metadata nests.
const maxThriftDepth = 16

func (w *thriftWalker) structure(depth int) error {
	if depth > maxThriftDepth {
		return errThrift
	}
	for {
		head, err := w.byte()
		if err != nil {
			return err
		}
		if head == 0 {
			return nil
		}
		if head>>4 == 0 { // the field id follows in full
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind != thriftTrue && kind != thriftFalse { // a boolean field's value is its type
			if err := w.value(kind, depth); err != nil {
				return err
			}
		}
	}
}

func (w *thriftWalker) value(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftI8:
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := w.varint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftUUID:
		return w.skip(16)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth)
	case thriftStruct:
		return w.structure(depth + 1)
	}
	return fmt.Errorf("%w: type %d", errThrift, kind)
}

func (w *thriftWalker) list(depth int) error {
	if depth > maxThriftDepth {
		return errThrift
	}
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.data)-w.at) { // every element takes a byte at least
		return fmt.Errorf("%w: list of %d elements in %d bytes", errThrift, n, len(w.data)-w.at)
	}
	for range n {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *thriftWalker) byte() (byte, error) {
	if w.at >= len(w.data) {
		return 0, fmt.Errorf("%w: cut short", errThrift)
	}
	w.at++
	return w.data[w.at-1], nil
}

func (w *thriftWalker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.data[w.at:])
	if n <= 0 {
		return 0, fmt.Errorf("%w: cut short", errThrift)
	}
	w.at += n
	return v, nil
}

func (w *thriftWalker) skip(n uint64) error {
	if n > uint64(len(w.data)-w.at) {
		return fmt.Errorf("%w: cut short", errThrift)
	}
	w.at += int(n)
	return nil
}
