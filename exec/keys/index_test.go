package keys

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// TestIndex compares indexes over random rows of all sorts of keys with a search through the rows.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	number := func(limit int, scale string) func() string {
		return func() string { return fmt.Sprint(r.Intn(limit)) + scale }
	}
	for _, c := range []struct {
		name   string
		types  []arrow.DataType
		values []func() string
		rows   int
	}{
		{"close", []arrow.DataType{arrow.PrimitiveTypes.Int64}, []func() string{number(3000, "")}, 2000},
		{"few", []arrow.DataType{arrow.PrimitiveTypes.Int16}, []func() string{number(5, "")}, 300},
		{"far apart", []arrow.DataType{arrow.PrimitiveTypes.Int64}, []func() string{number(9000, "000000000007")}, 9000},
		{"both ends", []arrow.DataType{arrow.PrimitiveTypes.Int64}, []func() string{func() string {
			return []string{"-9223372036854775808", "9223372036854775807", "0"}[r.Intn(3)]
		}}, 50},
		{"double", []arrow.DataType{arrow.PrimitiveTypes.Float64}, []func() string{func() string {
			return []string{"-0.0", "0.0", `"NaN"`, `"Inf"`, "1e-300", "7"}[r.Intn(6)]
		}}, 60},
		{"two", []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.FixedWidthTypes.Date32}, []func() string{number(2000, "000000"), func() string { return fmt.Sprintf(`"20%02d-01-01"`, r.Intn(20)) }}, 3000},
		{"text", []arrow.DataType{arrow.BinaryTypes.String}, []func() string{func() string { return fmt.Sprintf(`"t%d"`, r.Intn(500)) }}, 1000},
		{"text and decimals", []arrow.DataType{arrow.BinaryTypes.String, &arrow.Decimal128Type{Precision: 15, Scale: 2}, &arrow.Decimal128Type{Precision: 38, Scale: 0}},
			[]func() string{func() string { return fmt.Sprintf(`"t%d"`, r.Intn(9)) }, func() string { return fmt.Sprintf(`"%d.25"`, r.Intn(4)-2) },
				func() string { return fmt.Sprintf(`"%d0000000000000000000000"`, r.Intn(4)-2) }}, 500},
		{"too wide", []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64}, []func() string{number(40, "00000000000000007"), number(30, ".5e-200")}, 900},
		{"lists", []arrow.DataType{arrow.ListOf(arrow.PrimitiveTypes.Int32)}, []func() string{func() string { return fmt.Sprintf("[%d, %d]", r.Intn(5), r.Intn(5)) }}, 200},
		{"nothing", []arrow.DataType{arrow.PrimitiveTypes.Int32}, []func() string{number(3, "")}, 0},
	} {
		for _, nullSafe := range []bool{false, true} {
			for _, workers := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/nullSafe=%t/workers=%d", c.name, nullSafe, workers), func(t *testing.T) {
					column := func(i, n int) arrow.Array {
						texts := make([]string, n)
						for j := range texts {
							if texts[j] = c.values[i](); r.Intn(10) == 0 {
								texts[j] = "null"
							}
						}
						return parse(t, c.types[i], "["+strings.Join(texts, ",")+"]")
					}
					columns := func(n int) []arrow.Array {
						out := make([]arrow.Array, len(c.types))
						for i := range out {
							out[i] = column(i, n)
						}
						return out
					}
					b := &IndexBuild{Types: c.types, Workers: workers, Reserve: func(int64) error { return nil }}
					for range c.types {
						b.NullSafe = append(b.NullSafe, nullSafe)
					}
					for n := c.rows; n > 0; n -= 700 {
						b.Chunks = append(b.Chunks, columns(min(n, 700)))
					}
					checkIndex(t, b, columns(200), nullSafe)
				})
			}
		}
	}
}

func checkIndex(t *testing.T, b *IndexBuild, probe []arrow.Array, nullSafe bool) {
	t.Helper()
	key := func(columns []arrow.Array, row int) (string, bool) {
		var text string
		for _, a := range columns {
			if a.IsNull(row) && !nullSafe {
				return "", false
			}
			v := a.ValueStr(row)
			if v == "-0" {
				v = "0"
			}
			text += fmt.Sprintf("%q %t,", v, a.IsNull(row))
		}
		return text, true
	}
	want := map[string][]uint32{}
	row := uint32(0)
	var nulls []uint32
	for _, columns := range b.Chunks {
		for i := range columns[0].Len() {
			if k, ok := key(columns, i); ok {
				want[k] = append(want[k], row)
			} else {
				nulls = append(nulls, row)
			}
			row++
		}
	}
	n := probe[0].Len()
	from, to := make([]uint32, n), make([]uint32, n)
	for _, existence := range []bool{false, true} {
		b.Existence = existence
		x, err := b.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Nulls(), nulls) {
			t.Errorf("rows without a key: %v, want %v", x.Nulls(), nulls)
		}
		var s IndexScratch
		x.Find(&s, probe, from, to)
		all := make([]uint32, n)
		for i := range all {
			all[i] = uint32(i)
		}
		kept := x.Keep(&s, probe, all)
		groups := 0
		if !existence {
			x.Groups(func(from, to uint32) { groups++ })
			if groups != len(want) {
				t.Errorf("%d groups, want %d", groups, len(want))
			}
		}
		for i := range n {
			k, ok := key(probe, i)
			rows := want[k]
			if !ok {
				rows = nil
			}
			if len(rows) > 0 && !slices.Contains(kept, uint32(i)) {
				t.Fatalf("row %d of key %s was dropped", i, k)
			}
			if existence {
				if (from[i] < to[i]) != (len(rows) > 0) {
					t.Fatalf("key %s: found %t", k, from[i] < to[i])
				}
				continue
			}
			var got []uint32
			for at := from[i]; at < to[i]; at++ {
				if x.Rows() == nil {
					got = append(got, at)
				} else {
					got = append(got, x.Rows()[at])
				}
			}
			if !slices.Equal(got, rows) {
				t.Fatalf("key %s is at rows %v, want %v", k, got, rows)
			}
		}
	}
}
