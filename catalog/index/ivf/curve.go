package ivf

// A Curve tells how many lists to look at.
type Curve struct{}

func (c *Curve) probes(lists int, recall, k float64) int {
	return max(lists/8, 1)
}
