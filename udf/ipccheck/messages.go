package ipccheck

import (
	"encoding/binary"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A source yields the messages of a stream, io.EOF after the last. The body is the caller's to release.
type source func() (header []byte, body *memory.Buffer, err error)

// continuation comes before the length of a message since Arrow 0.15.
const continuation = 0xffffffff

// streamOf reads messages as they are in a stream, of which there are left bytes. No more than that is taken in memory,
// whatever a message claims.
func streamOf(r io.Reader, left int64, mem memory.Allocator) source {
	read := func(b []byte) error {
		left -= int64(len(b))
		_, err := io.ReadFull(r, b)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return func() ([]byte, *memory.Buffer, error) {
		if left == 0 {
			return nil, nil, io.EOF // streams need not say that they end
		}
		var length [4]byte
		if err := read(length[:]); err != nil {
			return nil, nil, truncated(err)
		}
		n := binary.LittleEndian.Uint32(length[:])
		if n == continuation {
			if err := read(length[:]); err != nil {
				return nil, nil, truncated(err)
			}
			n = binary.LittleEndian.Uint32(length[:])
		}
		if n == 0 {
			return nil, nil, io.EOF
		}
		if int64(n) > left {
			return nil, nil, badf("message of %d bytes where %d are left", n, max(left, 0))
		}
		header := make([]byte, n)
		if err := read(header); err != nil {
			return nil, nil, truncated(err)
		}
		b := newFlatbuffer(header)
		size := b.table(0).int64(3)
		switch {
		case b.err != nil:
			return nil, nil, b.err
		case size < 0 || size > left:
			return nil, nil, badf("message with a body of %d bytes where %d are left", size, left)
		}
		body := memory.NewResizableBuffer(mem)
		body.Resize(int(size))
		if err := read(body.Bytes()); err != nil {
			body.Release()
			return nil, nil, truncated(err)
		}
		return header, body, nil
	}
}

// truncated makes the end of the bytes a fault in them; other errors stay what they are.
func truncated(err error) error {
	if err == io.ErrUnexpectedEOF {
		return badf("the stream ends within a message")
	}
	return err
}
