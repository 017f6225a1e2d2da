package parse

import "testing"

// Expressions that are written as text and read again are the same.
func TestExpression(t *testing.T) {
	for _, text := range []string{"1 + 1", "'it''s'", "now()", "ARRAY['a', 'b']", "'2024-01-01'::date", "CASE WHEN true THEN 1 ELSE 2 END", "lower('X') || 'y'", "-1.50"} {
		stmt, err := Parse("SELECT " + text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Expression(stmt.Node.GetSelectStmt().TargetList[0].GetResTarget().Val)
		if err != nil || got != text {
			t.Errorf("%s is written as %q, %v", text, got, err)
		}
	}
}
