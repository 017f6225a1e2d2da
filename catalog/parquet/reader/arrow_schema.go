package reader

import (
	"bytes"
	"encoding/base64"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// ArrowSchema is the file's schema by itself: Arrow types that this package reads the columns as, with field ids in the
// fields' metadata where the file has them. Lists that an Arrow writer noted to be of one length are FixedSizeLists.
func (f *File) ArrowSchema() (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(f.fields))
	for i, field := range f.fields {
		var err error
		if fields[i], err = field.arrowField(f.path); err != nil {
			return nil, err
		}
	}
	if noted := f.notedSchema(); noted != nil && noted.NumFields() == len(fields) {
		for i, note := range noted.Fields() {
			fields[i].Type = fixLength(fields[i].Type, note.Type)
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

// notedSchema is the schema that Arrow writers leave in the metadata; nil if there is none that can be read.
func (f *File) notedSchema() *arrow.Schema {
	for _, kv := range f.meta.KeyValueMetadata {
		if kv.Key != "ARROW:schema" {
			continue
		}
		message, err := base64.StdEncoding.DecodeString(kv.Value)
		if err != nil {
			return nil
		}
		r, err := ipc.NewReader(bytes.NewReader(message))
		if err != nil {
			return nil
		}
		defer r.Release()
		return r.Schema()
	}
	return nil
}

// fixLength makes a list of fixed-size values one of one length if it was noted so.
func fixLength(have, noted arrow.DataType) arrow.DataType {
	list, isList := have.(*arrow.ListType)
	note, isFixed := noted.(*arrow.FixedSizeListType)
	if !isList || !isFixed || note.Len() < 1 {
		return have
	}
	if layout, _ := layoutOf(list.Elem()); layout != fixed {
		return have
	}
	if arrow.IsNested(list.Elem().ID()) {
		return have
	}
	return arrow.FixedSizeListOfField(note.Len(), list.ElemField())
}
