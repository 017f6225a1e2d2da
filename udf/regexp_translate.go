package udf

import "strings"

// What PostgreSQL takes for letters and spaces in UTF-8, where RE2's own classes know ASCII. Edges of words stay those of ASCII, for
// which RE2 has nothing else.
const (
	wordRunes  = `\p{L}\p{Mc}\p{Nd}\p{Nl}_`
	spaceRunes = `\s\x0b\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}`
)

// regexpClasses are what names in brackets stand for; those that RE2 has itself are left to it.
var regexpClasses = map[string]string{
	"[:alnum:]": `\p{L}\p{Mc}\p{Nd}\p{Nl}`, "[:alpha:]": `\p{L}\p{Mc}\p{Nl}`, "[:word:]": wordRunes, "[:space:]": spaceRunes,
	"[:upper:]": `\p{Lu}`, "[:lower:]": `\p{Ll}`, "[:punct:]": `\p{P}\p{S}`,
}

// translateRegexp writes PostgreSQL's escapes and classes as RE2 does.
func translateRegexp(source string) string {
	if !strings.ContainsAny(source, `\[`) {
		return source
	}
	var b strings.Builder
	for i := 0; i < len(source); {
		switch {
		case source[i] == '[':
			i = translateClass(&b, source, i)
		case source[i] == '\\' && i+1 < len(source):
			b.WriteString(translateEscape(source[i+1]))
			i += 2
		default:
			b.WriteByte(source[i])
			i++
		}
	}
	return b.String()
}

// translateEscape is what a backslash and a letter come to outside of brackets.
func translateEscape(c byte) string {
	switch c {
	case 'y', 'm', 'M':
		return `\b`
	case 'Y':
		return `\B`
	case 'Z':
		return `\z`
	case 'w':
		return "[" + wordRunes + "]"
	case 'W':
		return "[^" + wordRunes + "]"
	case 's':
		return "[" + spaceRunes + "]"
	case 'S':
		return "[^" + spaceRunes + "]"
	}
	return `\` + string(c)
}

// translateClass writes the class in brackets that starts at a place, and answers with the place behind it.
func translateClass(b *strings.Builder, source string, at int) int {
	i := at + 1
	b.WriteByte('[')
	if strings.HasPrefix(source[i:], "^") {
		b.WriteByte('^')
		i++
	}
	for first := i; i < len(source); {
		rest := source[i:]
		switch {
		case rest[0] == ']' && i > first:
			b.WriteByte(']')
			return i + 1
		case rest[0] == ']': // the first one stands for itself
			b.WriteString(`\]`)
			i++
		case strings.HasPrefix(rest, `\w`):
			b.WriteString(wordRunes)
			i += 2
		case strings.HasPrefix(rest, `\s`):
			b.WriteString(spaceRunes)
			i += 2
		case rest[0] == '\\' && len(rest) > 1:
			b.WriteString(rest[:2])
			i += 2
		case strings.HasPrefix(rest, "[:") && strings.Contains(rest, ":]"):
			name := rest[:strings.Index(rest, ":]")+2]
			if runes := regexpClasses[name]; runes != "" {
				b.WriteString(runes)
			} else {
				b.WriteString(name)
			}
			i += len(name)
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return i
}
