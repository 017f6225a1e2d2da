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
