// Package screening keeps codes of vector columns in memory, so that exact searches need not read all vectors: package screen
// says which rows cannot be among the nearest by a quarter of the bytes.
//
// # What is coded, and when
//
// A file's column is coded in the background once searches have scanned it in full twice, so that a search that is not
// repeated costs nothing. That reads the vectors once more, where they lie; columns that do not lie in place in their file, as
// those that are compressed or have NULLs, are left alone: decoding what screening leaves would take longer than screening
// saves. Data files never change, so codes are good for as long as they are kept.
//
// # Memory
//
// Codes lie in memory that the garbage collector does not know, up to a number of bytes. Codes that nobody uses make room for
// those of other files, but only if they were not used between the last two scans of the file that is to be coded: searches of
// a table that is larger than the memory screen as much of it as fits, and do not drive out one part by the other. Nothing is
// coded while the machine has little memory left.
package screening
