package exec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Memory is what one query may hold in the operators that hold rows. It may be used at once.
type Memory struct {
	limit      int64
	spillAt    int64 // use that operators which spill do not raise further; 0 is none
	used, peak atomic.Int64

	mu      sync.Mutex
	holders map[*holding]Operator // what holds or held some of it
}

// NewMemory returns a budget of limit bytes; 0 is no limit.
func NewMemory(limit int64) *Memory { return &Memory{limit: limit, spillAt: limit - limit/4} }

// SpillAt has operators that can spill do so rather than raise the use beyond n bytes, instead of three quarters of the limit: what
// a test needs that is to see all of them spill.
func (m *Memory) SpillAt(n int64) { m.spillAt = n }

// Reserve takes n bytes, or fails with state 53200 and takes none.
func (m *Memory) Reserve(n int64) error {
	used := m.used.Add(n)
	if m.limit > 0 && used > m.limit {
		m.used.Add(-n)
		return &Error{State: stateOutOfMemory, Msg: fmt.Sprintf("query needs more memory than it may use: %s%s", formatBytes(m.limit), m.heldBy()),
			Hint: "select fewer columns or rows, or raise the limit of memory for a query: SET memory_limit"}
	}
	raise(&m.peak, used)
	return nil
}

// TryReserve takes n bytes as long as that leaves a quarter of the limit to those who cannot do without. It is for operators that
// spill when they are refused.
func (m *Memory) TryReserve(n int64) bool {
	used := m.used.Add(n)
	if m.spillAt > 0 && used > m.spillAt {
		m.used.Add(-n)
		return false
	}
	raise(&m.peak, used)
	return true
}

// Spare is how much may be reserved yet.
func (m *Memory) Spare() int64 {
	if m.limit == 0 {
		return everything
	}
	return max(m.limit-m.used.Load(), 0)
}

// heldBy names the three operators that hold most, for an error.
func (m *Memory) heldBy() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*holding
	for h := range m.holders {
		if h.held.Load() > 0 {
			all = append(all, h)
		}
	}
	slices.SortFunc(all, func(a, b *holding) int { return cmp.Compare(b.held.Load(), a.held.Load()) })
	var text []string
	for _, h := range all[:min(len(all), 3)] {
		text = append(text, fmt.Sprintf("%s holds %s", m.holders[h], formatBytes(h.held.Load())))
	}
	if len(text) == 0 {
		return ""
	}
	return "; " + strings.Join(text, ", ")
}

// enter notes who holds memory.
func (m *Memory) enter(h *holding, op Operator) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holders == nil {
		m.holders = map[*holding]Operator{}
	}
	m.holders[h] = op
}

// leave forgets who held memory, so that operators which a query makes as it goes on can go.
func (m *Memory) leave(h *holding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.holders, h)
}

// Release gives n bytes back.
func (m *Memory) Release(n int64) { m.used.Add(-n) }

// Used is what is held now.
func (m *Memory) Used() int64 { return m.used.Load() }

// Peak is the most that was held at one time.
func (m *Memory) Peak() int64 { return m.peak.Load() }

// raise sets a to v if that is more.
func raise(a *atomic.Int64, v int64) {
	for {
		old := a.Load()
		if v <= old || a.CompareAndSwap(old, v) {
			return
		}
	}
}

// A holding is the part of a query's memory that one operator holds. Operators embed it; it may be used at once.
type holding struct {
	memory     *Memory
	held, most atomic.Int64
}

// grow reserves n more bytes.
func (h *holding) grow(op Operator, n int64) error {
	if err := h.memory.Reserve(n); err != nil {
		err.(*Error).Operator = op.String()
		return err
	}
	h.took(op, n)
	return nil
}

// tryGrow reserves n more bytes unless others need them more.
func (h *holding) tryGrow(op Operator, n int64) bool {
	if !h.memory.TryReserve(n) {
		return false
	}
	h.took(op, n)
	return true
}

func (h *holding) took(op Operator, n int64) {
	held := h.held.Add(n)
	if held == n {
		h.memory.enter(h, op)
	}
	raise(&h.most, held)
}

// shrink gives n bytes back.
func (h *holding) shrink(n int64) {
	h.held.Add(-n)
	h.memory.Release(n)
}

// free gives everything back.
func (h *holding) free() {
	if n := h.held.Swap(0); n != 0 {
		h.memory.Release(n)
		h.memory.leave(h)
	}
}

// mostHeld is for EXPLAIN ANALYZE.
func (h *holding) mostHeld() int64 { return h.most.Load() }

func formatBytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
