package index

import (
	"fmt"

	"github.com/mediaflight/mediaflight/catalog"
)

// progress tells how far the work at an index is, if this process does it; it is empty if nobody works at it here.
func (f *Folder) progress(dir string) string {
	f.mu.Lock()
	j := f.jobs[dir]
	f.mu.Unlock()
	if j == nil {
		return ""
	}
	p := j.reached.Load()
	if p == nil {
		return "begins"
	}
	return describe(*p)
}

// describe says a stage and how far it is, such as "encode, 43 %".
func describe(p catalog.IndexProgress) string {
	if p.Rows <= 0 {
		return p.Stage
	}
	return fmt.Sprintf("%s, %d %%", p.Stage, min(100*p.Done/p.Rows, 100))
}
