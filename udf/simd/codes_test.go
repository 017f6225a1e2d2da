package simd

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// randomCodes makes blocks of codes. Factors are small whole numbers, so that bounds are exact in whatever way they are
// rounded.
func randomCodes(r *rand.Rand, tables, blocks int) []byte {
	codes := make([]byte, blocks*CodeBlockBytes(tables))
	for i := range codes {
		codes[i] = byte(r.Uint32())
	}
	for b := range blocks {
		factors := codes[b*CodeBlockBytes(tables)+16*tables:]
		for i := range CodesInBlock {
			putFloat32(factors, i, float32(r.IntN(2000)-1000))
			putFloat32(factors, i+CodesInBlock, float32(-r.IntN(8)))
		}
	}
	return codes
}

func putFloat32(bytes []byte, i int, x float32) {
	binary.NativeEndian.PutUint32(bytes[4*i:], math.Float32bits(x))
}

// randomScan asks for a half of the codes or so, in some blocks for none.
func randomScan(r *rand.Rand, tables, blocks int) CodeScan {
	scan := CodeScan{
		Table:  make([]byte, 16*tables),
		Delta:  0.25,
		Offset: float32(r.IntN(100)) - 32*float32(tables),
		Limit:  float32(r.IntN(200) - 100),
		Masks:  make([]uint32, blocks),
		Bounds: make([]float32, blocks*CodesInBlock),
	}
	for i := range scan.Table {
		scan.Table[i] = byte(r.Uint32())
	}
	for b := range scan.Masks {
		scan.Masks[b] = r.Uint32() | r.Uint32()
		if r.IntN(4) == 0 {
			scan.Masks[b] = 0
		}
	}
	return scan
}

func cloneScan(s CodeScan) CodeScan {
	s.Masks, s.Bounds = slices.Clone(s.Masks), slices.Clone(s.Bounds)
	return s
}

// bounded are the bounds of the codes that are left.
func bounded(s *CodeScan) map[int]float32 {
	left := map[int]float32{}
	for b, mask := range s.Masks {
		for i := range CodesInBlock {
			if mask>>i&1 != 0 {
				left[b*CodesInBlock+i] = s.Bounds[b*CodesInBlock+i]
			}
		}
	}
	return left
}

// scansOf has a set do scans in every way it can.
func scansOf(set *Kernels) map[string]func(codes []byte, scans []CodeScan, from, to int) {
	return map[string]func(codes []byte, scans []CodeScan, from, to int){
		"one by one": func(codes []byte, scans []CodeScan, from, to int) {
			for i := range scans {
				set.ScanCodes(codes, scans[i:i+1], from, to)
			}
		},
		"four": set.ScanCodes4,
	}
}

func TestScanCodes(t *testing.T) {
	tables := []int{16, 32, 48, 96, 192, 240, 256, 272, 288, 512, 528, 1024}
	eachSet(t, func(t *testing.T, set *Kernels) {
		r := rand.New(rand.NewPCG(11, 12))
		for _, tables := range tables {
			for _, blocks := range []int{1, 2, 3, 7} {
				codes := shifted(randomCodes(r, tables, blocks), r.IntN(64))
				var scans []CodeScan
				for range 4 {
					scans = append(scans, randomScan(r, tables, blocks))
				}
				from := r.IntN(blocks)
				for how, scan := range scansOf(set) {
					var got, want []CodeScan
					for _, s := range scans {
						s.Table = shifted(s.Table, r.IntN(64))
						got, want = append(got, cloneScan(s)), append(want, cloneScan(s))
					}
					plainScan(codes, want, from, blocks)
					scan(codes, got, from, blocks)
					for i := range got {
						if !slices.Equal(got[i].Masks, want[i].Masks) {
							t.Fatalf("%s, scan %d of %d tables, %d blocks: left %x, want %x", how, i, tables, blocks, got[i].Masks, want[i].Masks)
						}
						g, w := bounded(&got[i]), bounded(&want[i])
						for code := range w {
							if code >= from*CodesInBlock && g[code] != w[code] {
								t.Fatalf("%s, scan %d of %d tables: code %d is bounded by %g, want %g", how, i, tables, code, g[code], w[code])
							}
						}
					}
				}
			}
		}
	})
}

// plainScan reads codes as the layout is described, a bit at a time.
func plainScan(codes []byte, scans []CodeScan, from, to int) {
	for i := range scans {
		s := &scans[i]
		tables := len(s.Table) / 16
		for b := from; b < to; b++ {
			block := codes[b*CodeBlockBytes(tables):]
			for code := range CodesInBlock {
				j, shift := 2*(code%8), code/16*4
				if code%16 >= 8 {
					j++
				}
				sum := 0
				for t := range tables {
					sum += int(s.Table[16*t+int(block[16*t+j]>>shift&15)])
				}
				factors := block[16*tables:]
				bound := float32At(factors, code) + float32At(factors, CodesInBlock+code)*(s.Delta*float32(sum)+s.Offset)
				s.Bounds[b*CodesInBlock+code] = bound
				if !(bound < s.Limit) {
					s.Masks[b] &^= 1 << code
				}
			}
		}
	}
}

