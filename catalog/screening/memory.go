package screening

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// sparedMemory is how many times the memory of a file's codes must be there before it is taken.
const sparedMemory = 4

// mapMemory is memory outside of Go's heap, in huge pages if the system has some to give: with small ones a scan waits for
// addresses to be translated.
func mapMemory(size int) ([]byte, error) {
	m, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", size, err)
	}
	preferHugePages(m)
	return m, nil
}

func unmap(m []byte) { _ = unix.Munmap(m) }

// available is how much memory the machine has to give, by Linux's account.
func available() (bytes int64, known bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer f.Close()
	return availableIn(f)
}

func availableIn(meminfo io.Reader) (bytes int64, known bool) {
	lines := bufio.NewScanner(meminfo)
	for lines.Scan() {
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &bytes); n == 1 {
			return bytes << 10, true
		}
	}
	return 0, false
}
