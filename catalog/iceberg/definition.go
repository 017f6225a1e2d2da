package iceberg

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"

	"github.com/mediaflight/mediaflight/catalog"
)

// Table properties that hold what Iceberg has no place for. Other engines keep them as they are.
const (
	commentKey   = "comment" // where Spark and Trino keep a table's comment, too
	keysKey      = "mediaflight.keys"
	vectorPrefix = "mediaflight.vector." // + column + dimSuffix: the length of the column's vectors
	dimSuffix    = ".dim"
	// + column: what rows have that state no value, an expression of SQL.
	defaultPrefix = "mediaflight.default."
	// Bounds of a vector's elements refute nothing and would make manifests large.
	metricsPrefix = table.MetricsModeColumnConfPrefix + "."
	elementSuffix = ".element"
)

// ours tells the properties that stand for other parts of a catalog.Definition.
func ours(key string) bool {
	return key == commentKey || key == keysKey || strings.HasPrefix(key, vectorPrefix) || strings.HasPrefix(key, defaultPrefix) ||
		strings.HasPrefix(key, metricsPrefix) && strings.HasSuffix(key, elementSuffix)
}

// maintenance is what new tables get unless their definition says otherwise: metadata files that are no longer
// needed to look back are removed.
var maintenance = map[string]string{
	table.MetadataDeleteAfterCommitEnabledKey: "true",
}

// icebergSchema is the schema of a new table. NOT NULL columns of a primary key become Iceberg's identifier fields,
// which may not be floating point numbers or nested.
func icebergSchema(def catalog.Definition) (*iceberg.Schema, error) {
	id := 0
	fields, err := toIcebergFields(def.Schema.Fields(), func() int { id++; return id })
	if err != nil {
		return nil, err
	}
	var identifiers []int
	for _, key := range def.Keys {
		if key.Kind == catalog.PrimaryKey {
			identifiers = identifierFields(fields, key.Columns)
		}
	}
	return iceberg.NewSchemaWithIdentifiers(0, identifiers, fields...), nil
}

func identifierFields(fields []iceberg.NestedField, columns []string) []int {
	var ids []int
	for _, f := range fields {
		if !slices.Contains(columns, f.Name) {
			continue
		}
		_, primitive := f.Type.(iceberg.PrimitiveType)
		if !primitive || !f.Required || f.Type == iceberg.PrimitiveTypes.Float32 || f.Type == iceberg.PrimitiveTypes.Float64 {
			return nil
		}
		ids = append(ids, f.ID)
	}
	return ids
}

// properties are the table properties that a definition comes to.
func properties(def catalog.Definition) (iceberg.Properties, error) {
	props := iceberg.Properties{}
	for k, v := range def.Properties {
		if ours(k) {
			return nil, fmt.Errorf("property %q is reserved", k)
		}
		props[k] = v
	}
	if def.Comment != "" {
		props[commentKey] = def.Comment
	}
	if len(def.Keys) > 0 {
		text, err := encodeKeys(def.Keys)
		if err != nil {
			return nil, err
		}
		props[keysKey] = text
	}
	for _, f := range def.Schema.Fields() {
		if dim := vectorDim(f.Type); dim > 0 {
			props[vectorPrefix+f.Name+dimSuffix] = strconv.Itoa(dim)
			props[metricsPrefix+f.Name+elementSuffix] = "none"
		}
		if text, ok := f.Metadata.GetValue(catalog.DefaultKey); ok {
			props[defaultPrefix+f.Name] = text
		}
	}
	return props, nil
}

// definition is what metadata says about its table.
func definition(meta table.Metadata) catalog.Definition {
	props := meta.Properties()
	def := catalog.Definition{
		Schema:     arrowSchema(columnsOf(meta.CurrentSchema(), meta)),
		Comment:    props[commentKey],
		Keys:       decodeKeys(props[keysKey]),
		Properties: map[string]string{},

		Partitioning: partitioningOf(meta.PartitionSpec(), meta.CurrentSchema()),
	}
	for k, v := range props {
		if !ours(k) {
			def.Properties[k] = v
		}
	}
	return def
}

// A keyText is a key as the table property keysKey spells it.
type keyText struct {
	Name       string   `json:"name,omitempty"`
	Kind       string   `json:"kind"`
	Columns    []string `json:"columns"`
	Schema     string   `json:"references-schema,omitempty"`
	Table      string   `json:"references-table,omitempty"`
	RefColumns []string `json:"references-columns,omitempty"`
}

var keyKinds = []string{catalog.PrimaryKey: "primary", catalog.UniqueKey: "unique", catalog.ForeignKey: "foreign"}

func encodeKeys(keys []catalog.Key) (string, error) {
	texts := make([]keyText, len(keys))
	for i, k := range keys {
		texts[i] = keyText{k.Name, keyKinds[k.Kind], k.Columns, k.References.Schema, k.References.Table, k.RefColumns}
	}
	text, err := json.Marshal(texts)
	return string(text), err
}

// decodeKeys leaves out what it does not understand: anyone may have written the property.
func decodeKeys(text string) []catalog.Key {
	var texts []keyText
	if text == "" || json.Unmarshal([]byte(text), &texts) != nil {
		return nil
	}
	var keys []catalog.Key
	for _, t := range texts {
		if kind := slices.Index(keyKinds, t.Kind); kind > 0 {
			keys = append(keys, catalog.Key{Name: t.Name, Kind: catalog.KeyKind(kind), Columns: t.Columns,
				References: catalog.Name{Schema: t.Schema, Table: t.Table}, RefColumns: t.RefColumns})
		}
	}
	return keys
}

// checkKeys refuses keys over columns that don't exist.
func checkKeys(op string, name catalog.Name, def catalog.Definition) error {
	for _, key := range def.Keys {
		for _, column := range key.Columns {
			if !def.Schema.HasField(column) {
				return &catalog.Error{Op: op, Name: name.String(), State: "42703", Msg: fmt.Sprintf("column of a key does not exist: %q", column)}
			}
		}
	}
	return nil
}
