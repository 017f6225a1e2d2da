package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mediaflight/mediaflight/udf"
)

// functionsPage is the manual's page of functions, a section a kind.
func functionsPage(set *udf.Set) []byte {
	var page bytes.Buffer
	fmt.Fprint(&page, `# Functions

This page is written from the function table (package udf). An example's two sides are equal: the tests evaluate it.
Types are those of [SQL](sql.md).
`)
	scalars := slices.DeleteFunc(slices.Clone(set.Scalars()), func(f udf.Scalar) bool { return f.Internal })
	var kinds []string
	for _, f := range scalars {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	for _, kind := range kinds {
		fmt.Fprintf(&page, "\n## %s\n", title(kind))
		for _, f := range sorted(scalars, func(f udf.Scalar) string { return f.Name }) {
			if f.Kind == kind {
				entry(&page, f.Name, f.Aliases, f.Args, f.Doc, f.Example)
			}
		}
	}
	fmt.Fprint(&page, "\n## Aggregates\n")
	for _, f := range sorted(set.Aggregates(), func(f udf.Aggregate) string { return f.Name }) {
		entry(&page, f.Name, f.Aliases, f.Args, f.Doc, f.Example)
	}
	fmt.Fprint(&page, "\n## Window functions\nWith OVER; so may every aggregate be.\n")
	for _, f := range set.Windows() {
		entry(&page, f.Name, nil, f.Args, f.Doc, "")
	}
	return page.Bytes()
}

func entry(page *bytes.Buffer, name string, aliases, args []string, doc, example string) {
	fmt.Fprintf(page, "\n### %s(%s)\n%s\n", name, strings.Join(args, ", "), doc)
	if len(aliases) > 0 {
		fmt.Fprintf(page, "Also: %s.\n", strings.Join(aliases, ", "))
	}
	if example != "" {
		fmt.Fprintf(page, "\n    %s\n", strings.ReplaceAll(example, "\n", "\n    "))
	}
}

func sorted[T any](list []T, name func(T) string) []T {
	return slices.SortedFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(name(a), name(b)) })
}

func title(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }
