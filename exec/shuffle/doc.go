// Package shuffle orders the rows of a training stream. The order is a pure function of the number of rows and a key: nothing is
// sorted, stored or shared, and a stream begins at any place at once.
//
// What this package computes is part of what a stream's state stands for. A change of it is a new Version; the golden orders in
// testdata hold the old one.
package shuffle

// Version is that of the algorithms.
const Version = 1
