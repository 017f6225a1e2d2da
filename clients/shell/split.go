package shell

import "strings"

// split cuts a script at its semicolons, those in strings, quoted names, comments and dollar quotes excepted. rest is what
// follows the last semicolon: an unfinished statement, or nothing but space and comments.
func split(script string) (statements []string, rest string) {
	start := 0
	for i := 0; i < len(script); {
		if script[i] == ';' {
			if s := strings.TrimSpace(script[start:i]); !blank(s) {
				statements = append(statements, s)
			}
			i++
			start = i
			continue
		}
		i = skipToken(script, i)
	}
	return statements, script[start:]
}

// skipToken is the place after the string, quoted name, comment or character at i.
func skipToken(s string, i int) int {
	switch {
	case s[i] == '\'':
		escapes := i > 0 && (s[i-1] == 'e' || s[i-1] == 'E')
		return closing(s, i+1, '\'', escapes)
	case s[i] == '"':
		return closing(s, i+1, '"', false)
	case strings.HasPrefix(s[i:], "--"):
		return after(s, i, "\n")
	case strings.HasPrefix(s[i:], "/*"):
		return closingComment(s, i)
	case s[i] == '$' && (i == 0 || !isWord(s[i-1])):
		if tag := dollarTag(s[i:]); tag != "" {
			return after(s, i+len(tag), tag)
		}
	}
	return i + 1
}

// closing is the place after the quote that ends what begins at i; a doubled quote is part of it.
func closing(s string, i int, quote byte, escapes bool) int {
	for ; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// closingComment is the place after the comment at i; PostgreSQL's comments nest.
func closingComment(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

func after(s string, from int, mark string) int {
	if i := strings.Index(s[from:], mark); i >= 0 {
		return from + i + len(mark)
	}
	return len(s)
}

// dollarTag is the $tag$ that s begins with, or "".
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		if s[i] == '$' {
			return s[:i+1]
		}
		if !isWord(s[i]) || i == 1 && s[i] >= '0' && s[i] <= '9' {
			break
		}
	}
	return ""
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// blank tells whether s holds nothing but space and comments.
func blank(s string) bool {
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "--"), strings.HasPrefix(s[i:], "/*"):
			i = skipToken(s, i)
		case s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r':
			i++
		default:
			return false
		}
	}
	return true
}
