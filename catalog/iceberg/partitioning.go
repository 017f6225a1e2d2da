package iceberg

import (
	"fmt"

	"github.com/apache/iceberg-go"

	"github.com/mediaflight/mediaflight/catalog"
)

// partitionSpec is how a new table's rows are put into files. Fields are named as Spark and Trino name them, so that tables that
// were made here and there look alike: day(added) is added_day.
func partitionSpec(def catalog.Definition, schema *iceberg.Schema) (*iceberg.PartitionSpec, error) {
	if len(def.Partitioning) == 0 {
		return iceberg.UnpartitionedSpec, nil
	}
	var fields []iceberg.PartitionOption
	for i, f := range def.Partitioning {
		column, ok := schema.FindFieldByName(f.Column)
		if !ok {
			return nil, fmt.Errorf("column of the partitioning does not exist: %q", f.Column)
		}
		transform, name := transformOf(f)
		if !transform.CanTransform(column.Type) {
			return nil, fmt.Errorf("%s cannot be applied to column %q of type %s", f.Transform, f.Column, column.Type)
		}
		id := iceberg.PartitionDataIDStart + i
		fields = append(fields, iceberg.AddPartitionFieldByName(f.Column, name, transform, schema, &id))
	}
	spec, err := iceberg.NewPartitionSpecOpts(fields...)
	return &spec, err
}

func transformOf(f catalog.PartitionField) (t iceberg.Transform, name string) {
	switch f.Transform {
	case "bucket":
		return iceberg.BucketTransform{NumBuckets: f.Width}, f.Column + "_bucket"
	case "truncate":
		return iceberg.TruncateTransform{Width: f.Width}, f.Column + "_trunc"
	case "year":
		return iceberg.YearTransform{}, f.Column + "_year"
	case "month":
		return iceberg.MonthTransform{}, f.Column + "_month"
	case "day":
		return iceberg.DayTransform{}, f.Column + "_day"
	case "hour":
		return iceberg.HourTransform{}, f.Column + "_hour"
	}
	return iceberg.IdentityTransform{}, f.Column
}

// partitioningOf is what a partition spec says in a definition. Fields that were dropped, and those that we don't know, are left out.
func partitioningOf(spec iceberg.PartitionSpec, schema *iceberg.Schema) []catalog.PartitionField {
	var fields []catalog.PartitionField
	for _, p := range spec.Fields() {
		column, ok := schema.FindColumnName(p.SourceID())
		if !ok {
			continue
		}
		f := catalog.PartitionField{Column: column}
		switch t := p.Transform.(type) {
		case iceberg.BucketTransform:
			f.Transform, f.Width = "bucket", t.NumBuckets
		case iceberg.TruncateTransform:
			f.Transform, f.Width = "truncate", t.Width
		case iceberg.VoidTransform, iceberg.UnknownTransform:
			continue
		default:
			f.Transform = t.String()
		}
		fields = append(fields, f)
	}
	return fields
}
