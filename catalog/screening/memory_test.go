package screening

import (
	"strings"
	"testing"
)

func TestAvailable(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal:       24684092 kB\nMemAvailable:   22763104 kB\nBuffers: 1 kB\n": 22763104 << 10,
		"MemTotal:       24684092 kB\n":                                             -1,
		"":                                                                          -1,
	} {
		got, known := availableIn(strings.NewReader(text))
		if known != (want >= 0) || known && got != want {
			t.Errorf("%q has %d bytes available, %v", text, got, known)
		}
	}
}
