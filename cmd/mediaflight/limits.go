package main

import (
	"path/filepath"

	"github.com/mediaflight/mediaflight/cmd/mediaflight/collector"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/flightsrv/session"
)

// limitFlags say how much queries may hold in memory and in files.
type limitFlags struct {
	MemoryLimit   byteSize  `help:"Memory that one query may hold, such as 4GB; a quarter of the machine's by itself." placeholder:"SIZE" env:"MEDIAFLIGHT_MEMORY_LIMIT"`
	TempDirectory string    `help:"Folder for rows that queries have no memory for; temp in the folder of the tables by itself." type:"path" placeholder:"DIR" env:"MEDIAFLIGHT_TEMP_DIRECTORY"`
	ScreenMemory  *byteSize `help:"Memory for codes of vectors, which make repeated exact searches faster, such as 512MB; 0 for none, a sixteenth of the machine's by itself." placeholder:"SIZE" env:"MEDIAFLIGHT_SCREEN_MEMORY"`
	SideTables    *byteSize `help:"What columns that training streams read in random order may take in that folder, such as 20GB; 0 for none, a quarter of the machine's memory by itself." placeholder:"SIZE" env:"MEDIAFLIGHT_SIDE_TABLES"`
	TempLimit     byteSize  `help:"What all files there may take together, such as 100GB; no limit by itself." placeholder:"SIZE" env:"MEDIAFLIGHT_TEMP_LIMIT"`
}

// A byteSize is an amount of bytes with a unit.
type byteSize int64

// UnmarshalText reads what SET memory_limit takes.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := session.ParseBytes(string(text))
	*b = byteSize(n)
	return err
}

// memory is what one query may hold. 0 leaves it to the server.
func (f *limitFlags) memory() int64 {
	if f.MemoryLimit > 0 {
		return int64(f.MemoryLimit)
	}
	return collector.Memory() / 4
}

// screens is what codes of vectors may take.
func (f *limitFlags) screens() int64 {
	if f.ScreenMemory != nil {
		return int64(*f.ScreenMemory)
	}
	return collector.Memory() / 16
}

// sideTables is what columns for training streams may take, less than 0 for nothing.
func (f *limitFlags) sideTables() int64 {
	switch {
	case f.SideTables == nil:
		return collector.Memory() / 4
	case *f.SideTables == 0:
		return -1
	}
	return int64(*f.SideTables)
}

// spill is the folder that queries spill to.
func (f *limitFlags) spill(data string) (*spill.Folder, error) {
	dir := f.TempDirectory
	if dir == "" {
		dir = filepath.Join(data, "temp")
	}
	return spill.Open(dir, int64(f.TempLimit))
}
