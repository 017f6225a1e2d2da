package reader

import "github.com/mediaflight/mediaflight/udf/buffers"

// pageMemory is where pages of byte strings are decompressed to, and where the text of arrays, indexes into dictionaries and
// addresses are. It is used again, and not cleared, because all of them fill it: fresh memory for every batch cost streams of
// text a quarter of their CPU time, for clearing it and for the collector. Whoever keeps a string beyond its batch must copy it.
var pageMemory buffers.Pool
