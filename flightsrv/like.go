package flightsrv

import "unicode/utf8"

// like matches a name against a pattern of the metadata commands: % stands for any text, _ for one character, and \ takes
// either by its letter. A nil pattern matches everything.
func like(pattern *string, name string) bool {
	return pattern == nil || matches(*pattern, name)
}

func matches(pattern, name string) bool {
	// Where a % was met, and what of the name it covers so far: on a mismatch it is made to cover one character more.
	retryPattern, retryName := "", ""
	retry := false
	for {
		if pattern == "" && name == "" {
			return true
		}
		if pattern != "" && pattern[0] == '%' {
			pattern = pattern[1:]
			retryPattern, retryName, retry = pattern, name, true
			continue
		}
		if rest, size, ok := matchOne(pattern, name); ok {
			pattern, name = rest, name[size:]
			continue
		}
		if !retry || retryName == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(retryName)
		retryName = retryName[size:]
		pattern, name = retryPattern, retryName
	}
}

// matchOne matches one character, and returns the pattern behind it and the character's size.
func matchOne(pattern, name string) (rest string, size int, ok bool) {
	if pattern == "" || name == "" {
		return "", 0, false
	}
	got, size := utf8.DecodeRuneInString(name)
	want, width := utf8.DecodeRuneInString(pattern)
	if want == '_' {
		return pattern[width:], size, true
	}
	if want == '\\' && len(pattern) > width {
		pattern = pattern[width:]
		want, width = utf8.DecodeRuneInString(pattern)
	}
	return pattern[width:], size, want == got
}
