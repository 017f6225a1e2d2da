// Package exectest tests operators: it writes small Substrait plans and runs each in every way that must give the same
// rows, end early, fail or be cancelled without leaving anything behind.
package exectest

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"github.com/substrait-io/substrait-protobuf/go/substraitpb/extensions"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/udf/substrait"
)

// A Plan writes one Substrait plan. What cannot be written is a bug of the test, and a panic.
type Plan struct {
	functions, types []string
}

// TypeAnchor implements substrait.Anchors.
func (p *Plan) TypeAnchor(name string) uint32 { return anchor(&p.types, name) }

func anchor(names *[]string, name string) uint32 {
	for i, n := range *names {
		if n == name {
			return uint32(i + 1)
		}
	}
	*names = append(*names, name)
	return uint32(len(*names))
}

// Bytes is the plan whose root is rel, with columns of the names given.
func (p *Plan) Bytes(rel *pb.Rel, names ...string) []byte {
	out := &pb.Plan{
		Version:       &pb.Version{MinorNumber: 85},
		ExtensionUrns: []*extensions.SimpleExtensionURN{{ExtensionUrnAnchor: 1, Urn: substrait.URN}},
		Relations:     []*pb.PlanRel{{RelType: &pb.PlanRel_Root{Root: &pb.RelRoot{Input: rel, Names: names}}}},
	}
	for i, name := range p.functions {
		out.Extensions = append(out.Extensions, &extensions.SimpleExtensionDeclaration{MappingType: &extensions.SimpleExtensionDeclaration_ExtensionFunction_{
			ExtensionFunction: &extensions.SimpleExtensionDeclaration_ExtensionFunction{ExtensionUrnReference: 1, FunctionAnchor: uint32(i + 1), Name: name},
		}})
	}
	for i, name := range p.types {
		out.Extensions = append(out.Extensions, &extensions.SimpleExtensionDeclaration{MappingType: &extensions.SimpleExtensionDeclaration_ExtensionType_{
			ExtensionType: &extensions.SimpleExtensionDeclaration_ExtensionType{ExtensionUrnReference: 1, TypeAnchor: uint32(i + 1), Name: name},
		}})
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(out)
	if err != nil {
		panic(err)
	}
	return b
}

// Expressions.

// Col is a column of the input, and then fields of it.
func Col(path ...int) *pb.Expression {
	var segment *pb.Expression_ReferenceSegment
	for i := len(path) - 1; i >= 0; i-- {
		segment = &pb.Expression_ReferenceSegment{ReferenceType: &pb.Expression_ReferenceSegment_StructField_{
			StructField: &pb.Expression_ReferenceSegment_StructField{Field: int32(path[i]), Child: segment}}}
	}
	return &pb.Expression{RexType: &pb.Expression_Selection{Selection: &pb.Expression_FieldReference{
		ReferenceType: &pb.Expression_FieldReference_DirectReference{DirectReference: segment},
		RootType:      &pb.Expression_FieldReference_RootReference_{RootReference: &pb.Expression_FieldReference_RootReference{}},
	}}}
}

// Lit is a literal of the type given, as JSON.
func (p *Plan) Lit(dt arrow.DataType, json string) *pb.Expression {
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader("["+json+"]"))
	if err != nil {
		panic(err)
	}
	l, err := substrait.LiteralFrom(a, p)
	if err != nil {
		panic(err)
	}
	return &pb.Expression{RexType: &pb.Expression_Literal_{Literal: l}}
}

// Int is a literal of type bigint.
func (p *Plan) Int(v int64) *pb.Expression { return p.Lit(arrow.PrimitiveTypes.Int64, fmt.Sprint(v)) }

// Text is a literal of type text.
func (p *Plan) Text(v string) *pb.Expression {
	return p.Lit(arrow.BinaryTypes.String, fmt.Sprintf("%q", v))
}

// Param is the parameter $n.
func (p *Plan) Param(n int, dt arrow.DataType) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_DynamicParameter{DynamicParameter: &pb.DynamicParameter{Type: p.typeOf(dt), ParameterReference: uint32(n - 1)}}}
}

// Call is a call of a scalar function.
func (p *Plan) Call(name string, args ...*pb.Expression) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: p.scalar(name, args)}}
}

func (p *Plan) scalar(name string, args []*pb.Expression) *pb.Expression_ScalarFunction {
	return &pb.Expression_ScalarFunction{FunctionReference: anchor(&p.functions, name), Arguments: arguments(args)}
}

