// Package repo holds the tree to its own rules.
package repo

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/mediaflight/mediaflight"
)

// layers lists the tree's parts in the order in which they may import each other: a package may import those of its own
// part and of the parts before it.
var layers = [][]string{
	{"udf/simd"},
	{"udf/ipccheck"},
	{"udf/substrait"},
	{"udf/jsonb"},
	{"udf"},
	{"catalog"},
	{"planner", "exec"}, // these two never import each other
	{"flightsrv"},
	{"clients"}, // they speak Flight SQL: TestClientsSpeakFlightOnly
	{"cmd"},
	{"integration"},
}

// layer finds the part a package belongs to and its place in the order.
func layer(pkg string) (name string, level int) {
	level = -1
	for i, parts := range layers {
		for _, part := range parts {
			if (pkg == part || strings.HasPrefix(pkg, part+"/")) && len(part) > len(name) {
				name, level = part, i
			}
		}
	}
	return name, level
}

func TestImportsPointOneWay(t *testing.T) {
	imports := 0
	for _, dir := range packages(t) {
		from, level := layer(dir)
		if level < 0 {
			t.Errorf("%s is in none of the tree's parts", dir)
			continue
		}
		pkg, err := build.ImportDir(filepath.Join(root, dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range pkg.Imports {
			target, ok := strings.CutPrefix(path, module+"/")
			if !ok {
				continue
			}
			imports++
			to, below := layer(target)
			if to != from && (below > level || below == level) {
				t.Errorf("%s imports %s: %s may not import %s", dir, target, from, to)
			}
		}
	}
	if imports == 0 {
		t.Error("no imports within the module were seen")
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, dir := range packages(t) {
		pkg, err := build.ImportDir(filepath.Join(root, dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		documented := pkg.Doc != ""
		for _, file := range append(pkg.TestGoFiles, pkg.XTestGoFiles...) {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || len(pkg.GoFiles) == 0 && f.Doc != nil
		}
		if !documented {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// A name that says nothing of what a package or file holds.
var nameless = []string{"util", "utils", "helper", "helpers", "common", "base", "manager", "misc"}

func TestNamesSayWhatIsInside(t *testing.T) {
	files := 0
	walk(t, func(path string, d fs.DirEntry) {
		name := strings.TrimSuffix(strings.TrimSuffix(d.Name(), ".go"), "_test")
		if !d.IsDir() && filepath.Ext(path) != ".go" {
			return
		}
		files++
		for _, bad := range nameless {
			if name == bad {
				t.Errorf("%s: name it for what its contents share", path)
			}
		}
	})
	if files == 0 {
		t.Error("no files were seen")
	}
}

// TestNothingRegistersItself keeps init functions out of the tree: cmd builds the parts and hands them on.
func TestNothingRegistersItself(t *testing.T) {
	walk(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		for _, spec := range f.Imports {
			if spec.Name != nil && spec.Name.Name == "_" {
				blank, _ := strconv.Unquote(spec.Path.Value)
				if !blankImports[blank] {
					t.Errorf("%s imports %s for its side effects", path, blank)
				}
			}
		}
		for _, decl := range f.Decls {
			if fn, ok := isFunc(decl); ok && fn == "init" {
				t.Errorf("%s has an init function", path)
			}
		}
	})
}

// blankImports are the libraries that can only be had by their side effects.
var blankImports = map[string]bool{
	"github.com/apache/arrow-go/v18/arrow/extensions": true, // Arrow's own extension types, uuid among them
	"embed":                                 true, // go:embed
	"google.golang.org/grpc/encoding/proto": true, // the stock codec, which ours wraps
	"modernc.org/sqlite":                    true, // a database/sql driver
	"time/tzdata":                           true, // time zones on machines that have none
}

// TestClientsSpeakFlightOnly keeps our clients thin: they know the protocol, not the server's packages.
func TestClientsSpeakFlightOnly(t *testing.T) {
	for _, dir := range packages(t) {
		if !strings.HasPrefix(dir, "clients/") {
			continue
		}
		pkg, err := build.ImportDir(filepath.Join(root, dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range pkg.Imports {
			if strings.HasPrefix(path, module+"/") && !strings.HasPrefix(path, module+"/clients/") {
				t.Errorf("%s imports %s", dir, path)
			}
		}
	}
}
