package external

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mediaflight/mediaflight/catalog"
)

// Roots are the folders that files may be read from and written to. Without any, none may.
//
// A path is followed to what it stands for, symbolic links and all, and that must lie under a root. Whoever can replace folders
// under a root while a statement runs could still lead it astray: roots are for files, not for enemies.
type Roots struct {
	folders []root
}

// A root is a folder as it was named and as it is without symbolic links.
type root struct{ named, real string }

// OpenRoots checks that the folders are there.
func OpenRoots(folders ...string) (*Roots, error) {
	r := &Roots{}
	for _, folder := range folders {
		named, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		real, err := filepath.EvalSymlinks(named)
		if err != nil {
			return nil, fmt.Errorf("folder of files: %w", err)
		}
		if info, err := os.Stat(real); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("folder of files: %s is no folder", folder)
		}
		r.folders = append(r.folders, root{named, real})
	}
	return r, nil
}

// Existing is the real path of a file or folder that may be read. Relative paths start at the first root that has them.
func (r *Roots) Existing(path string) (string, error) {
	found, err := r.all(path)
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// all are the real paths that a path may mean, at least one: relative paths start at each root.
func (r *Roots) all(path string) ([]string, error) {
	candidates := r.candidates(path)
	if len(candidates) == 0 {
		return nil, r.refused(path)
	}
	var found []string
	for _, candidate := range candidates {
		real, err := filepath.EvalSymlinks(candidate)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, &catalog.Error{Op: "read", Name: path, State: "58030", Msg: cause(err)}
		case !r.holds(real):
			return nil, r.refused(path)
		default:
			found = append(found, real)
		}
	}
	if found == nil {
		return nil, notThere(path)
	}
	return found, nil
}

// New is the real path of a file that may be written, whose folder is there. A file of the name may be there as well.
func (r *Roots) New(path string) (string, error) {
	candidates := r.candidates(path)
	if len(candidates) == 0 {
		return "", r.refused(path)
	}
	for _, candidate := range candidates {
		folder, err := filepath.EvalSymlinks(filepath.Dir(candidate))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", &catalog.Error{Op: "write", Name: path, State: "58030", Msg: cause(err)}
		case !r.holds(folder):
			return "", r.refused(path)
		default:
			return filepath.Join(folder, filepath.Base(candidate)), nil
		}
	}
	return "", &catalog.Error{Op: "write", Name: path, State: "58P01", Msg: "there is no such folder"}
}

// candidates are the absolute paths that a path may mean, as far as they lie under a root by their names: nothing is looked at
// elsewhere, so that no error tells what there is.
func (r *Roots) candidates(path string) []string {
	var out []string
	for _, root := range r.folders {
		full := filepath.Clean(path)
		if !filepath.IsAbs(full) {
			full = filepath.Join(root.named, full)
		}
		if under(full, root.named) || under(full, root.real) {
			out = append(out, full)
		}
	}
	return out
}

func (r *Roots) holds(real string) bool {
	for _, root := range r.folders {
		if under(real, root.real) {
			return true
		}
	}
	return false
}

// under tells whether a clean path is a folder's or lies in it.
func under(path, folder string) bool {
	rest, ok := strings.CutPrefix(path, folder)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(folder, string(filepath.Separator)))
}

func (r *Roots) refused(path string) error {
	e := &catalog.Error{Op: "use file", Name: path, State: "42501", Msg: "it lies outside of the folders whose files may be used",
		Hint: "these are the folders that the server was started with as --files"}
	if len(r.folders) == 0 {
		e.Msg, e.Hint = "files may not be used", "start the server with --files FOLDER to allow those in a folder"
	}
	return e
}

func notThere(path string) error {
	return &catalog.Error{Op: "read", Name: path, State: "58P01", Msg: "there is no such file"}
}

// cause is an error of the system without the path, which may be another than the user's.
func cause(err error) string {
	var system *fs.PathError
	if errors.As(err, &system) {
		return system.Err.Error()
	}
	return err.Error()
}
