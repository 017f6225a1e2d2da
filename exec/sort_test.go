package exec_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/substrait-io/substrait-protobuf/go/substraitpb"

	"github.com/mediaflight/mediaflight/catalog/memtable"
	. "github.com/mediaflight/mediaflight/exec/exectest"
)

func TestSort(t *testing.T) {
	var p Plan
	by := func(rows []string, keys ...string) {
		t.Run(strings.Join(keys, ","), func(t *testing.T) {
			plan := p.Bytes(Sort(p.Scan(clips, nil, 0, 1, 2), parseKeys(keys)...), "id", "title", "score")
			Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: rows})
		})
	}
	one, two, three, four, five, six := "1|one|0.5", "2|NULL|0.25", "3|three|NULL", "4|four|0.75", "5|five|0.5", "6|six|1"
	by([]string{two, one, five, four, six, three}, "2 asc last") // equal rows stay in their order
	by([]string{three, two, one, five, four, six}, "2 asc first")
	by([]string{three, six, four, one, five, two}, "2 desc first")
	by([]string{six, four, one, five, two, three}, "2 desc last")
	by([]string{five, four, one, six, three, two}, "1 asc last")
	by([]string{two, three, six, one, four, five}, "1 desc first")
	by([]string{two, five, one, four, six, three}, "2 asc last", "0 desc last")
	by([]string{six, five, four, three, two, one}, "0 desc last")
}

// parseKeys reads keys such as "2 desc last".
func parseKeys(texts []string) (keys []*pb.SortField) {
	for _, text := range texts {
		var column int
		var direction, nulls string
		fmt.Sscan(text, &column, &direction, &nulls)
		d := map[string]pb.SortField_SortDirection{"asc first": AscFirst, "asc last": AscLast, "desc first": DescFirst, "desc last": DescLast}[direction+" "+nulls]
		keys = append(keys, Key(Col(column), d))
	}
	return keys
}

func TestTopK(t *testing.T) {
	var p Plan
	top := func(skip, count int64, rows ...string) {
		t.Run(fmt.Sprint(skip, count), func(t *testing.T) {
			sort := Sort(p.Scan(clips, nil, 0, 2), Key(Col(1), DescLast))
			Run(t, Case{Catalog: lake, Order: true, Rows: rows, Stops: count == 0, Plan: p.Bytes(Fetch(sort, p.Int(skip), p.Int(count)), "id", "score")})
		})
	}
	top(0, 0)
	top(0, 1, "6|1")
	top(0, 3, "6|1", "4|0.75", "1|0.5") // 1 came before 5
	top(2, 2, "1|0.5", "5|0.5")
	top(4, 9, "2|0.25", "3|NULL")
	top(9, 9)
}

// TestTopKOfMany compares a top-k, which forgets most rows, with a sort.
func TestTopKOfMany(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var batches []string
	for b := range 10 {
		var rows []string
		for i := range 60 {
			rows = append(rows, fmt.Sprintf(`{"k": %d, "v": "%d-%d"}`, r.Intn(200), b, i))
		}
		batches = append(batches, "["+strings.Join(rows, ",")+"]")
	}
	many := Table("many", []arrow.Field{Field("k", bigint), Field("v", text)}, batches...)
	lake := memtable.NewCatalog(many)
	var p Plan
	sorted := p.Bytes(Sort(p.Scan(many, nil), Key(Col(0), AscLast)), "k", "v")
	c := Case{Catalog: lake, Plan: sorted}
	all := c.Collect(t)
	if !slices.IsSortedFunc(all, func(a, b string) int { return key(a) - key(b) }) || len(all) != 600 {
		t.Fatalf("%d rows are not in order", len(all))
	}
	for _, k := range []int64{1, 10, 100, 590} {
		plan := p.Bytes(Fetch(Sort(p.Scan(many, nil), Key(Col(0), AscLast)), p.Int(5), p.Int(k)), "k", "v")
		Run(t, Case{Catalog: lake, Plan: plan, Order: true, Rows: all[5 : 5+k]})
	}
}

func key(row string) (k int) {
	fmt.Sscanf(row, "%d|", &k)
	return k
}
