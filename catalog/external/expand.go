package external

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/files"
)

// maxFiles bounds what a pattern may stand for.
const maxFiles = 100_000

// expand lists the files that paths stand for, in the order of the paths and then of the files' names. A folder stands for all files
// in and below it of a known format; in patterns, * and ? and [a-z] stand for letters of one name, and ** for any folders.
func (r *Roots) expand(ctx context.Context, paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		if strings.Contains(path, "://") {
			return nil, &catalog.Error{Op: "read", Name: path, State: "0A000", Msg: "only files of this machine can be read", Hint: "fetch it into a folder first"}
		}
		var found []string
		var err error
		if strings.ContainsAny(path, "*?[") {
			found, err = r.matching(ctx, path)
		} else {
			found, err = r.plain(path)
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) > maxFiles {
			return nil, &catalog.Error{Op: "read", Name: path, State: "54000", Msg: "too many files"}
		}
	}
	if len(all) == 0 {
		return nil, &catalog.Error{Op: "read", State: "22023", Msg: "no files to read"}
	}
	return all, nil
}

// plain is a file, or a folder's files.
func (r *Roots) plain(path string) ([]string, error) {
	real, err := r.Existing(path)
	if err != nil {
		return nil, err
	}
	found, err := files.Expand([]string{real})
	if err != nil {
		return nil, &catalog.Error{Op: "read", Name: path, State: "58P01", Msg: "the folder has no file of a known format"}
	}
	found = r.inside(found)
	if len(found) == 0 {
		return nil, &catalog.Error{Op: "read", Name: path, State: "42809", Msg: "neither a regular file nor a folder of some"}
	}
	return found, nil
}

// matching are the files whose paths match a pattern.
func (r *Roots) matching(ctx context.Context, pattern string) ([]string, error) {
	steps := strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/")
	for _, step := range steps {
		if _, err := filepath.Match(step, ""); err != nil {
			return nil, &catalog.Error{Op: "read", Name: pattern, State: "22023", Msg: "not a pattern of files", Hint: "a [ needs its ]"}
		}
	}
	steps = slices.CompactFunc(steps, func(a, b string) bool { return a == "**" && b == "**" }) // which mean one
	first := slices.IndexFunc(steps, func(s string) bool { return strings.ContainsAny(s, "*?[") })
	start := strings.Join(steps[:first], "/")
	switch {
	case start == "" && filepath.IsAbs(pattern):
		start = "/"
	case start == "":
		start = "."
	}
	folders, err := r.all(start)
	if err != nil {
		if e := (*catalog.Error)(nil); errors.As(err, &e) && e.State == "58P01" {
			return nil, noMatch(pattern)
		}
		return nil, err
	}
	var found []string
	for _, folder := range folders {
		in, err := matchingIn(ctx, folder, steps[first:])
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, &catalog.Error{Op: "read", Name: pattern, State: "58030", Msg: cause(err)}
		}
		found = append(found, in...)
	}
	if len(found) == 0 {
		return nil, noMatch(pattern)
	}
	return r.inside(found), nil
}

// matchingIn are the files in and below a folder whose paths from there match the steps of a pattern, sorted by name.
func matchingIn(ctx context.Context, folder string, steps []string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || path == folder {
			return err
		}
		rest, _ := filepath.Rel(folder, path)
		names := strings.Split(filepath.ToSlash(rest), "/")
		switch {
		case entry.IsDir() && !couldMatch(steps, names):
			return fs.SkipDir
		case !entry.IsDir() && matches(steps, names):
			if found = append(found, path); len(found) > maxFiles {
				return fs.SkipAll
			}
		}
		return nil
	})
	return found, err
}

func noMatch(pattern string) error {
	return &catalog.Error{Op: "read", Name: pattern, State: "58P01", Msg: "no file matches the pattern"}
}

// matches tells whether the names of a path match the steps of a pattern.
func matches(steps, names []string) bool {
	switch {
	case len(steps) == 0:
		return len(names) == 0
	case steps[0] == "**":
		return matches(steps[1:], names) || len(names) > 0 && matches(steps, names[1:])
	case len(names) == 0:
		return false
	}
	ok, _ := filepath.Match(steps[0], names[0])
	return ok && matches(steps[1:], names[1:])
}

// couldMatch tells whether something in the folder of these names may match.
func couldMatch(steps, names []string) bool {
	for i, name := range names {
		if i >= len(steps) {
			return false
		}
		if steps[i] == "**" {
			return true
		}
		if ok, _ := filepath.Match(steps[i], name); !ok {
			return false
		}
	}
	return len(steps) > len(names)
}

// inside follows symbolic links among files that were found, and leaves out those that lead outside, and what is no regular file.
func (r *Roots) inside(found []string) []string {
	out := found[:0]
	for _, path := range found {
		real, err := filepath.EvalSymlinks(path)
		if err != nil || !r.holds(real) {
			continue
		}
		if info, err := os.Stat(real); err == nil && info.Mode().IsRegular() {
			out = append(out, real)
		}
	}
	return out
}
