package index

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// A lock is held by the one who changes an index, or adds one, among all processes. The end of a process ends it.
type lock struct{ file *os.File }

// errLocked: somebody else holds the lock.
var errLocked = errors.New("index is being built or changed")

func tryLock(path string) (*lock, error) {
	l, err := openLock(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		l.file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return l, nil
}

// waitLock waits for the lock, which is for short changes.
func waitLock(path string) (*lock, error) {
	l, err := openLock(path)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX)
		if err == nil {
			return l, nil
		}
		if !errors.Is(err, unix.EINTR) {
			l.file.Close()
			return nil, &os.PathError{Op: "lock", Path: path, Err: err}
		}
	}
}

func openLock(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	return &lock{file}, nil
}

func (l *lock) release() { l.file.Close() }
