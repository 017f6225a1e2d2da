package shuffle

import (
	"crypto/sha256"
	"encoding/binary"
)

// A Key makes one permutation another than the next. Keys of different purposes, seeds and epochs have nothing in common, as they would
// if an epoch were added to the seed.
type Key [2]uint64

// A purpose is what a key is for.
type purpose string

const (
	forRows   purpose = "rows"
	forStart  purpose = "start"
	forBlocks purpose = "blocks"
	forWindow purpose = "window"
)

// key derives a key by SHA-256. index tells apart several of one purpose.
func (p purpose) key(seed, epoch, index int64) Key {
	text := append([]byte("mediaflight shuffle 1 "), p...)
	for _, n := range []int64{seed, epoch, index} {
		text = binary.LittleEndian.AppendUint64(text, uint64(n))
	}
	sum := sha256.Sum256(text)
	return Key{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}

// FileKey is a key for the rows of a data file, by its name.
func FileKey(name string) Key {
	sum := sha256.Sum256([]byte("mediaflight split 1 " + name))
	return Key{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}

// Word is the i-th of the pseudo-random words of a key: SplitMix64 (Steele, Lea and Flood 2014), whose increment is the key's too.
func (k Key) Word(i uint64) uint64 { return mix(k[0] + (i+1)*(k[1]|1)) }

// mix is the finalizer of SplitMix64 (Stafford's variant 13).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