func arguments(args []*pb.Expression) []*pb.FunctionArgument {
	out := make([]*pb.FunctionArgument, len(args))
	for i, a := range args {
		out[i] = &pb.FunctionArgument{ArgType: &pb.FunctionArgument_Value{Value: a}}
	}
	return out
}

// Cast is a cast.
func (p *Plan) Cast(e *pb.Expression, to arrow.DataType) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_Cast_{Cast: &pb.Expression_Cast{Type: p.typeOf(to), Input: e,
		FailureBehavior: pb.Expression_Cast_FAILURE_BEHAVIOR_THROW_EXCEPTION}}}
}

// When is CASE: conditions and values in turn, and then the value of ELSE.
func When(parts ...*pb.Expression) *pb.Expression {
	c := &pb.Expression_IfThen{Else: parts[len(parts)-1]}
	for i := 0; i+1 < len(parts); i += 2 {
		c.Ifs = append(c.Ifs, &pb.Expression_IfThen_IfClause{If: parts[i], Then: parts[i+1]})
	}
	return &pb.Expression{RexType: &pb.Expression_IfThen_{IfThen: c}}
}

// In is x IN (options).
func In(x *pb.Expression, options ...*pb.Expression) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_SingularOrList_{SingularOrList: &pb.Expression_SingularOrList{Value: x, Options: options}}}
}

// Scalar is a scalar subquery.
func Scalar(rel *pb.Rel) *pb.Expression {
	return &pb.Expression{RexType: &pb.Expression_Subquery_{Subquery: &pb.Expression_Subquery{
		SubqueryType: &pb.Expression_Subquery_Scalar_{Scalar: &pb.Expression_Subquery_Scalar{Input: rel}}}}}
}

func (p *Plan) typeOf(dt arrow.DataType) *pb.Type {
	t, err := substrait.FromArrow(dt, true, p)
	if err != nil {
		panic(err)
	}
	return t
}

// Relations.

// Address is the column of a Scan that stands for the address of the row.
const Address = -1

// Scan reads columns of a table; all of them if none are named.
func (p *Plan) Scan(table catalog.Table, filter *pb.Expression, columns ...int) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Read{Read: p.read(table, filter, columns)}}
}

func (p *Plan) read(table catalog.Table, filter *pb.Expression, columns []int) *pb.ReadRel {
	snapshot := table.Current()
	enhancement, err := anypb.New(wrapperspb.Int64(snapshot.ID()))
	if err != nil {
		panic(err)
	}
	fields := snapshot.Schema().Fields()
	if len(columns) == 0 {
		for i := range fields {
			columns = append(columns, i)
		}
	}
	mask := &pb.Expression_MaskExpression_StructSelect{}
	base := fields
	for _, c := range columns {
		if c == Address {
			c = len(fields)
			base = append(fields[:c:c], arrow.Field{Name: catalog.AddressColumn, Type: arrow.PrimitiveTypes.Int64})
		}
		mask.StructItems = append(mask.StructItems, &pb.Expression_MaskExpression_StructItem{Field: int32(c)})
	}
	return &pb.ReadRel{
		BaseSchema:        p.Struct(base...),
		Filter:            filter,
		Projection:        &pb.Expression_MaskExpression{Select: mask},
		ReadType:          &pb.ReadRel_NamedTable_{NamedTable: &pb.ReadRel_NamedTable{Names: []string{table.Name().Schema, table.Name().Table}}},
		AdvancedExtension: &extensions.AdvancedExtension{Enhancement: enhancement},
	}
}

// Struct is a schema.
func (p *Plan) Struct(fields ...arrow.Field) *pb.NamedStruct {
	s := &pb.NamedStruct{Struct: &pb.Type_Struct{Nullability: pb.Type_NULLABILITY_REQUIRED}}
	for _, f := range fields {
		t, err := substrait.FromArrow(f.Type, f.Nullable, p)
		if err != nil {
			panic(err)
		}
		s.Names = appendNames(append(s.Names, f.Name), f.Type)
		s.Struct.Types = append(s.Struct.Types, t)
	}
	return s
}

func appendNames(names []string, dt arrow.DataType) []string {
	switch t := dt.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			names = appendNames(append(names, f.Name), f.Type)
		}
	case *arrow.MapType:
		return appendNames(appendNames(names, t.KeyType()), t.ItemType())
	case arrow.ListLikeType:
		return appendNames(names, t.Elem())
	}
	return names
}

