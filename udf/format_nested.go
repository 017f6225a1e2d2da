package udf

import (
	"bytes"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// listFormatter spells arrays as {1,NULL,"a b"} and vectors as [1,2].
func listFormatter(lists listColumn, open, end byte, env *Env) func(dst []byte, row int) []byte {
	element := itemFormatter(lists.elements, env)
	nested := elementType(lists.elements.DataType()) != nil && lists.elements.DataType().ID() == arrow.LIST
	var scratch []byte
	return func(dst []byte, row int) []byte {
		dst = append(dst, open)
		from, to := lists.at(row)
		for i := from; i < to; i++ {
			if i > from {
				dst = append(dst, ',')
			}
			if lists.elements.IsNull(i) {
				dst = append(dst, "NULL"...)
				continue
			}
			scratch = element(scratch[:0], i)
			if nested || open == '[' {
				dst = append(dst, scratch...)
			} else {
				dst = appendArrayItem(dst, scratch)
			}
		}
		return append(dst, end)
	}
}

// appendArrayItem quotes an array's element where it would not read back as itself.
func appendArrayItem(dst, item []byte) []byte {
	if len(item) > 0 && !bytes.ContainsAny(item, "{},\"\\ \t\n\r\v\f") && !strings.EqualFold(string(item), "null") {
		return append(dst, item...)
	}
	dst = append(dst, '"')
	for _, c := range item {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// structFormatter spells structs as (1,,"a b"): NULL is nothing at all.
func structFormatter(s *array.Struct, env *Env) func(dst []byte, row int) []byte {
	fields := make([]func(dst []byte, row int) []byte, s.NumField())
	for f := range fields {
		fields[f] = itemFormatter(s.Field(f), env)
	}
	var scratch []byte
	return func(dst []byte, row int) []byte {
		dst = append(dst, '(')
		for f, format := range fields {
			if f > 0 {
				dst = append(dst, ',')
			}
			if s.Field(f).IsNull(row) {
				continue
			}
			scratch = format(scratch[:0], row)
			dst = appendRecordItem(dst, scratch)
		}
		return append(dst, ')')
	}
}

func appendRecordItem(dst, item []byte) []byte {
	if len(item) > 0 && !bytes.ContainsAny(item, "(),\"\\ \t\n\r\v\f") {
		return append(dst, item...)
	}
	dst = append(dst, '"')
	for _, c := range item {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// mapFormatter spells maps as {a=>1,b=>NULL}; PostgreSQL has no such type, its hstore writes pairs this way.
func mapFormatter(m *array.Map, env *Env) func(dst []byte, row int) []byte {
	key, item := itemFormatter(m.Keys(), env), itemFormatter(m.Items(), env)
	var scratch []byte
	return func(dst []byte, row int) []byte {
		dst = append(dst, '{')
		from, to := m.ValueOffsets(row)
		for i := int(from); i < int(to); i++ {
			if i > int(from) {
				dst = append(dst, ',')
			}
			scratch = key(scratch[:0], i)
			dst = append(appendArrayItem(dst, scratch), "=>"...)
			if m.Items().IsNull(i) {
				dst = append(dst, "NULL"...)
				continue
			}
			scratch = item(scratch[:0], i)
			dst = appendArrayItem(dst, scratch)
		}
		return append(dst, '}')
	}
}
