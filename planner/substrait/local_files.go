package substrait

import (
	"net/url"

	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/mediaflight/mediaflight/catalog"
)

// localFiles writes the files of a read that is of no table. Formats of text have options that Substrait has no place for: they are
// a google.protobuf.Struct.
func localFiles(set *catalog.FileSet) (*pb.ReadRel_LocalFiles_, error) {
	out := &pb.ReadRel_LocalFiles{}
	for _, path := range set.Paths {
		uri := url.URL{Scheme: "file", Path: path}
		item := &pb.ReadRel_LocalFiles_FileOrFiles{PathType: &pb.ReadRel_LocalFiles_FileOrFiles_UriFile{UriFile: uri.String()}}
		switch set.Format {
		case "parquet":
			item.FileFormat = &pb.ReadRel_LocalFiles_FileOrFiles_Parquet{Parquet: &pb.ReadRel_LocalFiles_FileOrFiles_ParquetReadOptions{}}
		case "arrow":
			item.FileFormat = &pb.ReadRel_LocalFiles_FileOrFiles_Arrow{Arrow: &pb.ReadRel_LocalFiles_FileOrFiles_ArrowReadOptions{}}
		default:
			options, err := structpb.NewStruct(map[string]any{
				"format": set.Format, "header": !set.NoHeader, "delimiter": text(set.Delimiter), "null": set.Null, "in_order": set.InOrder,
			})
			if err != nil {
				return nil, err
			}
			extension, err := anypb.New(options)
			if err != nil {
				return nil, err
			}
			item.FileFormat = &pb.ReadRel_LocalFiles_FileOrFiles_Extension{Extension: extension}
		}
		out.Items = append(out.Items, item)
	}
	return &pb.ReadRel_LocalFiles_{LocalFiles: out}, nil
}

// text is a character, nothing for none.
func text(r rune) string {
	if r == 0 {
		return ""
	}
	return string(r)
}
