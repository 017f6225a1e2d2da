package substrait

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"

	"github.com/mediaflight/mediaflight/planner/plan"
	types "github.com/mediaflight/mediaflight/udf/substrait"
)

// urn is the anchor of the one extension that plans use.
const urn = 1

// A writer writes one plan. It hands out the anchors of the functions and types that the plan uses.
type writer struct {
	functions  map[string]uint32 // by compound name
	types      map[string]uint32
	typeNames  []string // by anchor - 1
	extensions []*extensions.SimpleExtensionDeclaration
	estimate   func(plan.Node) float64 // of rows; nil where relations do not tell
	shared     []*pb.PlanRel           // relations that are referred to, those that others refer to before them
	numbers    map[int]written         // of shared plans
	outer      columns                 // of the row that a lateral join stands at, while its right side is written
}

func (w *writer) urns() []*extensions.SimpleExtensionURN {
	return []*extensions.SimpleExtensionURN{{ExtensionUrnAnchor: urn, Urn: types.URN}}
}

// function is the anchor of a function for arguments of these types.
func (w *writer) function(name string, args []arrow.DataType) uint32 {
	short := make([]string, len(args))
	for i, t := range args {
		short[i] = shortName(t)
	}
	compound := name + ":" + strings.Join(short, "_")
	if anchor, ok := w.functions[compound]; ok {
		return anchor
	}
	anchor := uint32(len(w.functions) + 1)
	w.functions[compound] = anchor
	w.extensions = append(w.extensions, &extensions.SimpleExtensionDeclaration{
		MappingType: &extensions.SimpleExtensionDeclaration_ExtensionFunction_{
			ExtensionFunction: &extensions.SimpleExtensionDeclaration_ExtensionFunction{
				ExtensionUrnReference: urn, FunctionAnchor: anchor, Name: compound,
			},
		},
	})
	return anchor
}

// TypeAnchor is the anchor of a user-defined type.
func (w *writer) TypeAnchor(name string) uint32 {
	if anchor, ok := w.types[name]; ok {
		return anchor
	}
	w.typeNames = append(w.typeNames, name)
	anchor := uint32(len(w.typeNames))
	w.types[name] = anchor
	w.extensions = append(w.extensions, &extensions.SimpleExtensionDeclaration{
		MappingType: &extensions.SimpleExtensionDeclaration_ExtensionType_{
			ExtensionType: &extensions.SimpleExtensionDeclaration_ExtensionType{
				ExtensionUrnReference: urn, TypeAnchor: anchor, Name: name,
			},
		},
	})
	return anchor
}

// TypeName is the other way round.
func (w *writer) TypeName(anchor uint32) (string, bool) {
	if anchor < 1 || int(anchor) > len(w.typeNames) {
		return "", false
	}
	return w.typeNames[anchor-1], true
}

// typeOf spells a type.
func (w *writer) typeOf(t arrow.DataType, nullable bool) (*pb.Type, error) {
	return types.FromArrow(t, nullable, w)
}

// shortName is a type's name in compound function names, as Substrait defines them.
func shortName(t arrow.DataType) string {
	switch t.ID() {
	case arrow.BOOL:
		return "bool"
	case arrow.INT8:
		return "i8"
	case arrow.INT16:
		return "i16"
	case arrow.INT32:
		return "i32"
	case arrow.INT64:
		return "i64"
	case arrow.FLOAT32:
		return "fp32"
	case arrow.FLOAT64:
		return "fp64"
	case arrow.STRING:
		return "str"
	case arrow.BINARY:
		return "vbin"
	case arrow.DECIMAL128:
		return "dec"
	case arrow.DATE32:
		return "date"
	case arrow.TIME64:
		return "pt"
	case arrow.TIMESTAMP:
		if t.(*arrow.TimestampType).TimeZone != "" {
			return "ptstz"
		}
		return "pts"
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return "icompound"
	case arrow.LIST:
		return "list"
	case arrow.MAP:
		return "map"
	case arrow.STRUCT:
		return "u!named_struct"
	case arrow.FIXED_SIZE_LIST:
		return "u!vector"
	case arrow.NULL:
		return "u!unknown"
	case arrow.EXTENSION:
		if t.(arrow.ExtensionType).ExtensionName() == "arrow.uuid" {
			return "uuid"
		}
	}
	return "u!arrow"
}
