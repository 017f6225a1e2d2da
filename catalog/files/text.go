package files

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const textBuffer = 256 << 10

// openText calls do with the text of a file, decompressed and without byte order mark.
func (p *progress) openText(path string, do func(*bufio.Reader) error) error {
	f, err := p.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text := bufio.NewReaderSize(f, textBuffer)
	plain, err := decompress(text)
	if err != nil {
		return &Error{State: stateBadFile, Msg: err.Error()}
	}
	if plain != nil {
		defer plain.Close()
		text = bufio.NewReaderSize(plain, textBuffer)
	}
	mark := []byte("\ufeff")
	if start, _ := text.Peek(len(mark)); bytes.Equal(start, mark) {
		text.Discard(len(mark))
	}
	return do(text)
}

// decompress reads what is compressed; it is nil for text that is not.
func decompress(text *bufio.Reader) (io.ReadCloser, error) {
	start, _ := text.Peek(4)
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return gzip.NewReader(text)
	case bytes.Equal(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		r, err := zstd.NewReader(text, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	}
	return nil, nil
}
