package ast

import "strings"

// Nearest is the candidate that a word was most likely meant to be, letter case aside: the one at the smallest edit distance, or
// else the only one with a part at that distance, as image_caption has caption. It is empty if nothing is near: one edit for every
// three letters.
func Nearest(word string, candidates []string) string {
	folded := []rune(strings.ToLower(word))
	limit := min(max(1, len(folded)/3)+1, len(folded))
	best, least := "", limit
	for _, c := range candidates {
		if d := distance(folded, []rune(strings.ToLower(c)), least); d < least {
			best, least = c, d
		}
	}
	if best != "" || len(folded) < 3 {
		return best
	}
	for _, c := range candidates {
		for _, part := range strings.Split(strings.ToLower(c), "_") {
			if d := distance(folded, []rune(part), limit); d < limit && c != best {
				if best != "" {
					return ""
				}
				best = c
			}
		}
	}
	return best
}

// distance is the edit distance with swaps of neighbors, or limit if it is not below.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		lowest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			lowest = min(lowest, row[j])
		}
		if lowest >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
