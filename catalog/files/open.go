package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A Source is a file's rows as they are in the file. It is used by one goroutine, but for Read.
type Source interface {
	// Path is the file.
	Path() string
	// Schema is the file's. See ListLength for what it may say of lists.
	Schema() *arrow.Schema
	// Batches reads the rows. A batch belongs to the source and is good until the next one; an error is yielded alone
	// and last. Each call reads from the start.
	Batches(ctx context.Context) iter.Seq2[arrow.RecordBatch, error]
	// Bytes is the size of the file, Read how much of it has been read so far: for showing progress.
	Bytes() int64
	Read() int64
}

// Options say how files are read. The zero value is good.
type Options struct {
	Mem memory.Allocator
	// Format is "parquet", "arrow", "csv", "tsv" or "json"; if empty, the file's name and first bytes tell.
	Format string
	// Types is the schema of the table that the rows are for, if there is one. Text is then read as its types rather
	// than as what it looks like.
	Types *arrow.Schema
	// NoHeader says that the first line of a CSV file has values, not names. Columns are then column1, column2, ...
	NoHeader bool
	// Delimiter of CSV; if 0, the first line tells.
	Delimiter rune
	// Names are the columns of a CSV file in their order, whatever its header says; nil for those of the header.
	Names []string
	// Null is what stands for NULL in a CSV file, besides nothing at all.
	Null string
	// AllText makes every column of a CSV file text.
	AllText bool
}

// Sizes of batches: many rows for narrow tables, bounded bytes for embeddings.
const (
	batchRows  = 64 << 10
	batchBytes = 8 << 20
)

// Open opens a file. It reads as much of it as it takes to know the schema.
func Open(path string, opts Options) (Source, error) {
	if opts.Mem == nil {
		opts.Mem = memory.DefaultAllocator
	}
	source, err := open(path, opts)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{File: path, State: stateUndefinedFile, Msg: "there is no such file"}
	case err != nil:
		return nil, inFile(path, err)
	}
	return source, nil
}

func open(path string, opts Options) (Source, error) {
	format := opts.Format
	if format == "" {
		var err error
		if format, err = formatOf(path); err != nil {
			return nil, err
		}
	}
	switch format {
	case "parquet":
		return openParquet(path, opts)
	case "arrow":
		return openArrow(path, opts)
	case "csv":
		return openCSV(path, opts)
	case "tsv":
		opts.Delimiter = '\t'
		return openCSV(path, opts)
	case "json":
		return openJSON(path, opts)
	}
	return nil, &Error{State: stateUnsupported, Msg: fmt.Sprintf("format not known: %q", format), Hint: "use parquet, arrow, csv, tsv or json"}
}

// endings are the endings of names by format, without those of compression.
var endings = map[string]string{
	".parquet": "parquet", ".pq": "parquet",
	".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow", ".ipc": "arrow",
	".csv": "csv", ".tsv": "tsv", ".tab": "tsv",
	".json": "json", ".jsonl": "json", ".ndjson": "json",
}

// compressed are the endings of compressed text.
var compressed = []string{".gz", ".zst"}

// formatOf goes by the first bytes where they tell, else by the name.
func formatOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	first := make([]byte, 6)
	n, err := io.ReadFull(f, first)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	switch first = first[:n]; {
	case bytes.HasPrefix(first, []byte("PAR1")):
		return "parquet", nil
	case bytes.HasPrefix(first, []byte("ARROW1")):
		return "arrow", nil
	}
	if format, ok := endings[extension(path)]; ok {
		return format, nil
	}
	return "", &Error{
		State: stateUnsupported, Msg: "neither its name nor its first bytes tell the format",
		Hint: "known are .parquet, .arrow, .feather, .csv, .tsv, .json, .jsonl; text may also end in .gz or .zst",
	}
}

func extension(path string) string {
	name := strings.ToLower(filepath.Base(path))
	for _, c := range compressed {
		name = strings.TrimSuffix(name, c)
	}
	return filepath.Ext(name)
}

// Expand replaces folders by the files in them and below that Open can read, sorted by name. Names that start with a
// dot or an underscore are left out, as Spark and Hive do.
func Expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &Error{File: path, State: stateUndefinedFile, Msg: "there is no such file"}
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := filesIn(path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, &Error{File: path, State: stateUndefinedFile, Msg: "the folder has no file of a known format"}
		}
		files = append(files, found...)
	}
	return files, nil
}

func filesIn(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != folder && strings.ContainsAny(entry.Name()[:1], "._")
		switch {
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir():
		case endings[extension(path)] != "":
			files = append(files, path)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}
