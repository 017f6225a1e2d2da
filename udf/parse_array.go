package udf

import (
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// textToList reads arrays such as {1,NULL,"a b",{2}}; arrays of real may be written as vectors, [1,2]. The elements' texts
// are collected first and cast in one go.
func textToList(call *Call, a *array.String, to *arrow.ListType) (arrow.Array, error) {
	elements := array.NewStringBuilder(call.Mem)
	defer elements.Release()
	valid := validOf(call, []Arg{{Array: a}}, a.Len())
	offsetBuffer, offsets := newValues[int32](call.Mem, a.Len()+1)
	offsets[0] = 0
	fail := func(err error) (arrow.Array, error) {
		valid.release()
		offsetBuffer.Release()
		return nil, err
	}
	for i := range a.Len() {
		if valid.at(i) {
			if err := splitArray(a.Value(i), to, elements); err != nil {
				return fail(err)
			}
		}
		offsets[i+1] = int32(elements.Len())
	}
	texts := elements.NewArray()
	defer texts.Release()
	inner := *call
	inner.Rows, inner.Out = texts.Len(), to.Elem()
	values, err := cast(&inner, texts, to.Elem())
	if err != nil {
		return fail(err)
	}
	defer values.Release()
	values.Data().Retain()
	return valid.arrayOf(to, []arrow.ArrayData{values.Data()}, offsetBuffer), nil
}

// splitArray appends the texts of an array's elements.
func splitArray(s string, dt *arrow.ListType, elements *array.StringBuilder) error {
	text := strings.Trim(s, spaces)
	if list, ok := bracketed(text, '[', ']'); ok && isNumber(dt.Elem()) {
		return splitVector(list, elements)
	}
	list, ok := bracketed(text, '{', '}')
	if !ok {
		return malformedArray(s, "array value must start with \"{\" and end with \"}\"")
	}
	if strings.Trim(list, spaces) == "" {
		return nil
	}
	for {
		item, rest, quoted, ok := arrayItem(list)
		if !ok {
			return malformedArray(s, "an element is missing, or a quote or brace is not closed")
		}
		if !quoted && strings.EqualFold(item, "null") {
			elements.AppendNull()
		} else {
			elements.Append(item)
		}
		if rest == "" {
			return nil
		}
		if rest[0] != ',' {
			return malformedArray(s, "unexpected text behind an element")
		}
		list = rest[1:]
	}
}

func splitVector(list string, elements *array.StringBuilder) error {
	if strings.Trim(list, spaces) == "" {
		return nil
	}
	for item := range strings.SplitSeq(list, ",") {
		elements.Append(strings.Trim(item, spaces))
	}
	return nil
}

func bracketed(s string, open, end byte) (inside string, ok bool) {
	if len(s) < 2 || s[0] != open || s[len(s)-1] != end {
		return "", false
	}
	return s[1 : len(s)-1], true
}

func malformedArray(s, hint string) error {
	return &Error{State: stateInvalidText, Msg: "malformed array literal: " + strconv.Quote(s), Hint: hint}
}

// arrayItem reads one element up to the comma behind it. An array inside is left as it is.
func arrayItem(s string) (item, rest string, quoted, ok bool) {
	s = strings.TrimLeft(s, spaces)
	if strings.HasPrefix(s, "{") {
		end := closingBrace(s)
		if end < 0 {
			return "", "", false, false
		}
		return s[:end+1], strings.TrimLeft(s[end+1:], spaces), true, true
	}
	var b strings.Builder
	if strings.HasPrefix(s, `"`) {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '"':
				return b.String(), strings.TrimLeft(s[i+1:], spaces), true, true
			case '\\':
				i++
				if i == len(s) {
					return "", "", false, false
				}
			}
			b.WriteByte(s[i])
		}
		return "", "", false, false
	}
	i := 0
	for ; i < len(s) && s[i] != ','; i++ {
		switch s[i] {
		case '"', '{', '}':
			return "", "", false, false
		case '\\':
			i++
			if i == len(s) {
				return "", "", false, false
			}
		}
		b.WriteByte(s[i])
	}
	item = strings.TrimRight(b.String(), spaces)
	return item, s[i:], false, item != ""
}

// closingBrace finds the brace that closes the one at the start.
func closingBrace(s string) int {
	depth, inQuotes := 0, false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			inQuotes = !inQuotes
		case '{':
			depth += int(bit(!inQuotes))
		case '}':
			depth -= int(bit(!inQuotes))
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// textToVector reads vectors such as [1,2.5,-3e-4]; braces will do as well.
func textToVector(call *Call, a *array.String, to *arrow.FixedSizeListType) (arrow.Array, error) {
	n, width := a.Len(), int(to.Len())
	valid := validOf(call, []Arg{{Array: a}}, n)
	buffer, values := newValues[float32](call.Mem, n*width)
	for i := range n {
		row := values[i*width : (i+1)*width]
		if !valid.at(i) {
			clear(row)
			continue
		}
		if err := parseVector(a.Value(i), row); err != nil {
			buffer.Release()
			valid.release()
			return nil, err
		}
	}
	child := allValid(call.Mem, n*width).array(float4Type, buffer)
	defer child.Release()
	child.Data().Retain()
	return valid.arrayOf(to, []arrow.ArrayData{child.Data()}), nil
}

// parseVector reads exactly as many numbers as there is room for.
func parseVector(s string, to []float32) error {
	invalid := func() error {
		return faultf(stateInvalidText, "invalid input syntax for type vector: %q", abbreviate(s))
	}
	text := strings.Trim(s, spaces)
	list, ok := bracketed(text, '[', ']')
	if !ok {
		if list, ok = bracketed(text, '{', '}'); !ok {
			return invalid()
		}
	}
	if strings.Trim(list, spaces) == "" {
		return errDimensions(len(to), 0)
	}
	if n := strings.Count(list, ",") + 1; n != len(to) {
		return errDimensions(len(to), n)
	}
	for i := range to {
		item, rest, _ := strings.Cut(list, ",")
		list = rest
		v, err := strconv.ParseFloat(strings.Trim(item, spaces), 32)
		if err != nil {
			if err.(*strconv.NumError).Err == strconv.ErrRange {
				return faultf(stateOutOfRange, "value %q is out of range for type vector", item)
			}
			return invalid()
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return faultf(stateData, "%s not allowed in vector", appendFloat(nil, v, 32))
		}
		to[i] = float32(v)
	}
	return nil
}

func errDimensions(want, got int) error {
	return faultf(stateData, "expected %d dimensions, not %d", want, got)
}

// abbreviate keeps an error's text within bounds.
func abbreviate(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
