package iceberg

import (
	"os"
	"sync"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// A logMark is what the file system tells of the database's files. Every commit, whoever makes it, writes to one of them, so
// that there was none as long as the mark is the same.
type logMark struct{ database, log fileMark }

type fileMark struct {
	size     int64
	modified int64 // ns
}

// settled is how long a file must not have been written to for its mark to change with the next write: the clock of file
// systems ticks in milliseconds.
const settled = 50 * time.Millisecond

// markOf is the mark of the database at a path. It is false while the next commit might not change it.
func markOf(path string) (m logMark, ok bool) {
	now := time.Now()
	for _, file := range []struct {
		path string
		mark *fileMark
	}{{path, &m.database}, {path + "-wal", &m.log}} {
		info, err := os.Stat(file.path)
		if err != nil {
			if os.IsNotExist(err) && file.mark == &m.log { // as long as nobody writes
				continue
			}
			return m, false
		}
		if now.Sub(info.ModTime()) < settled {
			return m, false
		}
		*file.mark = fileMark{info.Size(), info.ModTime().UnixNano()}
	}
	return m, true
}

// locations are the metadata files of tables as the database had them at a mark. To look at two files takes a tenth of the
// time that a query takes, of which a statement makes one for each of its tables.
type locations struct {
	mu      sync.Mutex
	mark    logMark
	byTable map[catalog.Name]string
}

func (l *locations) find(mark logMark, name catalog.Name) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mark != mark {
		return "", false
	}
	location, ok := l.byTable[name]
	return location, ok
}

func (l *locations) keep(mark logMark, name catalog.Name, location string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mark != mark || l.byTable == nil {
		l.mark, l.byTable = mark, map[catalog.Name]string{}
	}
	l.byTable[name] = location
}
