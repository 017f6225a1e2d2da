// Package index keeps the vector indexes of a lake: their files, their building, and their use by searches. What is in the
// files, and how it is searched, is package ivf's business.
//
// # The folder
//
//	indexes/TABLE/INDEX/index.json      what the index is: its definition, and which files it consists of
//	                    building.json   the same of one that is being built, as far as it is
//	                    lock            locked by whoever builds or changes it, in whatever process
//	                    *.puffin        the quantizer, the curve, and segments
//
// TABLE and INDEX are identities that are never used again, so that whoever writes into the folder of an index that was
// dropped meanwhile finds no folder, and never another index. The folder lies outside those of tables: other engines that
// clean up after a table do not know of its indexes.
//
// A Puffin file has one blob, not compressed, at a multiple of 64 bytes. It is written once, made durable, and then named
// by index.json with its length and checksum; index.json is replaced as a whole, by a rename. A process that is killed at any
// time leaves the index as it was, and files that nobody names, which Folder.Sweep removes. A building that was cut short
// goes on from building.json: a quantizer that was trained is not trained again, a segment that was written stays.
//
// # What an index covers
//
// A segment covers data files, by their locations, with all their rows: Iceberg's data files never change, and what is
// deleted from them is a matter of the snapshot. A view of an index for a snapshot says which of the files it covers the
// snapshot has, as what ordinals, and which of their rows it has deleted. Files that the snapshot has and the index does not
// are searched exactly by the caller; so are those that somebody else has rewritten. Whatever the index lacks, an answer is
// at worst slower.
//
// # Damage
//
// Files are mapped when an index is first searched. Sizes and structure are checked then, so that no bytes can crash a
// search, and so are the checksums of small files; large ones are read through in the background meanwhile. An index whose
// check fails, now or later, is not used any more: searches are exact, with a warning. Found rows are always measured by the
// vectors in the data files, so that damage which is not noticed yet can only have rows be missed.
package index
