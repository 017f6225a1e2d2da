package iceberg

import (
	"context"
	"database/sql"
	"os"
	"sync"
	"time"

	"github.com/mediaflight/mediaflight/catalog"
)

// A logMark is what the file system tells of the database's files. Every commit, whoever makes it, first writes to one of them
// and is seen later, when the file is safe on its disk: who wants to know what the database holds as long as a mark is the same
// takes the mark while nobody commits.
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

// quietly runs a query of one value while nobody commits, and tells at which mark the database held it. It fails if somebody
// is about to commit.
func (s *store) quietly(ctx context.Context, query *sql.Stmt, args ...any) (value sql.NullString, mark logMark, still bool, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return value, mark, false, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout(0)"); err != nil {
		return value, mark, false, err
	}
	defer conn.ExecContext(ctx, "PRAGMA "+busyTimeout)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return value, mark, false, err
	}
	defer tx.Rollback()
	mark, still = markOf(s.path)
	err = tx.StmtContext(ctx, query).QueryRowContext(ctx, args...).Scan(&value)
	return value, mark, still, err
}
