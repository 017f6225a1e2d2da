package reader

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/format"

	"github.com/mediaflight/mediaflight/catalog"
)

// refutedByBloom says whether the chunk's bloom filter shows that it has none of the values that the predicate asks for.
func (p *predicate) refutedByBloom(c *chunk) bool {
	if p.Op != catalog.Eq && p.Op != catalog.In || c.meta.MetaData.BloomFilterOffset <= 0 || p.Values.Len() == 0 {
		return false
	}
	filter := c.bloomFilter()
	if filter == nil {
		return false
	}
	for v := range p.Values.Len() {
		if p.Values.IsNull(v) {
			continue
		}
		if hash, ok := bloomHash(c.leaf, p.Values, v); !ok || filter.Check(hash) {
			return false
		}
	}
	return true
}

// bloomFilter is the chunk's filter, in place; nil if there is none of the one kind that exists.
func (c *chunk) bloomFilter() bloom.SplitBlockFilter {
	offset := c.meta.MetaData.BloomFilterOffset
	if offset >= int64(len(c.file.data)) {
		return nil
	}
	var header format.BloomFilterHeader
	n, err := decodeThrift(c.file.data[offset:], &header)
	if err != nil {
		return nil
	}
	_, splitBlock := header.Algorithm.Value.(*format.SplitBlockAlgorithm)
	_, xxHash := header.Hash.Value.(*format.XxHash)
	_, plain := header.Compression.Value.(*format.BloomFilterUncompressed)
	begin := offset + int64(n)
	size := int64(header.NumBytes)
	if !splitBlock || !xxHash || !plain || size < bloom.BlockSize || size%bloom.BlockSize != 0 || size > int64(len(c.file.data))-begin {
		return nil
	}
	return bloom.MakeSplitBlockFilter(c.file.data[begin : begin+size])
}

// bloomHash hashes a value as the file's writer did: in the leaf's own type. ok is false where that is not known, and for
// floats, of which two zeros are equal. A number that the leaf's type does not have has a hash that is not there, most
// likely.
func bloomHash(leaf *node, a arrow.Array, i int) (hash uint64, ok bool) {
	var number int64
	switch a := a.(type) {
	case *array.String:
		return bloom.XXH64{}.Sum64([]byte(a.Value(i))), leaf.Type.V == format.ByteArray
	case *array.Binary:
		return bloom.XXH64{}.Sum64(a.Value(i)), leaf.Type.V == format.ByteArray || leaf.Type.V == format.FixedLenByteArray
	case *array.FixedSizeBinary:
		return bloom.XXH64{}.Sum64(a.Value(i)), leaf.Type.V == format.FixedLenByteArray
	case array.ExtensionArray:
		return bloomHash(leaf, a.Storage(), i)
	case *array.Int16:
		number = int64(a.Value(i))
	case *array.Int32:
		number = int64(a.Value(i))
	case *array.Int64:
		number = a.Value(i)
	case *array.Date32:
		number = int64(a.Value(i))
	case *array.Timestamp:
		if leaf.meaning().perSecond != 1e6 {
			return 0, false
		}
		number = int64(a.Value(i))
	default:
		return 0, false
	}
	m := leaf.meaning()
	switch {
	case m.kind == decimalMeaning || m.kind == dateMeaning && a.DataType().ID() != arrow.DATE32:
		return 0, false
	case leaf.Type.V == format.Int64:
		return bloom.XXH64{}.Sum64(binary.LittleEndian.AppendUint64(nil, uint64(number))), true
	case leaf.Type.V == format.Int32 && !m.unsigned && number >= math.MinInt32 && number <= math.MaxInt32:
		return bloom.XXH64{}.Sum64(binary.LittleEndian.AppendUint32(nil, uint32(number))), true
	}
	return 0, false
}
