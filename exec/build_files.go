package exec

import (
	"context"
	"net/url"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mediaflight/mediaflight/catalog"
)

// fileRead is a read of files that are no table's.
func (b *builder) fileRead(ctx context.Context, r *pb.ReadRel) (*tableRead, error) {
	if b.env.Files == nil {
		return nil, unsupported("read of files")
	}
	base, err := b.namedStruct(r.BaseSchema)
	if err != nil {
		return nil, err
	}
	set, err := fileSet(r.GetLocalFiles())
	if err != nil {
		return nil, err
	}
	set.Columns = base
	if n := base.NumFields(); n > 0 && base.Field(n-1).Name == catalog.AddressColumn {
		set.Columns = arrow.NewSchema(base.Fields()[:n-1], nil)
	}
	t := &tableRead{base: base}
	if t.snapshot, set, err = b.env.Files.ReadFiles(ctx, set); err != nil {
		return nil, err
	}
	t.table = catalog.Name{Table: set.String()}
	var id wrapperspb.Int64Value
	if e := r.AdvancedExtension.GetEnhancement(); e != nil {
		if err := e.UnmarshalTo(&id); err != nil {
			return nil, malformed("state of files: %v", err)
		}
		if id.Value != t.snapshot.ID() {
			return nil, &Error{State: stateStalePlan, Msg: "files have changed since the statement was planned: " + set.String(), Hint: "run the statement again"}
		}
	}
	return t, t.choose(r.Projection)
}

// fileSet reads which files there are and how they are read.
func fileSet(r *pb.ReadRel_LocalFiles) (catalog.FileSet, error) {
	var set catalog.FileSet
	for i, item := range r.Items {
		uri, err := url.Parse(item.GetUriFile())
		if err != nil || uri.Scheme != "file" || uri.Host != "" {
			return set, unsupported("file %q", item.GetUriFile())
		}
		set.Paths = append(set.Paths, uri.Path)
		one := catalog.FileSet{}
		switch f := item.FileFormat.(type) {
		case *pb.ReadRel_LocalFiles_FileOrFiles_Parquet:
			one.Format = "parquet"
		case *pb.ReadRel_LocalFiles_FileOrFiles_Arrow:
			one.Format = "arrow"
		case *pb.ReadRel_LocalFiles_FileOrFiles_Extension:
			var options structpb.Struct
			if err := f.Extension.UnmarshalTo(&options); err != nil {
				return set, malformed("options of a file: %v", err)
			}
			fields := options.Fields
			one.Format, one.Null = fields["format"].GetStringValue(), fields["null"].GetStringValue()
			one.NoHeader, one.InOrder = !fields["header"].GetBoolValue(), fields["in_order"].GetBoolValue()
			if d := fields["delimiter"].GetStringValue(); d != "" {
				one.Delimiter, _ = utf8.DecodeRuneInString(d)
			}
		default:
			return set, unsupported("files of format %T", f)
		}
		if i == 0 {
			set.Format, set.Null, set.NoHeader, set.InOrder, set.Delimiter = one.Format, one.Null, one.NoHeader, one.InOrder, one.Delimiter
		} else if one.Format != set.Format || one.Null != set.Null || one.NoHeader != set.NoHeader || one.InOrder != set.InOrder || one.Delimiter != set.Delimiter {
			return set, unsupported("files of several formats in one read")
		}
	}
	if len(set.Paths) == 0 {
		return set, malformed("a read of no files")
	}
	return set, nil
}
