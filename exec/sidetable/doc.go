// Package sidetable keeps columns of data files in a form whose rows are read in any order.
//
// A row here and a row there of a compressed page costs the decoding of the page each time: some thousand rows a second. A column that is
// read so is therefore decoded once, in the background, into a file that is mapped; from then on a row costs a copy. Vectors that lie in
// place in the data file need nothing of the sort: they are read where they are.
//
// Data files never change, so a side table is good for every snapshot that has the file. Side tables that nobody uses go when others need
// their room.
package sidetable
