package ipccheck

// Metadata versions, as a message counts them.
const (
	version4 = 3 // Arrow 0.8
	version5 = 4 // Arrow 1.0
)

// Headers of messages.
const (
	headerSchema          = 1
	headerDictionaryBatch = 2
	headerRecordBatch     = 3
)

// A checker holds a stream's messages to their bytes and to the stream's schema, which comes first.
type checker struct {
	schema *schema
}

// message checks a message before arrow-go reads it.
func (c *checker) message(header, body []byte) error {
	b := newFlatbuffer(header)
	t := b.table(0)
	version := t.int16(0, 0)
	t.keyValues(4)
	content, ok := t.table(2)
	switch {
	case b.err != nil:
		return b.err
	case version < version4 || version > version5:
		return unsupported("a message has a version of Arrow's format that is not known", "write it with Arrow 1.0 or later")
	case !ok:
		return badf("message is damaged: it has no content")
	}
	kind := t.uint8(1)
	if (kind == headerSchema) != (c.schema == nil) {
		return badf("a stream begins with its schema, and has one")
	}
	switch kind {
	case headerSchema:
		s, err := checkSchema(content)
		if err != nil {
			return err
		}
		c.schema = s
		return nil
	case headerDictionaryBatch:
		return c.dictionary(content, body)
	case headerRecordBatch:
		return checkBatch(content, c.schema.batch, body)
	}
	return unsupported("a message holds neither schema nor rows", "send record batches; tensors are not read")
}

func (c *checker) dictionary(t table, body []byte) error {
	id := t.int64(0)
	values, known := c.schema.dictionaries[id]
	data, ok := t.table(1)
	switch {
	case t.b.err != nil:
		return t.b.err
	case !known || !ok:
		return badf("dictionary %d without a field or without values", id)
	case t.uint8(2) != 0:
		// arrow-go appends deltas before anyone can look at the values, and takes the memory that their offsets ask for.
		return unsupported("delta dictionaries are not read", "send a whole dictionary in place of each delta")
	}
	return checkBatch(data, values, body)
}

// checkBatch walks a RecordBatch table: the nodes and buffers that a layout wants are there, and buffers are apart from each
// other within the body.
func checkBatch(t table, want layout, body []byte) error {
	if rows := t.int64(0); rows < 0 {
		return badf("batch of %d rows", rows)
	}
	nodes, nodeCount := t.vector(1, 16)
	buffers, bufferCount := t.vector(2, 16)
	counts, viewCount := t.vector(4, 8)
	if t.b.err != nil {
		return t.b.err
	}
	if viewCount < want.views {
		return badf("batch has %d counts of buffers, its schema wants %d", viewCount, want.views)
	}
	for k := range want.views {
		n := t.b.int64(counts + 8*k)
		if n < 0 || n > int64(bufferCount) {
			return badf("batch with a column of %d buffers", n)
		}
		want.buffers += int(n)
	}
	if nodeCount < want.nodes || bufferCount < want.buffers {
		return badf("batch has %d arrays of %d buffers, its schema wants %d of %d", nodeCount, bufferCount, want.nodes, want.buffers)
	}
	for k := range nodeCount {
		rows, nulls := t.b.int64(nodes+16*k), t.b.int64(nodes+16*k+8)
		if rows < 0 || nulls < 0 || nulls > rows {
			return badf("array of %d rows with %d nulls", rows, nulls)
		}
	}
	unpack, err := newUnpacker(t, len(body))
	if err != nil {
		return err
	}
	left := int64(len(body))
	for k := range bufferCount {
		offset, n := t.b.int64(buffers+16*k), t.b.int64(buffers+16*k+8)
		if offset < 0 || n < 0 || offset > int64(len(body)) || n > int64(len(body))-offset {
			return badf("buffer of %d bytes at %d in a body of %d", n, offset, len(body))
		}
		if left -= n; left < 0 {
			return badf("buffers overlap: they take more than the body's %d bytes", len(body))
		}
		if err := unpack.buffer(body[offset : offset+n]); err != nil {
			return err
		}
	}
	return t.b.err
}
