package ipccheck

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Reader reads batches from outside. It is arrow-go's reader between a check of the messages and one of the arrays, and is
// used as that is.
type Reader struct {
	messages *messages
	reader   *ipc.Reader
	err      error
}

// NewReader reads messages that next yields, io.EOF after the last. The batches hold on to the bodies. Errors of next come
// back as they are; io.EOF says that there is not even a schema.
func NewReader(next func() (header, body []byte, err error), mem memory.Allocator) (*Reader, error) {
	return newReader(func() ([]byte, *memory.Buffer, error) {
		header, body, err := next()
		return header, memory.NewBufferBytes(body), err
	}, mem)
}

// NewStreamReader reads an IPC stream of at most size bytes.
func NewStreamReader(r io.Reader, size int64, mem memory.Allocator) (*Reader, error) {
	return notEmpty(newReader(streamOf(r, size, mem), mem))
}

// NewFileReader reads an IPC file of size bytes.
func NewFileReader(r io.ReaderAt, size int64, mem memory.Allocator) (*Reader, error) {
	next, err := fileOf(r, size, mem)
	if err != nil {
		return nil, err
	}
	return notEmpty(newReader(next, mem))
}

// notEmpty makes the lack of any message a fault in the bytes.
func notEmpty(r *Reader, err error) (*Reader, error) {
	if err == io.EOF {
		err = badf("there is no schema: the stream is empty")
	}
	return r, err
}

func newReader(next source, mem memory.Allocator) (*Reader, error) {
	r := &Reader{messages: &messages{next: next}}
	reader, err := ipc.NewReaderFromMessageReader(r.messages, ipc.WithAllocator(mem))
	switch {
	case r.messages.err == io.EOF:
		return nil, io.EOF
	case err != nil:
		return nil, r.fault(err)
	}
	r.reader = reader
	return r, nil
}

// Schema is that of all batches.
func (r *Reader) Schema() *arrow.Schema { return r.reader.Schema() }

// Next reads a batch; false at the end and after an error.
func (r *Reader) Next() bool {
	if r.err != nil || !r.reader.Next() {
		return false
	}
	r.err = checkValues(r.reader.RecordBatch())
	return r.err == nil
}

// RecordBatch is what Next has read. It is good until the next call of Next.
func (r *Reader) RecordBatch() arrow.RecordBatch { return r.reader.RecordBatch() }

// Err is what ended reading, nil at the end of the stream. It is an *Error, or what the source of messages failed with.
func (r *Reader) Err() error {
	if r.err != nil {
		return r.err
	}
	if err := r.reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return r.fault(err)
	}
	return nil
}

// Release lets go of the current batch and the dictionaries.
func (r *Reader) Release() { r.reader.Release() }

// fault finds the cause that arrow-go has wrapped. What it finds itself is a fault in the bytes too.
func (r *Reader) fault(err error) error {
	if cause := r.messages.err; cause != nil && cause != io.EOF {
		return cause
	}
	return badf("%v", err)
}

// messages gives arrow-go the messages that pass. It implements ipc.MessageReader.
type messages struct {
	next    source
	checker checker
	current *ipc.Message
	err     error
}

func (m *messages) Message() (*ipc.Message, error) {
	m.Release()
	header, body, err := m.next()
	if err == nil {
		defer body.Release()
		err = m.checker.message(header, body.Bytes())
	}
	if err != nil {
		m.err = err
		return nil, err
	}
	m.current = ipc.NewMessage(memory.NewBufferBytes(header), body)
	return m.current, nil
}

// Retain does nothing: a Reader is the only one to hold its messages.
func (m *messages) Retain() {}

func (m *messages) Release() {
	if m.current != nil {
		m.current.Release()
		m.current = nil
	}
}
