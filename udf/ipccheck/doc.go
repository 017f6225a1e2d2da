// Package ipccheck reads Arrow IPC that comes from outside: what clients send, plans carry and users load.
//
// arrow-go's reader trusts what a message says of itself. A vector's length in a schema is a slice that is made before its
// first element is looked at, a body's length is memory that is taken before its first byte has come, offsets that wrap
// around make it recurse until the stack ends: a hundred bytes end the process, and no recover can help. A count of nodes or
// buffers is not looked at at all; the reader goes on into whatever bytes follow. The arrays that come of it may point
// anywhere, and the first kernel that reads them panics.
//
// So this package walks each message first, holding every offset to the bytes that came and every count to what they can
// hold (flatbuffer.go, schema.go, batch.go, compressed.go), gives it to arrow-go, and then holds the arrays to their buffers
// and to sizes that their writing out would take (values.go). What passes is as good as our own: operators need not look
// again. A fault is an *Error, and the process and other queries go on.
//
// The walk costs microseconds a message and the check of arrays a pass over offsets, indices and validity, not over values:
// vectors and numbers are passed by.
package ipccheck
