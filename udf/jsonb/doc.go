// Package jsonb is JSON as PostgreSQL's type jsonb has it: parsed values, the text that they are kept as, and what the operators
// and functions of SQL do with them.
//
// A value is what encoding/json makes of JSON: nil, bool, json.Number, string, []any or map[string]any. Its text is canonical:
// the keys of an object by length and then by bytes, each once, one space behind colons and commas, numbers without an exponent.
// Values with equal texts are equal, and the other way round but for numbers such as 1 and 1.0, which keep their digits.
package jsonb
