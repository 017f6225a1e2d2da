package catalog

import "testing"

func TestParsePartitionField(t *testing.T) {
	for text, want := range map[string]PartitionField{
		"kind":                  {Transform: "identity", Column: "kind"},
		`"Kind of ""it"""`:      {Transform: "identity", Column: `Kind of "it"`},
		"Day(taken)":            {Transform: "day", Column: "taken"},
		"hours( taken )":        {Transform: "hour", Column: "taken"},
		"bucket(16, id)":        {Transform: "bucket", Column: "id", Width: 16},
		`bucket("id, too", 16)`: {Transform: "bucket", Column: "id, too", Width: 16},
		"truncate(Title,3)":     {Transform: "truncate", Column: "title", Width: 3},
		"identity(größe)":       {Transform: "identity", Column: "größe"},
	} {
		got, err := ParsePartitionField(text)
		if err != nil || got != want {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
			continue
		}
		if again, err := ParsePartitionField(got.String()); err != nil || again != got {
			t.Errorf("%s is spelled %s, which is %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "(kind)", "day taken)", "day(taken", "day()", "day(taken, 3)", "bucket(id)", "bucket(0, id)", "bucket(-1, id)", "bucket(2, id, 3)", "week(taken)", `"open`} {
		if got, err := ParsePartitionField(text); err == nil {
			t.Errorf("%s is %v", text, got)
		}
	}
}
