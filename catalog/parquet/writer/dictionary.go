package writer

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// codePageRows is how many rows a page of codes has, a multiple of eight.
const codePageRows = 32 << 10

// A dictionary holds the distinct values of a chunk in order, so that a range of values is a range of codes. Its memory
// is kept from chunk to chunk.
type dictionary struct {
	codes   []uint32 // of the rows that are not NULL
	numbers []uint64 // values as they lie in the file, or
	texts   [][]byte // values, in the memory of the arrays
	ordered int      // values but for NaN, which come last

	table  []uint32 // open addressing: code + 1
	hashes []uint64 // by code
	shift  int
	limit  int
	bytes  int
}

// build takes in a chunk's values, and reports false as soon as they are too many for a dictionary to pay.
func (d *dictionary) build(values []arrow.Array, physical format.Type) bool {
	rows := totalRows(values)
	if d.limit = rows / dictionaryRepeats; d.limit == 0 {
		return false
	}
	d.reset()
	for _, v := range values {
		for run := range (span{v, 0, v.Len()}).present() {
			if !d.add(run, physical) {
				d.forget()
				return false
			}
		}
	}
	if len(d.hashes) == 0 {
		return false
	}
	d.sort(physical)
	return true
}

func (d *dictionary) reset() {
	size := 1 << bits.Len(uint(2*d.limit))
	if len(d.table) == size {
		clear(d.table)
	} else {
		d.table = make([]uint32, size)
	}
	d.shift = 64 - bits.TrailingZeros(uint(size))
	d.codes, d.numbers, d.texts, d.hashes, d.bytes = d.codes[:0], d.numbers[:0], d.texts[:0], d.hashes[:0], 0
}

// forget lets go of the arrays' memory.
func (d *dictionary) forget() {
	clear(d.texts)
	d.texts = d.texts[:0]
}

// add takes in rows that are not NULL.
func (d *dictionary) add(run span, physical format.Type) bool {
	switch physical {
	case format.ByteArray:
		texts := run.values.(array.BinaryLike)
		all, at := texts.ValueBytes(), texts.ValueOffset64(0)
		for i := run.from; i < run.to; i++ {
			from := texts.ValueOffset64(i) - at
			if !d.addText(all[from : from+int64(texts.ValueLen(i))]) {
				return false
			}
		}
	case format.Int32, format.Float:
		for _, v := range arrow.Uint32Traits.CastFromBytes(fixedBytes(run, 4)) {
			if !d.addNumber(uint64(v), 4) {
				return false
			}
		}
	default:
		for _, v := range arrow.Uint64Traits.CastFromBytes(fixedBytes(run, 8)) {
			if !d.addNumber(v, 8) {
				return false
			}
		}
	}
	return true
}

func (d *dictionary) addNumber(v uint64, width int) bool {
	hash := mix(v)
	for i := hash >> d.shift; ; i = (i + 1) & uint64(len(d.table)-1) {
		switch code := d.table[i]; {
		case code == 0:
			d.numbers = append(d.numbers, v)
			return d.enter(i, hash, width)
		case d.numbers[code-1] == v:
			d.codes = append(d.codes, code-1)
			return true
		}
	}
}

func (d *dictionary) addText(v []byte) bool {
	hash := maphash.Bytes(distinctSeed, v)
	for i := hash >> d.shift; ; i = (i + 1) & uint64(len(d.table)-1) {
		switch code := d.table[i]; {
		case code == 0:
			d.texts = append(d.texts, v)
			return d.enter(i, hash, 4+len(v))
		case d.hashes[code-1] == hash && bytes.Equal(d.texts[code-1], v):
			d.codes = append(d.codes, code-1)
			return true
		}
	}
}

// enter gives a new value the next code.
func (d *dictionary) enter(place, hash uint64, size int) bool {
	d.hashes = append(d.hashes, hash)
	d.table[place] = uint32(len(d.hashes))
	d.codes = append(d.codes, uint32(len(d.hashes)-1))
	d.bytes += size
	return len(d.hashes) < d.limit && d.bytes <= dictionaryBytes
}

