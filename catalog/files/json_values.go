package files

import (
	"bufio"
	"io"
)

// jsonValues cuts a text into its objects, one a line or otherwise apart, or in one array.
type jsonValues struct {
	text    *bufio.Reader
	buffer  []byte // what was read and not given out starts at from
	from    int
	line    int64 // of from, from 1
	begun   bool  // something other than space was read
	inArray bool
	ended   bool // the array has
}

// How long and how deep an object may be. What reads it calls itself for what is nested.
const (
	maxObject = 256 << 20
	maxDepth  = 1000
)

func newJSONValues(text *bufio.Reader) *jsonValues {
	return &jsonValues{text: text, line: 1, buffer: make([]byte, 0, textBuffer)}
}

// next returns an object, good until the next call, and the line where it starts. At the end it is io.EOF.
func (v *jsonValues) next() ([]byte, int64, error) {
	for {
		if v.from == len(v.buffer) {
			if err := v.more(); err == io.EOF && v.inArray && !v.ended {
				return nil, v.line, v.fault("the array does not end")
			} else if err != nil {
				return nil, v.line, err
			}
		}
		switch c := v.buffer[v.from]; {
		case c == '\n':
			v.line++
		case c == ' ', c == '\t', c == '\r':
		case c == '{' && !v.ended:
			v.begun = true
			return v.object()
		case c == '[' && !v.begun:
			v.begun, v.inArray = true, true
		case c == ',' && v.inArray && !v.ended:
		case c == ']' && v.inArray && !v.ended:
			v.ended = true
		default:
			return nil, v.line, v.fault("expected an object")
		}
		v.from++
	}
}

// object returns the object that starts at from.
func (v *jsonValues) object() ([]byte, int64, error) {
	line := v.line
	depth, inString := 0, false
	for i := v.from; ; i++ {
		if i == len(v.buffer) {
			i -= v.from
			err := v.more()
			i += v.from
			if err == io.EOF {
				return nil, line, v.faultAt(line, "the object does not end")
			}
			if err != nil {
				return nil, line, err
			}
		}
		switch c := v.buffer[i]; {
		case c == '\n':
			v.line++
		case c == '"':
			inString = !inString
		case inString:
			if c == '\\' {
				// What is escaped may be read later, but never ends the string.
				if i+1 == len(v.buffer) {
					i -= v.from
					if err := v.more(); err != nil {
						return nil, line, v.faultAt(line, "the object does not end")
					}
					i += v.from
				}
				i++
			}
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return nil, line, v.faultAt(line, "the object is nested too deeply")
			}
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				object := v.buffer[v.from : i+1]
				v.from = i + 1
				return object, line, nil
			}
		}
	}
}

// more reads on. What was not given out moves to the front of the buffer, which grows if it is all that.
func (v *jsonValues) more() error {
	kept := copy(v.buffer[:cap(v.buffer)], v.buffer[v.from:])
	v.buffer, v.from = v.buffer[:kept], 0
	if kept == cap(v.buffer) {
		if kept >= maxObject {
			return v.fault("an object is longer than 256 MiB")
		}
		v.buffer = append(make([]byte, 0, 2*kept), v.buffer...)
	}
	n, err := v.text.Read(v.buffer[kept:cap(v.buffer)])
	v.buffer = v.buffer[:kept+n]
	if n > 0 {
		return nil
	}
	return err
}

func (v *jsonValues) fault(msg string) error { return v.faultAt(v.line, msg) }

func (v *jsonValues) faultAt(line int64, msg string) error {
	return &Error{Line: line, State: stateBadFile, Msg: msg}
}
