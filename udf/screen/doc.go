// Package screen tells rows apart by codes of their vectors: those that are certainly not among a query's nearest rows, and
// those that must be measured. Codes take a quarter of the vectors' memory, and exact search is as fast as memory is read.
//
// # Codes
//
// A vector x is coded as whole numbers c from -127 to 127 and a scale s, so that s*c is near x, with two numbers more: a bound
// r of the residual ||x - s*c||, rounded up, and the norm X = ||x||. A query q is coded alike, as t*g with the residual R and
// the norm Q. Vectors whose norm is out of [2^-40, 2^40], zero vectors and those with NaN or infinite elements have an infinite
// residual: they are always measured. Queries of that kind are not screened.
//
// # Bounds
//
// With D = <g,c>, which is a whole number and exact,
//
//	<q,x> = <tg,sc> + <q - tg, sc> + <q, x - sc>  <=  t*s*D + R*(X + r) + Q*r  =  U
//
// by the inequality of Cauchy and Schwarz, since ||sc|| <= X + r. A row is beyond a limit if its inner product is certainly
// below -limit, its cosine U/(QX) below 1 - limit, the square of its Euclidean distance, Q^2 + X^2 - 2U, above limit^2.
//
// # Rounding
//
// What must be beyond the limit is not the true distance but the one that kernels compute: in float32, of n elements, in any
// order. With u = 2^-24 and g = n*u/(1 - n*u) their sums are off by less than g*QX for inner products, and by less than
// (1 + g)(1+u)^2 as a factor for sums of squares; square roots and quotients are float64. Numbers that leave float32's range
// below add less than n*2^-149, which is nothing beside g*QX as both norms are at least 2^-40, and none leaves it above.
// X comes from such a sum of squares, so that it is off by a factor of less than 1 + g/2 + u. All this, and the rounding of the
// bound itself in float64, is less than half of
//
//	slack = 8*(n + 16)*u
//
// with which -limit grows by slack*QX, the cosine by slack, and Q^2 + X^2 shrinks by a factor of 1 - slack. It is 2*10^-4 for 384
// elements, where the residuals make the bound of a cosine some 0.02 wide. Vectors have at most 2^16 elements, so that g is
// below 2^-7.
//
// All three are one comparison, of numbers that depend on the query and the limit alone with those of the row:
//
//	s*t*D + r*(Q + R) + X*(C - X*H)  <  L
//
//	                    C                          H                L
//	inner product       R + slack*Q                0                -limit
//	cosine              R - (1 - limit - slack)*Q  0                0
//	Euclidean           R                          (1 - slack)/2    (Q^2*(1 - slack) - limit^2*(1 + slack))/2
package screen