// Values is rows of expressions.
func (p *Plan) Values(fields []arrow.Field, rows ...[]*pb.Expression) *pb.Rel {
	t := &pb.ReadRel_VirtualTable{}
	for _, row := range rows {
		t.Expressions = append(t.Expressions, &pb.Expression_Nested_Struct{Fields: row})
	}
	return &pb.Rel{RelType: &pb.Rel_Read{Read: &pb.ReadRel{BaseSchema: p.Struct(fields...), ReadType: &pb.ReadRel_VirtualTable_{VirtualTable: t}}}}
}

// Filter is WHERE.
func Filter(input *pb.Rel, condition *pb.Expression) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Filter{Filter: &pb.FilterRel{Input: input, Condition: condition}}}
}

// Project computes expressions over an input of some number of columns.
func Project(input *pb.Rel, columns int, exprs ...*pb.Expression) *pb.Rel {
	emit := &pb.RelCommon_Emit{}
	for i := range exprs {
		emit.OutputMapping = append(emit.OutputMapping, int32(columns+i))
	}
	return &pb.Rel{RelType: &pb.Rel_Project{Project: &pb.ProjectRel{Input: input, Expressions: exprs,
		Common: &pb.RelCommon{EmitKind: &pb.RelCommon_Emit_{Emit: emit}}}}}
}

// Join joins; condition may be nil.
func Join(kind pb.JoinRel_JoinType, left, right *pb.Rel, condition *pb.Expression) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Join{Join: &pb.JoinRel{Left: left, Right: right, Type: kind, Expression: condition}}}
}

// Cross is the cross product.
func Cross(left, right *pb.Rel) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Cross{Cross: &pb.CrossRel{Left: left, Right: right}}}
}

// Measure is a call of an aggregate.
func (p *Plan) Measure(name string, args ...*pb.Expression) *pb.AggregateRel_Measure {
	return &pb.AggregateRel_Measure{Measure: &pb.AggregateFunction{FunctionReference: anchor(&p.functions, name), Arguments: arguments(args),
		Phase: pb.AggregationPhase_AGGREGATION_PHASE_INITIAL_TO_RESULT, Invocation: pb.AggregateFunction_AGGREGATION_INVOCATION_ALL}}
}

// Aggregate is GROUP BY.
func Aggregate(input *pb.Rel, keys []*pb.Expression, measures ...*pb.AggregateRel_Measure) *pb.Rel {
	grouping := &pb.AggregateRel_Grouping{}
	for i := range keys {
		grouping.ExpressionReferences = append(grouping.ExpressionReferences, uint32(i))
	}
	return &pb.Rel{RelType: &pb.Rel_Aggregate{Aggregate: &pb.AggregateRel{Input: input, GroupingExpressions: keys,
		Groupings: []*pb.AggregateRel_Grouping{grouping}, Measures: measures}}}
}

// Key is a key of ORDER BY.
func Key(e *pb.Expression, direction pb.SortField_SortDirection) *pb.SortField {
	return &pb.SortField{Expr: e, SortKind: &pb.SortField_Direction{Direction: direction}}
}

// Directions of ORDER BY.
const (
	AscFirst  = pb.SortField_SORT_DIRECTION_ASC_NULLS_FIRST
	AscLast   = pb.SortField_SORT_DIRECTION_ASC_NULLS_LAST
	DescFirst = pb.SortField_SORT_DIRECTION_DESC_NULLS_FIRST
	DescLast  = pb.SortField_SORT_DIRECTION_DESC_NULLS_LAST
)

// Sort is ORDER BY.
func Sort(input *pb.Rel, keys ...*pb.SortField) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Sort{Sort: &pb.SortRel{Input: input, Sorts: keys}}}
}

// Fetch is OFFSET and LIMIT; each may be nil.
func Fetch(input *pb.Rel, skip, count *pb.Expression) *pb.Rel {
	r := &pb.FetchRel{Input: input}
	if skip != nil {
		r.OffsetMode = &pb.FetchRel_OffsetExpr{OffsetExpr: skip}
	}
	if count != nil {
		r.CountMode = &pb.FetchRel_CountExpr{CountExpr: count}
	}
	return &pb.Rel{RelType: &pb.Rel_Fetch{Fetch: r}}
}

// Approximate is a fetch that is content with an approximate answer.
func Approximate(fetch *pb.Rel, recall float64) *pb.Rel {
	fetch.GetFetch().AdvancedExtension = &extensions.AdvancedExtension{Enhancement: packed(wrapperspb.Double(recall))}
	return fetch
}

// Set is UNION.
func Set(op pb.SetRel_SetOp, inputs ...*pb.Rel) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Set{Set: &pb.SetRel{Op: op, Inputs: inputs}}}
}

