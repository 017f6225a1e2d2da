package reader

import (
	"sort"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/format"
)

// A chunk is one column of one row group. What is learned about it stays with the file, for later scans.
type chunk struct {
	file *File
	leaf *node
	meta *format.ColumnChunk
	rows int64

	load    *sync.Once
	loadErr error
	pages   []pageRef
	dict    int64 // offset of the dictionary page, 0 if there is none
	indexed bool  // pages are those of the offset index, in its order
}

// A pageRef is a data page's place.
type pageRef struct {
	offset int64 // of its header
	size   int64 // header and body
	// first is the first row that begins in the page, -1 where that takes decoding all pages before it: lists in version 1
	// pages without an offset index.
	first int64
	// uniform is the list length that the page's levels are proven to have throughout; 0 if there is no proof.
	uniform atomic.Int32
	proof   atomic.Pointer[proof] // of a page whose values are read in place, once it was
}

// check sees that the metadata is sound.
func (c *chunk) check() error {
	meta, path := &c.meta.MetaData, c.leaf.Path
	switch {
	case c.meta.CryptoMetadata.Value != nil:
		return unsupported(c.file.path, "write the file without encryption", "column %s is encrypted", path)
	case c.meta.FilePath != "":
		return unsupported(c.file.path, "", "column %s lies in another file", path)
	case meta.Type != c.leaf.Type.V:
		return corrupt(c.file.path, "column %s is %s in the schema, %s in a row group", path, c.leaf.Type.V, meta.Type)
	case meta.NumValues < 0 || c.leaf.Rep == 0 && meta.NumValues != c.rows:
		return corrupt(c.file.path, "column %s has %d values in a row group of %d rows", path, meta.NumValues, c.rows)
	}
	if c.rows == 0 {
		return nil
	}
	size := int64(len(c.file.data))
	if begin, end := c.begin(), c.end(); begin < 4 || meta.TotalCompressedSize < 0 || end < begin || end > size {
		return corrupt(c.file.path, "column %s lies at [%d, %d) in a file of %d bytes", path, begin, end, size)
	}
	return nil
}

// begin is where the chunk's first page lies. Some writers leave a dictionary offset of 0 or one past the data.
func (c *chunk) begin() int64 {
	meta := &c.meta.MetaData
	if meta.DictionaryPageOffset >= 4 && meta.DictionaryPageOffset < meta.DataPageOffset {
		return meta.DictionaryPageOffset
	}
	return meta.DataPageOffset
}

func (c *chunk) end() int64 { return c.begin() + c.meta.MetaData.TotalCompressedSize }

// locate finds the pages, once.
func (c *chunk) locate() error {
	c.load.Do(func() {
		if !c.locateByIndex() {
			c.pages = nil
			c.loadErr = c.locateByWalk()
		}
	})
	return c.loadErr
}

// locateByIndex takes the pages from the offset index, if there is one that makes sense.
func (c *chunk) locateByIndex() bool {
	var index format.OffsetIndex
	if !c.file.decodeIndex(c.meta.OffsetIndexOffset, c.meta.OffsetIndexLength, &index) || len(index.PageLocations) == 0 {
		return false
	}
	c.pages = make([]pageRef, len(index.PageLocations))
	at, first := c.begin(), int64(0)
	for i, page := range index.PageLocations {
		size := int64(page.CompressedPageSize)
		if page.Offset < at || size <= 0 || page.Offset+size > c.end() || page.FirstRowIndex < first || page.FirstRowIndex >= c.rows || i == 0 && page.FirstRowIndex != 0 {
			return false
		}
		c.pages[i].offset, c.pages[i].size, c.pages[i].first = page.Offset, size, page.FirstRowIndex
		at, first = page.Offset+size, page.FirstRowIndex
	}
	if c.pages[0].offset > c.begin() {
		c.dict = c.begin()
	}
	c.indexed = true
	return true
}

// decodeIndex decodes an index outside of the footer and says whether there is a sound one.
func (f *File) decodeIndex(offset int64, length int32, into any) bool {
	if offset <= 0 || length <= 0 || offset > int64(len(f.data))-int64(length) {
		return false
	}
	_, err := decodeThrift(f.data[offset:offset+int64(length)], into)
	return err == nil
}

// locateByWalk steps from page header to page header.
func (c *chunk) locateByWalk() error {
	values, first := int64(0), int64(0)
	for at := c.begin(); at < c.end() && values < c.meta.MetaData.NumValues; {
		header, body, err := c.header(at)
		if err != nil {
			return err
		}
		next := body + int64(header.CompressedPageSize)
		switch header.Type {
		case format.DictionaryPage:
			c.dict = at
		case format.DataPage, format.DataPageV2:
			c.pages = append(c.pages, pageRef{})
			page := &c.pages[len(c.pages)-1]
			page.offset, page.size, page.first = at, next-at, first
			n, rows := pageCounts(&header)
			values += n
			switch {
			case first < 0:
			case c.leaf.Rep == 0:
				first += n
			case header.Type == format.DataPageV2:
				first += rows
			default:
				first = -1
			}
		}
		at = next
	}
	if values != c.meta.MetaData.NumValues {
		return corrupt(c.file.path, "column %s: pages have %d values, the column says %d", c.leaf.Path, values, c.meta.MetaData.NumValues)
	}
	return nil
}

func pageCounts(header *format.PageHeader) (values, rows int64) {
	if header.Type == format.DataPageV2 {
		return int64(header.DataPageHeaderV2.V.NumValues), int64(header.DataPageHeaderV2.V.NumRows)
	}
	return int64(header.DataPageHeader.V.NumValues), 0
}

// header decodes the page header at an offset and checks it. body is where the page's bytes begin.
func (c *chunk) header(offset int64) (header format.PageHeader, body int64, err error) {
	n, err := decodeThrift(c.file.data[offset:c.end()], &header)
	if err != nil {
		return header, 0, corrupt(c.file.path, "column %s: page header at %d: %v", c.leaf.Path, offset, err)
	}
	body = offset + int64(n)
	values, rows := pageCounts(&header)
	switch {
	case header.CompressedPageSize < 0 || header.UncompressedPageSize < 0 || body+int64(header.CompressedPageSize) > c.end(),
		header.UncompressedPageSize > maxPage, header.UncompressedPageSize > smallPage && header.UncompressedPageSize/maxExpansion > header.CompressedPageSize,
		header.Type == format.DataPage && !header.DataPageHeader.Valid, header.Type == format.DataPageV2 && !header.DataPageHeaderV2.Valid,
		header.Type == format.DictionaryPage && !header.DictionaryPageHeader.Valid,
		values < 0 || values > maxPageValues || values > c.meta.MetaData.NumValues || rows < 0 || rows > c.rows:
		return header, 0, corrupt(c.file.path, "column %s: page header at %d makes no sense", c.leaf.Path, offset)
	}
	return header, body, nil
}

// pageOf finds the page that row begins in. All pages' first rows must be known.
func (c *chunk) pageOf(row int64) int {
	return sort.Search(len(c.pages), func(i int) bool { return c.pages[i].first > row }) - 1
}

// rowsFrom is the row after those that begin in page i.
func (c *chunk) rowsFrom(i int) int64 {
	if i+1 < len(c.pages) {
		return c.pages[i+1].first
	}
	return c.rows
}
