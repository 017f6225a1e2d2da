package udf

import (
	"errors"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// errNull makes the row NULL where a function of one row answers with it.
var errNull = errors.New("null")

// rowsOf is the number of rows that the result has: one if every argument is constant.
func rowsOf(call *Call, args []Arg) int {
	for _, a := range args {
		if !a.Const {
			return call.Rows
		}
	}
	return 1
}

// A validity is which rows of a result are not NULL; without a bitmap, all of them.
type validity struct {
	mem  memory.Allocator
	bits bitBuffer
	n    int
}

func allValid(mem memory.Allocator, n int) *validity { return &validity{mem: mem, n: n} }

// validOf is which rows have no NULL among the arguments.
func validOf(call *Call, args []Arg, n int) *validity {
	v := allValid(call.Mem, n)
	for _, a := range args {
		if a.DataType().ID() != arrow.NULL && (a.NullN() == 0 || a.Const && a.IsValid(0)) {
			continue
		}
		if v.bits.words == nil {
			v.bits = newBits(call.Mem, n)
			for w := range v.bits.words {
				v.bits.words[w] = validWord(a, w*64)
			}
			continue
		}
		for w := range v.bits.words {
			v.bits.words[w] &= validWord(a, w*64)
		}
	}
	return v
}

func (v *validity) at(i int) bool { return v.bits.words == nil || v.bits.at(i) }

func (v *validity) clear(i int) {
	if v.bits.words == nil {
		v.bits = newBits(v.mem, v.n)
		v.bits.fill(^uint64(0))
	}
	v.bits.clear(i)
}

// none reports that every row is NULL.
func (v *validity) none() bool {
	return v.n > 0 && v.bits.words != nil && v.bits.count(v.n) == 0
}

func (v *validity) release() {
	if v.bits.buffer != nil {
		v.bits.buffer.Release()
	}
}

// array makes an array of the buffers, which it takes over.
func (v *validity) array(dt arrow.DataType, buffers ...*memory.Buffer) arrow.Array {
	return v.arrayOf(dt, nil, buffers...)
}

// arrayOf makes an array of buffers and children, which it takes over.
func (v *validity) arrayOf(dt arrow.DataType, children []arrow.ArrayData, buffers ...*memory.Buffer) arrow.Array {
	data := v.data(dt, children, buffers...)
	defer data.Release()
	return array.MakeFromData(data)
}

func (v *validity) data(dt arrow.DataType, children []arrow.ArrayData, buffers ...*memory.Buffer) arrow.ArrayData {
	nulls := 0
	all := append([]*memory.Buffer{nil}, buffers...)
	if v.bits.words != nil {
		if nulls = v.n - v.bits.count(v.n); nulls > 0 {
			all[0] = v.bits.buffer
		} else {
			v.bits.buffer.Release()
		}
	}
	data := array.NewData(dt, v.n, all, children, nulls, 0)
	for _, b := range all {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range children {
		c.Release()
	}
	return data
}

// newValues makes room for n values of fixed width; what it holds is undefined.
func newValues[T arrow.FixedWidthType](mem memory.Allocator, n int) (*memory.Buffer, []T) {
	buffer := memory.NewResizableBuffer(mem)
	var zero T
	buffer.Resize(n * int(unsafe.Sizeof(zero)))
	return buffer, arrow.GetData[T](buffer.Bytes())
}

// mapFixed evaluates f for the rows without NULLs among the arguments.
func mapFixed[T arrow.FixedWidthType](call *Call, args []Arg, f func(i int) (T, error)) (arrow.Array, error) {
	n := rowsOf(call, args)
	return mapFixedValid(call, validOf(call, args, n), f)
}

// mapFixedValid evaluates f for the valid rows.
func mapFixedValid[T arrow.FixedWidthType](call *Call, valid *validity, f func(i int) (T, error)) (arrow.Array, error) {
	buffer, out := newValues[T](call.Mem, valid.n)
	var zero T
	for i := range out {
		if !valid.at(i) {
			out[i] = zero
			continue
		}
		v, err := f(i)
		if err == errNull {
			valid.clear(i)
		} else if err != nil {
			buffer.Release()
			valid.release()
			return nil, err
		}
		out[i] = v
	}
	return valid.array(call.Out, buffer), nil
}

// mapBool evaluates f for the rows without NULLs among the arguments.
func mapBool(call *Call, args []Arg, f func(i int) (bool, error)) (arrow.Array, error) {
	n := rowsOf(call, args)
	return mapBoolValid(call, validOf(call, args, n), f)
}

// mapBoolValid evaluates f for the valid rows.
func mapBoolValid(call *Call, valid *validity, f func(i int) (bool, error)) (arrow.Array, error) {
	out := newBits(call.Mem, valid.n)
	out.fill(0)
	for i := range valid.n {
		if !valid.at(i) {
			continue
		}
		v, err := f(i)
		switch {
		case err == errNull:
			valid.clear(i)
		case err != nil:
			out.buffer.Release()
			valid.release()
			return nil, err
		case v:
			out.set(i)
		}
	}
	return valid.array(call.Out, out.buffer), nil
}

// mapText evaluates f, which appends to what it is given, for the rows without NULLs among the arguments.
func mapText(call *Call, args []Arg, f func(dst []byte, i int) ([]byte, error)) (arrow.Array, error) {
	n := rowsOf(call, args)
	return mapTextValid(call, validOf(call, args, n), f)
}

// mapTextValid evaluates f for the valid rows.
func mapTextValid(call *Call, valid *validity, f func(dst []byte, i int) ([]byte, error)) (arrow.Array, error) {
	w := newTextWriter(call.Mem, valid.n)
	var scratch []byte
	for i := range valid.n {
		if valid.at(i) {
			var err error
			scratch, err = f(scratch[:0], i)
			if err == errNull {
				valid.clear(i)
				scratch = scratch[:0]
			} else if err == nil {
				err = w.write(scratch)
			}
			if err != nil && err != errNull {
				w.release()
				valid.release()
				return nil, err
			}
		}
		w.end(i)
	}
	return valid.array(call.Out, w.offsetBuffer, w.data), nil
}

// A textWriter makes the buffers of a text array, row after row.
type textWriter struct {
	offsetBuffer, data *memory.Buffer
	offsets            []int32
	used               int
}

func newTextWriter(mem memory.Allocator, n int) *textWriter {
	w := &textWriter{data: memory.NewResizableBuffer(mem)}
	w.offsetBuffer, w.offsets = newValues[int32](mem, n+1)
	w.offsets[0] = 0
	return w
}

// write appends to the current row.
func (w *textWriter) write(b []byte) error {
	need := w.used + len(b)
	if need > maxTextBytes {
		return faultf(stateProgramLimit, "a batch of texts exceeds %d bytes", maxTextBytes)
	}
	if need > w.data.Cap() {
		w.data.Reserve(max(need, 2*w.data.Cap()))
	}
	w.data.ResizeNoShrink(need)
	copy(w.data.Bytes()[w.used:], b)
	w.used = need
	return nil
}

// maxTextBytes is what 32-bit offsets can address.
const maxTextBytes = 1<<31 - 1

// end ends row i.
func (w *textWriter) end(i int) { w.offsets[i+1] = int32(w.used) }

func (w *textWriter) release() {
	w.offsetBuffer.Release()
	w.data.Release()
}