// RowFetch replaces the input's last column, addresses of rows of a table, by columns of those rows.
func (p *Plan) RowFetch(input *pb.Rel, table catalog.Table, columns ...int) *pb.Rel {
	return extension(input, p.read(table, nil, columns))
}

// Lateral joins each row of the input with the rows of right, whose expressions may refer to columns of the row by Outer.
func Lateral(kind pb.JoinRel_JoinType, input, right *pb.Rel) *pb.Rel {
	return extension(input, &pb.JoinRel{Type: kind, Right: right})
}

// Outer is a column of the row outside.
func Outer(column int) *pb.Expression {
	e := Col(column)
	e.GetSelection().RootType = &pb.Expression_FieldReference_OuterReference_{OuterReference: &pb.Expression_FieldReference_OuterReference{StepsOut: 1}}
	return e
}

// Unnest is unnest of lists, with options such as ordinality and outer.
func (p *Plan) Unnest(input *pb.Rel, lists []*pb.Expression, options ...string) *pb.Rel {
	f := p.scalar("unnest", lists)
	for _, o := range options {
		f.Options = append(f.Options, &pb.FunctionOption{Name: o, Preference: []string{"true"}})
	}
	return extension(input, &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
}

func extension(input *pb.Rel, detail proto.Message) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_ExtensionSingle{ExtensionSingle: &pb.ExtensionSingleRel{Input: input, Detail: packed(detail)}}}
}

// Rerank is max_marginal_relevance of a vector, a query, a count and lambda.
func (p *Plan) Rerank(input *pb.Rel, metric string, args ...*pb.Expression) *pb.Rel {
	f := p.scalar("max_marginal_relevance", args)
	f.Options = []*pb.FunctionOption{{Name: "metric", Preference: []string{metric}}}
	return extension(input, &pb.Expression{RexType: &pb.Expression_ScalarFunction_{ScalarFunction: f}})
}

// TableFunction is a function in FROM.
func (p *Plan) TableFunction(name string, args ...*pb.Expression) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_ExtensionLeaf{ExtensionLeaf: &pb.ExtensionLeafRel{Detail: packed(p.Call(name, args...))}}}
}

func packed(m proto.Message) *anypb.Any {
	out, err := anypb.New(m)
	if err != nil {
		panic(err)
	}
	return out
}

// Insert writes into a table.
func Insert(input *pb.Rel, table catalog.Name) *pb.Rel {
	return &pb.Rel{RelType: &pb.Rel_Write{Write: &pb.WriteRel{Input: input, Op: pb.WriteRel_WRITE_OP_INSERT,
		WriteType: &pb.WriteRel_NamedTable{NamedTable: &pb.NamedObjectWrite{Names: []string{table.Schema, table.Table}}}}}}
}

// CreateAs creates a table and writes into it.
func (p *Plan) CreateAs(input *pb.Rel, table catalog.Name, mode pb.WriteRel_CreateMode, fields ...arrow.Field) *pb.Rel {
	rel := Insert(input, table)
	w := rel.GetWrite()
	w.Op, w.CreateMode, w.TableSchema = pb.WriteRel_WRITE_OP_CTAS, mode, p.Struct(fields...)
	return rel
}

// Change deletes the rows of a table whose addresses are the input's first column, or updates them if there are fields: those of
// the new rows, which come behind.
func (p *Plan) Change(input *pb.Rel, table catalog.Table, fields ...arrow.Field) *pb.Rel {
	rel := Insert(input, table.Name())
	w := rel.GetWrite()
	snapshot, err := anypb.New(wrapperspb.Int64(table.Current().ID()))
	if err != nil {
		panic(err)
	}
	w.Op, w.AdvancedExtension = pb.WriteRel_WRITE_OP_DELETE, &extensions.AdvancedExtension{Enhancement: snapshot}
	if len(fields) > 0 {
		w.Op, w.TableSchema = pb.WriteRel_WRITE_OP_UPDATE, p.Struct(fields...)
	}
	return rel
}

// Window is a window function without arguments over all of the input.
func (p *Plan) Window(input *pb.Rel, function string, options ...*pb.FunctionOption) *pb.Rel {
	f := &pb.ConsistentPartitionWindowRel_WindowRelFunction{FunctionReference: anchor(&p.functions, function+":"), Options: options}
	return &pb.Rel{RelType: &pb.Rel_Window{Window: &pb.ConsistentPartitionWindowRel{Input: input, WindowFunctions: []*pb.ConsistentPartitionWindowRel_WindowRelFunction{f}}}}
}
