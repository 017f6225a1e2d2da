package catalog

import "strings"

// Quote writes a text as a constant of SQL.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
