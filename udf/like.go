package udf

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var likeFuncs = []Scalar{
	{
		Name: "like", Kind: "pattern", Internal: true, Args: []string{"text", "pattern"},
		Doc:     "Whether the whole text matches a pattern in which % stands for any characters and _ for one; a backslash before either makes it stand for itself. NULL if either is NULL.",
		Example: "like('sunset', 'sun%') = true",
		Impls:   []Impl{{In: []Type{text, text}, Out: returns(boolType), Eval: likeEval}},
	},
	{
		Name: "ilike", Kind: "pattern", Internal: true, Args: []string{"text", "pattern"},
		Doc:     "LIKE that does not tell upper from lower case. NULL if either is NULL.",
		Example: "ilike('Sunset', 'sUN%') = true",
		Impls:   []Impl{{In: []Type{text, text}, Out: returns(boolType), Eval: ilikeEval}},
	},
}

func likeEval(call *Call, args []Arg) (arrow.Array, error) {
	s, pattern := textOf(args[0]), textOf(args[1])
	var compiled likePattern
	return mapBool(call, args, func(i int) (bool, error) {
		if err := compiled.use(pattern.str(i)); err != nil {
			return false, err
		}
		return compiled.match(s.at(i)), nil
	})
}

func ilikeEval(call *Call, args []Arg) (arrow.Array, error) {
	s, pattern := textOf(args[0]), textOf(args[1])
	var compiled likePattern
	var lower, source []byte
	return mapBool(call, args, func(i int) (bool, error) {
		if p := pattern.at(i); compiled.parts == nil || !bytes.Equal(p, source) {
			source = append(source[:0], p...)
			if err := compiled.use(string(appendLower(nil, p))); err != nil {
				return false, err
			}
		}
		lower = appendLower(lower[:0], s.at(i))
		return compiled.match(lower), nil
	})
}

// A likePattern is a compiled pattern: parts between which any characters may stand. It is compiled again only when the
// pattern changes, so constants are compiled once a batch.
type likePattern struct {
	source string
	parts  []likePart // len(parts)-1 is the number of %
}

// A likePart is a piece of a pattern without %.
type likePart struct {
	text  []byte
	holes []bool // which bytes of the text stand for any one character; nil if none does
}

func (p *likePattern) use(source string) error {
	if p.parts != nil && p.source == source {
		return nil
	}
	p.source = strings.Clone(source)
	p.parts = p.parts[:0]
	var part likePart
	hasHoles := false
	end := func() {
		if !hasHoles {
			part.holes = nil
		}
		p.parts = append(p.parts, part)
		part, hasHoles = likePart{}, false
	}
	for i := 0; i < len(source); i++ {
		c, hole := source[i], false
		switch c {
		case '%':
			end()
			continue
		case '_':
			hole, hasHoles = true, true
		case '\\':
			i++
			if i == len(source) {
				return faultf(stateInvalidEscape, "LIKE pattern must not end with escape character")
			}
			c = source[i]
		}
		part.text = append(part.text, c)
		part.holes = append(part.holes, hole)
	}
	end()
	return nil
}

func (p *likePattern) match(s []byte) bool {
	first, last := &p.parts[0], &p.parts[len(p.parts)-1]
	n, ok := first.prefix(s)
	if !ok {
		return false
	}
	s = s[n:]
	if len(p.parts) == 1 {
		return len(s) == 0
	}
	for i := range p.parts[1 : len(p.parts)-1] {
		if s, ok = p.parts[i+1].find(s); !ok {
			return false
		}
	}
	return last.suffix(s)
}

// prefix matches the start of s and answers how long that is.
func (p *likePart) prefix(s []byte) (n int, ok bool) {
	if p.holes == nil {
		return len(p.text), bytes.HasPrefix(s, p.text)
	}
	for i, c := range p.text {
		switch {
		case n >= len(s):
			return 0, false
		case p.holes[i]:
			_, size := utf8.DecodeRune(s[n:])
			n += size
		case s[n] != c:
			return 0, false
		default:
			n++
		}
	}
	return n, true
}

// find finds the first match and answers what is behind it.
func (p *likePart) find(s []byte) (rest []byte, ok bool) {
	if p.holes == nil {
		if i := bytes.Index(s, p.text); i >= 0 {
			return s[i+len(p.text):], true
		}
		return nil, false
	}
	for start := 0; start <= len(s); start++ {
		if start < len(s) && !utf8.RuneStart(s[start]) {
			continue
		}
		if n, ok := p.prefix(s[start:]); ok {
			return s[start+n:], true
		}
	}
	return nil, false
}

// suffix matches the end of s.
func (p *likePart) suffix(s []byte) bool {
	if p.holes == nil {
		return bytes.HasSuffix(s, p.text)
	}
	for start := len(s); start >= 0; start-- {
		if start < len(s) && !utf8.RuneStart(s[start]) {
			continue
		}
		if n, ok := p.prefix(s[start:]); ok && start+n == len(s) {
			return true
		}
	}
	return false
}
