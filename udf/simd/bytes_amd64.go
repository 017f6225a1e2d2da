//go:build !purego

package simd

// fourByFour makes a kernel for any number of rows of one for multiples of four. The rows behind them are taken by each query.
func fourByFour(kernel func(queries []int8, rows []byte, n int, dots *int32), single func(query []int8, rows []byte, dots []int32)) func(queries []int8, rows []byte, n int, dots []int32) {
	return func(queries []int8, rows []byte, n int, dots []int32) {
		dim := len(queries) / 4
		if n%4 == 0 && n > 0 {
			kernel(queries, rows, n, &dots[0])
			return
		}
		for i := range 4 {
			single(queries[i*dim:(i+1)*dim], rows, dots[i*n:(i+1)*n])
		}
	}
}