// shifted copies bytes to an address so far past a multiple of 64, the last page of memory behind them.
func shifted(bytes []byte, shift int) []byte {
	memory := make([]byte, len(bytes)+128)
	start := -int(uintptr(unsafe.Pointer(unsafe.SliceData(memory))))&63 + shift
	copy(memory[start:], bytes)
	return memory[start : start+len(bytes)]
}

// TestScanCodesOddNumbers has factors and limits that are no numbers: nothing passes that is not below.
func TestScanCodesOddNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachSet(t, func(t *testing.T, set *Kernels) {
		for how, scan := range scansOf(set) {
			for _, c := range []struct {
				add, scale, delta, offset, limit float32
				want                             bool
			}{
				{add: 1, scale: -1, delta: 1, limit: 1, want: false},
				{add: 1, scale: -1, delta: 1, limit: 2, want: true},
				{add: inf, delta: 1, limit: inf, want: false}, // what pads a block
				{add: -inf, delta: 1, limit: -inf, want: false},
				{add: -inf, delta: 1, limit: -1, want: true},
				{add: nan, delta: 1, limit: inf, want: false},
				{scale: nan, delta: 1, limit: inf, want: false},
				{scale: inf, delta: 1, limit: inf, want: false},
				{scale: 1, delta: nan, limit: inf, want: false},
				{scale: 1, offset: nan, limit: inf, want: false},
				{limit: nan, want: false},
				{add: 1e38, limit: inf, want: true},
			} {
				codes := make([]byte, CodeBlockBytes(16))
				for i := range CodesInBlock {
					putFloat32(codes[256:], i, c.add)
					putFloat32(codes[256:], i+CodesInBlock, c.scale)
				}
				var scans []CodeScan
				for range 4 {
					scans = append(scans, CodeScan{
						Table: make([]byte, 256),
						Delta: c.delta, Offset: c.offset, Limit: c.limit,
						Masks: []uint32{0xffffffff}, Bounds: make([]float32, CodesInBlock),
					})
				}
				scan(codes, scans, 0, 1)
				want := uint32(0)
				if c.want {
					want = 0xffffffff
				}
				for _, s := range scans {
					if s.Masks[0] != want {
						t.Fatalf("%s %+v: left %x", how, c, s.Masks[0])
					}
				}
			}
		}
	})
}

// TestScanManyCodes is about ScanCodes itself: long lists in pieces, and numbers of scans that are no multiple of four.
func TestScanManyCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	const tables, blocks = 96, 301
	codes := randomCodes(r, tables, blocks)
	for n := range 10 {
		var got, want []CodeScan
		for range n {
			s := randomScan(r, tables, blocks)
			got, want = append(got, cloneScan(s)), append(want, cloneScan(s))
		}
		ScanCodes(codes, got)
		plainScan(codes, want, 0, blocks)
		for i := range got {
			if !slices.Equal(got[i].Masks, want[i].Masks) {
				t.Errorf("scan %d of %d differs", i, n)
			}
		}
	}
}

func BenchmarkScanCodes(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dims := range []int{128, 384, 768, 1536} {
		tables := dims / 4
		for _, place := range []struct {
			name  string
			bytes int
		}{{"L2", 1 << 18}, {"L3", 12 << 20}, {"memory", 256 << 20}} {
			blocks := place.bytes / CodeBlockBytes(tables)
			codes := randomCodes(r, tables, blocks)
			scans := make([]CodeScan, 4)
			for i := range scans {
				scans[i] = randomScan(r, tables, blocks)
				scans[i].Limit = float32(math.Inf(-1))
			}
			for i := range available {
				set := &available[i]
				run := func(name string, n int, scan func(codes []byte, scans []CodeScan, from, to int)) {
					b.Run(fmt.Sprintf("%d/%s/%s/%s", dims, place.name, name, set.Name), func(b *testing.B) {
						from, step := 0, min(blocks, uninterrupted/CodeBlockBytes(tables))
						quick(b, n*step*CodesInBlock, "code", func() {
							for i := range scans[:n] {
								for j := from; j < from+step; j++ {
									scans[i].Masks[j] = 1
								}
							}
							scan(codes, scans[:n], from, from+step)
							if from += step; from+step > blocks {
								from = 0
							}
						})
					})
				}
				run("one", 1, set.ScanCodes)
				run("four", 4, set.ScanCodes4)
			}
		}
	}
}
