// Package system adds the read-only schemas information_schema, as the SQL standard has it, and mediaflight, which tells
// of snapshots, files, indexes, functions and settings, to another catalog.
//
// A system table has no rows of its own: a scan asks the catalog for what there is at that moment. A scan that names
// schemas or tables by = or IN asks for no others, so that a client's look-up of one table's columns does not load the
// metadata of all tables. To add a table, write a view and its line in the list of its schema.
package system
