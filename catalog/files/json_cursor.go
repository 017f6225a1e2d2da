package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unsafe"
)

// A jsonCursor walks over one JSON value. Its methods read what is at the cursor, after space, and move behind it.
type jsonCursor struct {
	data []byte
	at   int
}

// A jsonError is a fault in a value, in the field of a path such as bboxes.label.
type jsonError struct {
	path, state, msg string
}

func (e *jsonError) Error() string { return e.msg }

// inField puts a field in front of an error's path.
func inField(name string, err error) error {
	e, ok := err.(*jsonError)
	if !ok {
		return err
	}
	path := name
	if e.path != "" {
		path += "." + e.path
	}
	return &jsonError{path, e.state, e.msg}
}

func (c *jsonCursor) syntax(expected string) error {
	rest := c.data[min(c.at, len(c.data)):]
	return &jsonError{state: stateBadFile, msg: fmt.Sprintf("expected %s, found %q", expected, shorten(string(rest[:min(len(rest), 100)])))}
}

// peek is the value's first byte, 0 at the end.
func (c *jsonCursor) peek() byte {
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; b {
		case ' ', '\t', '\n', '\r':
		default:
			return b
		}
	}
	return 0
}

// take moves behind a byte.
func (c *jsonCursor) take(b byte) error {
	if c.peek() != b {
		return c.syntax("'" + string(b) + "'")
	}
	c.at++
	return nil
}

// null moves behind null, if it is there.
func (c *jsonCursor) null() bool {
	if c.peek() == 'n' && bytes.HasPrefix(c.data[c.at:], []byte("null")) {
		c.at += len("null")
		return true
	}
	return false
}

func (c *jsonCursor) bool() (bool, error) {
	c.peek()
	switch rest := c.data[c.at:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		c.at += len("true")
		return true, nil
	case bytes.HasPrefix(rest, []byte("false")):
		c.at += len("false")
		return false, nil
	}
	return false, c.syntax("true or false")
}

// number returns the digits of a number, which share memory with the value. It takes NaN and Infinity, which are no
// JSON but what Python writes.
func (c *jsonCursor) number() (string, error) {
	c.peek()
	for _, odd := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(c.data[c.at:], []byte(odd)) {
			c.at += len(odd)
			return odd, nil
		}
	}
	start := c.at
	if c.at < len(c.data) && c.data[c.at] == '-' {
		c.at++
	}
	whole := c.digits()
	ok := whole > 0 && (whole == 1 || c.data[c.at-whole] != '0')
	if c.at < len(c.data) && c.data[c.at] == '.' {
		c.at++
		ok = ok && c.digits() > 0
	}
	if c.at < len(c.data) && c.data[c.at]|0x20 == 'e' {
		c.at++
		if c.at < len(c.data) && (c.data[c.at] == '+' || c.data[c.at] == '-') {
			c.at++
		}
		ok = ok && c.digits() > 0
	}
	if !ok {
		c.at = start
		return "", c.syntax("a number")
	}
	return unsafe.String(&c.data[start], c.at-start), nil
}

func (c *jsonCursor) digits() int {
	start := c.at
	for c.at < len(c.data) && c.data[c.at] >= '0' && c.data[c.at] <= '9' {
		c.at++
	}
	return c.at - start
}

// text returns a string without quotes and escapes. It may share memory with the value.
func (c *jsonCursor) text() (string, error) {
	if err := c.take('"'); err != nil {
		c.at = min(c.at, len(c.data))
		return "", c.syntax("text")
	}
	start := c.at
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; {
		case b == '"':
			inner := c.data[start:c.at]
			c.at++
			return unsafe.String(unsafe.SliceData(inner), len(inner)), nil
		case b == '\\':
			return c.escaped(start)
		case b < ' ':
			return "", c.syntax("text without control characters")
		}
	}
	return "", c.syntax("the end of a text")
}

// escaped is text for a string with escapes, whose inside starts at start.
func (c *jsonCursor) escaped(start int) (string, error) {
	for ; c.at < len(c.data); c.at++ {
		switch c.data[c.at] {
		case '\\':
			c.at++
		case '"':
			c.at++
			var text string
			if err := json.Unmarshal(c.data[start-1:c.at], &text); err != nil {
				c.at = start - 1
				return "", c.syntax("text with valid escapes")
			}
			return text, nil
		}
	}
	return "", c.syntax("the end of a text")
}

// fields calls do at the value of each field of an object; do moves behind it.
func (c *jsonCursor) fields(do func(name string) error) error {
	if err := c.take('{'); err != nil {
		return c.syntax("an object")
	}
	if c.peek() == '}' {
		c.at++
		return nil
	}
	for {
		name, err := c.text()
		if err != nil {
			return err
		}
		if err := c.take(':'); err != nil {
			return err
		}
		if err := do(name); err != nil {
			return inField(strings.Clone(name), err)
		}
		if c.peek() != ',' {
			return c.take('}')
		}
		c.at++
	}
}

// elements calls do at each element of an array; do moves behind it.
func (c *jsonCursor) elements(do func() error) error {
	if err := c.take('['); err != nil {
		return c.syntax("an array")
	}
	if c.peek() == ']' {
		c.at++
		return nil
	}
	for {
		if err := do(); err != nil {
			return err
		}
		if c.peek() != ',' {
			return c.take(']')
		}
		c.at++
	}
}

// raw returns any value as it is written.
func (c *jsonCursor) raw() (string, error) {
	b := c.peek()
	start := c.at
	var err error
	switch {
	case b == '{':
		err = c.fields(func(string) error { _, err := c.raw(); return err })
	case b == '[':
		err = c.elements(func() error { _, err := c.raw(); return err })
	case b == '"':
		_, err = c.text()
	case b == 't' || b == 'f':
		_, err = c.bool()
	case !c.null():
		_, err = c.number()
	}
	if err != nil {
		return "", err
	}
	return string(c.data[start:c.at]), nil
}
