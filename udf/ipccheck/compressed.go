package ipccheck

import "encoding/binary"

// Bounds on what compressed buffers unpack to. A batch may unpack to its size times maxRatio, or to minUnpacked.
const (
	minUnpacked = 256 << 20 // what arrow-go takes for the largest sensible body
	maxRatio    = 32
	// maxWindow is how far back a zstd frame may refer: as much memory is taken before anything is unpacked. The format
	// goes to 4 TiB, zstd's own tool to 128 MiB.
	maxWindow = 128 << 20
	// zstdBlock is what a block of a zstd frame unpacks to at most, lz4Ratio what a byte of an LZ4 frame does.
	zstdBlock = 128 << 10
	lz4Ratio  = 255
	// A zstd frame that does not state its size is unpacked as a whole, however little of it is wanted. Its blocks may hold
	// more than the buffer claims, as writers may leave them part full, but not more than this.
	unstatedRatio = 8
	minUnstated   = 1 << 20
)

// Codecs of compressed bodies.
const (
	codecLZ4  = 0
	codecZstd = 1
)

// An unpacker holds the sizes that compressed buffers claim to what their bytes can unpack to.
type unpacker struct {
	packed bool
	codec  uint8
	left   int64
}

// newUnpacker looks at what a RecordBatch table says of compression.
func newUnpacker(t table, body int) (*unpacker, error) {
	compression, packed := t.table(3)
	u := &unpacker{packed: packed, codec: compression.uint8(0), left: max(minUnpacked, maxRatio*int64(body))}
	switch {
	case t.b.err != nil:
		return nil, t.b.err
	case packed && (u.codec > codecZstd || compression.uint8(1) != 0):
		return nil, unsupported("a batch is compressed in a way that is not known", "write it with LZ4 frames, with zstd, or as it is")
	}
	return u, nil
}

// buffer checks a buffer. A compressed one begins with the size that it unpacks to, or -1 if it is as it is.
func (u *unpacker) buffer(b []byte) error {
	if !u.packed || len(b) == 0 {
		return nil
	}
	if len(b) < 8 {
		return badf("compressed buffer of %d bytes", len(b))
	}
	size, b := int64(binary.LittleEndian.Uint64(b)), b[8:]
	if size == -1 {
		return nil
	}
	holds := int64(lz4Ratio * len(b))
	if u.codec == codecZstd {
		frame, err := parseZstd(b)
		if err != nil {
			return err
		}
		if holds = frame.holds; frame.stated && frame.content != uint64(size) || !frame.stated && holds > unstatedRatio*size+minUnstated {
			return badf("zstd frame holds another number of bytes than the %d that its buffer claims", size)
		}
	}
	if size < 0 || size > holds {
		return badf("compressed buffer of %d bytes claims to hold %d", len(b), size)
	}
	if u.left -= size; u.left < 0 {
		return &Error{State: stateTooLarge, Msg: "a compressed batch unpacks to too many bytes", Hint: "write smaller batches"}
	}
	return nil
}

// A zstdFrame is what a frame says of the bytes that it unpacks to.
type zstdFrame struct {
	stated  bool
	content uint64 // if stated
	holds   int64  // the most that the blocks can hold
}

// parseZstd walks the one frame that a buffer is: see RFC 8878, section 3.1.1.
func parseZstd(b []byte) (zstdFrame, error) {
	var frame zstdFrame
	damaged := badf("compressed buffer is not one zstd frame")
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != 0xfd2fb528 {
		return frame, damaged
	}
	descriptor := b[4]
	at := 5
	single := descriptor&(1<<5) != 0
	if !single {
		exponent, mantissa := b[5]>>3, int64(b[5]&7)
		if window := int64(1)<<(10+exponent) + mantissa<<(7+exponent); window > maxWindow {
			return frame, &Error{State: stateTooLarge, Msg: "a zstd frame asks for too much memory", Hint: "write it with a smaller window"}
		}
		at++
	}
	at += [4]int{0, 1, 2, 4}[descriptor&3] // the dictionary's id
	width := [4]int{0, 2, 4, 8}[descriptor>>6]
	if single && width == 0 {
		width = 1
	}
	if at+width > len(b) {
		return frame, damaged
	}
	if frame.stated = width > 0; frame.stated {
		var le [8]byte
		copy(le[:], b[at:at+width])
		frame.content = binary.LittleEndian.Uint64(le[:])
		if width == 2 {
			frame.content += 256
		}
	}
	at += width
	for last := false; !last; {
		if at+3 > len(b) {
			return frame, damaged
		}
		block := int(b[at]) | int(b[at+1])<<8 | int(b[at+2])<<16
		at += 3
		last = block&1 != 0
		switch n := block >> 3; block >> 1 & 3 {
		case 0: // bytes as they are
			frame.holds += int64(n)
			at += n
		case 1: // one byte, repeated
			frame.holds += int64(n)
			at++
		case 2: // compressed
			frame.holds += zstdBlock
			at += n
		default:
			return frame, damaged
		}
	}
	if descriptor&(1<<2) != 0 { // a checksum
		at += 4
	}
	if at != len(b) {
		return frame, damaged
	}
	return frame, nil
}
