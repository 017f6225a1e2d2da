package simd

func dotBytes(query []int8, rows []byte, dots []int32) {
	for i := range dots {
		row := rows[i*len(query) : (i+1)*len(query)]
		sum := int32(0)
		for j, q := range query {
			sum += int32(q) * int32(row[j])
		}
		dots[i] = sum
	}
}

// eachOfFour makes a kernel for four queries of one for a single query.
func eachOfFour(kernel func(query []int8, rows []byte, dots []int32)) func(queries []int8, rows []byte, n int, dots []int32) {
	return func(queries []int8, rows []byte, n int, dots []int32) {
		dim := len(queries) / 4
		for i := range 4 {
			kernel(queries[i*dim:(i+1)*dim], rows, dots[i*n:(i+1)*n])
		}
	}
}
