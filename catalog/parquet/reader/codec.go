package reader

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// maxPage bounds the bytes and maxPageValues the values that one page may claim to have: a few bytes of run lengths could
// claim any number.
const (
	maxPage       = 1 << 30
	maxPageValues = 1 << 26
)

// A page of more than smallPage bytes is given memory only if it is not compressed by more than maxExpansion to one.
const (
	smallPage    = 16 << 20
	maxExpansion = 1 << 12
)

// decompress fills dst, whose length is what the page header states, from src. Codecs are called directly: parquet-go
// v0.32.0 returns wrong data for LZ4_RAW pages that compressed by less than three to one.
func decompress(codec format.CompressionCodec, dst, src []byte) error {
	var n int
	var err error
	switch codec {
	case format.Uncompressed:
		n = copy(dst, src)
		if len(src) != len(dst) {
			n = -1
		}
	case format.Snappy:
		n, err = decompressSnappy(dst, src)
	case format.Zstd:
		n, err = decompressZstd(dst, src)
	case format.Lz4Raw:
		n, err = lz4.UncompressBlock(src, dst)
	case format.Lz4:
		n, err = decompressLz4(dst, src)
	case format.Gzip:
		n, err = decompressGzip(dst, src)
	case format.Brotli:
		n, err = io.ReadFull(brotli.NewReader(bytes.NewReader(src)), dst)
	default:
		return fmt.Errorf("codec %s is not known", codec)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", codec, err)
	}
	if n != len(dst) {
		return fmt.Errorf("%s: page does not decompress to the %d bytes it states", codec, len(dst))
	}
	return nil
}

func decompressSnappy(dst, src []byte) (int, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil || n != len(dst) {
		return -1, err
	}
	out, err := snappy.Decode(dst, src)
	return len(out), err
}

// zstdDecoder serves any number of goroutines at once, and lives as long as the process.
var zstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPage))
})

func decompressZstd(dst, src []byte) (int, error) {
	decoder, err := zstdDecoder()
	if err != nil {
		return 0, err
	}
	out, err := decoder.DecodeAll(src, dst[:0])
	if err == nil && len(out) == len(dst) && len(dst) > 0 && &out[0] != &dst[0] {
		copy(dst, out)
	}
	return len(out), err
}

// decompressLz4 reads what the deprecated LZ4 codec stands for: Hadoop's framing of blocks (sizes before each, big-endian),
// or a bare block, or an LZ4 frame, as parquet-cpp wrote at different times.
func decompressLz4(dst, src []byte) (int, error) {
	if n, err := decompressHadoop(dst, src); err == nil {
		return n, nil
	}
	if len(src) >= 4 && binary.LittleEndian.Uint32(src) == 0x184D2204 {
		return io.ReadFull(lz4.NewReader(bytes.NewReader(src)), dst)
	}
	return lz4.UncompressBlock(src, dst)
}

func decompressHadoop(dst, src []byte) (int, error) {
	n := 0
	for len(src) > 0 {
		if len(src) < 8 {
			return 0, io.ErrUnexpectedEOF
		}
		plain, packed := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
		src = src[8:]
		if uint64(plain) > uint64(len(dst)-n) || uint64(packed) > uint64(len(src)) {
			return 0, io.ErrUnexpectedEOF
		}
		m, err := lz4.UncompressBlock(src[:packed], dst[n:n+int(plain)])
		if err != nil || m != int(plain) {
			return 0, fmt.Errorf("block of %d bytes: %w", plain, io.ErrUnexpectedEOF)
		}
		n += m
		src = src[packed:]
	}
	return n, nil
}

func decompressGzip(dst, src []byte) (int, error) {
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return 0, err
	}
	return io.ReadFull(r, dst)
}
