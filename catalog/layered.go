package catalog

// A Layered catalog answers for some schemas itself and hands everything else to the catalog beneath.
type Layered interface {
	// Over is the same over another catalog, which is made of the one beneath.
	Over(replace func(beneath Catalog) Catalog) Catalog
}