// sort puts the values in order and renames the codes.
func (d *dictionary) sort(physical format.Type) {
	order := make([]uint32, len(d.hashes))
	for i := range order {
		order[i] = uint32(i)
	}
	compare := func(a, b uint32) int { return compareNumbers(physical, d.numbers[a], d.numbers[b]) }
	if physical == format.ByteArray {
		compare = func(a, b uint32) int { return bytes.Compare(d.texts[a], d.texts[b]) }
	}
	slices.SortFunc(order, compare)
	rank := make([]uint32, len(order))
	for i, code := range order {
		rank[code] = uint32(i)
	}
	for i, code := range d.codes {
		d.codes[i] = rank[code]
	}
	if physical == format.ByteArray {
		d.texts = reorder(d.texts, order)
	} else {
		d.numbers = reorder(d.numbers, order)
	}
	d.ordered = len(order)
	for d.ordered > 0 && physical != format.ByteArray && isNaN(physical, d.numbers[d.ordered-1]) {
		d.ordered--
	}
}

func reorder[T any](values []T, order []uint32) []T {
	sorted := make([]T, len(order))
	for i, at := range order {
		sorted[i] = values[at]
	}
	return sorted
}

// compareNumbers orders numbers as they lie in the file, NaN last.
func compareNumbers(physical format.Type, a, b uint64) int {
	switch physical {
	case format.Int32:
		return cmp.Compare(int32(a), int32(b))
	case format.Int64:
		return cmp.Compare(int64(a), int64(b))
	}
	x, y := floatOf(physical, a), floatOf(physical, b)
	if x != x || y != y {
		return -cmp.Compare(x, y)
	}
	return cmp.Compare(x, y)
}

func floatOf(physical format.Type, v uint64) float64 {
	if physical == format.Float {
		return float64(math.Float32frombits(uint32(v)))
	}
	return math.Float64frombits(v)
}

func isNaN(physical format.Type, v uint64) bool {
	return (physical == format.Float || physical == format.Double) && math.IsNaN(floatOf(physical, v))
}

// width is how many bits a code has, at least one.
func (d *dictionary) width() int { return max(1, bits.Len(uint(len(d.hashes)-1))) }

// bounds are those of the values that some codes stand for.
func (d *dictionary) bounds(codes []uint32, physical format.Type) bounds {
	low, high := d.ordered, -1
	for _, code := range codes {
		if int(code) < d.ordered {
			low, high = min(low, int(code)), max(high, int(code))
		}
	}
	if high < 0 {
		return bounds{}
	}
	switch physical {
	case format.ByteArray:
		return bounds{known: true, lowText: d.texts[low], highText: d.texts[high]}
	case format.Int32:
		return bounds{known: true, lowInt: int64(int32(d.numbers[low])), highInt: int64(int32(d.numbers[high]))}
	case format.Int64:
		return bounds{known: true, lowInt: int64(d.numbers[low]), highInt: int64(d.numbers[high])}
	}
	return bounds{known: true, lowFloat: floatOf(physical, d.numbers[low]), highFloat: floatOf(physical, d.numbers[high])}
}

// write writes the dictionary's page.
func (d *dictionary) write(out *sink, physical format.Type) error {
	var values []byte
	for _, t := range d.texts {
		values = append(binary.LittleEndian.AppendUint32(values, uint32(len(t))), t...)
	}
	for _, v := range d.numbers {
		values = binary.LittleEndian.AppendUint64(values, v)
		values = values[:len(values)-8+valueWidth(physical)]
	}
	header, err := thrift.Marshal(new(thrift.CompactProtocol), &format.PageHeader{
		Type:                 format.DictionaryPage,
		UncompressedPageSize: int32(len(values)),
		CompressedPageSize:   int32(len(values)),
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(len(d.hashes)), Encoding: format.Plain, IsSorted: true,
		}),
	})
	if err != nil {
		return err
	}
	if _, err := out.Write(header); err != nil {
		return err
	}
	_, err = out.Write(values)
	return err
}
