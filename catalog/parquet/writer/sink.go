package writer

import (
	"bufio"
	"io"
)

const sinkBuffer = 64 << 10

// A sink gathers small writes, passes large ones on as they are, and knows its position in the file.
type sink struct {
	w   *bufio.Writer
	pos int64
}

func newSink(w io.Writer) *sink { return &sink{w: bufio.NewWriterSize(w, sinkBuffer)} }

func (s *sink) Write(p []byte) (int, error) {
	if len(p) >= sinkBuffer { // an empty bufio.Writer does not copy
		if err := s.w.Flush(); err != nil {
			return 0, err
		}
	}
	n, err := s.w.Write(p)
	s.pos += int64(n)
	return n, err
}
