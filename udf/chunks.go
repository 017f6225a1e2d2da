package udf

// chunks runs a kernel over all rows and reports whether it answered true for any piece. Constants are spread over a piece
// first, so that one loop serves columns and constants on either side.
func chunks[T any](a, b column[T], out []T, kernel func(a, b, out []T) bool) bool {
	if len(out) == 0 || len(a.values) == 0 || len(b.values) == 0 {
		return false
	}
	if a.step == 1 && b.step == 1 {
		return kernel(a.values[:len(out)], b.values[:len(out)], out)
	}
	var constA, constB [256]T
	x, y := constA[:], constB[:]
	if a.step == 0 {
		spread(x, a.values[0])
	}
	if b.step == 0 {
		spread(y, b.values[0])
	}
	any := false
	for from := 0; from < len(out); from += len(constA) {
		to := min(from+len(constA), len(out))
		if a.step == 1 {
			x = a.values[from:to]
		}
		if b.step == 1 {
			y = b.values[from:to]
		}
		if kernel(x[:to-from], y[:to-from], out[from:to]) {
			any = true
		}
	}
	return any
}

func spread[T any](to []T, v T) {
	for i := range to {
		to[i] = v
	}
}
