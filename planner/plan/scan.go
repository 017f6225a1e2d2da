package plan

// Addressable tells whether a scan could give its rows' addresses as well: rows of text files have none.
func (n *Scan) Addressable() bool {
	return n.Address == nil && (n.Files == nil || n.Files.Format == "parquet")
}
