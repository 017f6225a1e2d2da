package indexbench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

var sample = Report{Rows: 1000, Dim: 8, Queries: 10, Metric: "cosine_distance", K: 10, Where: "a < 1", Matches: 100, Lists: 4, BuildSeconds: 1,
	IndexBytes: 4000, VectorBytes: 32000, Points: []Point{
		{Target: 0.99, Recall: 0.995, PerSecond: 2000, P50: 500},
		{Target: 0.9, Recall: 0.92, PerSecond: 9000, P50: 100},
	}}

func TestReportAsText(t *testing.T) {
	var out bytes.Buffer
	if err := sample.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"where a < 1: 100 rows (10 %)", "12.5 % of the vectors", "0.990  0.9950"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestReportAsJSONReadsBack(t *testing.T) {
	var out bytes.Buffer
	var back Report
	if err := sample.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Points[1] != sample.Points[1] {
		t.Errorf("%v: %+v", err, back)
	}
}

// TestPicture: it is XML, and points of higher recall stand further to the right, faster ones higher.
func TestPicture(t *testing.T) {
	var out bytes.Buffer
	if err := sample.WriteSVG(&out); err != nil {
		t.Fatal(err)
	}
	var circles []struct{ X, Y float64 }
	for in := xml.NewDecoder(&out); ; {
		token, err := in.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			var c struct {
				X float64 `xml:"cx,attr"`
				Y float64 `xml:"cy,attr"`
			}
			if err := in.DecodeElement(&c, &start); err != nil {
				t.Fatal(err)
			}
			circles = append(circles, struct{ X, Y float64 }{c.X, c.Y})
		}
	}
	if len(circles) != 2 || circles[0].X >= circles[1].X || circles[0].Y >= circles[1].Y {
		t.Errorf("circles at %v", circles)
	}
}
