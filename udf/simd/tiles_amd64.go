//go:build !purego

package simd

// A tilesKernel stores the inner products of height rows of a with n rows of b, at least 4.
type tilesKernel func(a, b *float32, n, dim int, out *float32, stride int)

// dotTiled makes a kernel for any number of rows of one for height rows of a. What does not fill a tile goes by pairs.
func dotTiled(height int, kernel tilesKernel, pair func(a, b []float32) float32) func(a, b []float32, dim int, out []float32) {
	const least = 4
	return func(a, b []float32, dim int, out []float32) {
		na, nb := len(a)/dim, len(b)/dim
		i := 0
		if nb >= least {
			step := max(uninterrupted/(2*dim), least)
			for ; i+height <= na; i += height {
				for j := 0; j < nb; j += step {
					n := nb - j
					if n >= step+least {
						n = step
					}
					kernel(&a[i*dim], &b[j*dim], n, dim, &out[i*nb+j], nb)
					if n > step {
						break
					}
				}
			}
		}
		for ; i < na; i++ {
			for j := range nb {
				out[i*nb+j] = pair(a[i*dim:(i+1)*dim], b[j*dim:(j+1)*dim])
			}
		}
	}
}
