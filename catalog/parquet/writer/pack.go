package writer

import "encoding/binary"

// appendPacked appends codes as one bit-packed run of the hybrid encoding. The last group of eight is filled with zeros.
func appendPacked(into []byte, codes []uint32, width int) []byte {
	groups := (len(codes) + 7) / 8
	into = appendPackedHeader(into, groups)
	end := len(into) + groups*width
	var bits uint64
	have := 0
	for _, code := range codes {
		bits |= uint64(code) << have
		if have += width; have >= 32 {
			into = binary.LittleEndian.AppendUint32(into, uint32(bits))
			bits >>= 32
			have -= 32
		}
	}
	for len(into) < end {
		into = append(into, byte(bits))
		bits >>= 8
	}
	return into[:end]
}

// appendPackedHeader starts a bit-packed run of groups of eight values.
func appendPackedHeader(into []byte, groups int) []byte {
	return binary.AppendUvarint(into, uint64(groups)<<1|1)
}
