package indexbench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/template"
)

// picture has queries per second, on a scale of powers of ten, over recall. Recall is drawn by what is missing to 1, also by
// powers of ten: that is where the effort goes.
var picture = template.Must(template.New("picture").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="12">
<rect width="640" height="400" fill="white"/>
<text x="320" y="20" text-anchor="middle" font-size="14">{{.Title}}</text>
{{- range .Columns}}
<path d="M{{.At}} 40V340" stroke="#ddd"/><text x="{{.At}}" y="358" text-anchor="middle">{{.Label}}</text>
{{- end}}
{{- range .Rows}}
<path d="M80 {{.At}}H610" stroke="#ddd"/><text x="72" y="{{.At}}" dy="4" text-anchor="end">{{.Label}}</text>
{{- end}}
<text x="345" y="384" text-anchor="middle">recall</text>
<text transform="translate(18 190) rotate(-90)" text-anchor="middle">queries/s, one thread</text>
<path d="{{.Line}}" fill="none" stroke="#1565c0" stroke-width="2"/>
{{- range .Dots}}
<circle cx="{{.X}}" cy="{{.Y}}" r="4" fill="#1565c0"><title>{{.Text}}</title></circle>
{{- end}}
</svg>
`))

type tick struct {
	At    float64
	Label string
}

type dot struct {
	X, Y float64
	Text string
}

// WriteSVG draws the points of the report.
func (r *Report) WriteSVG(w io.Writer) error {
	points := slices.Clone(r.Points)
	slices.SortFunc(points, func(a, b Point) int { return int(math.Copysign(1, a.Recall-b.Recall)) })
	least, most := math.Inf(1), 0.0
	for _, p := range points {
		least, most = min(least, p.PerSecond), max(most, p.PerSecond)
	}
	low := math.Floor(math.Log10(max(least, 1)))
	high := max(math.Ceil(math.Log10(max(most, 1))), low+1)
	x := func(recall float64) float64 { // 0.5 to 0.9999
		missing := -math.Log10(max(1-recall, 1e-4))
		return round(80 + 530*max(missing-0.3, 0)/3.7)
	}
	y := func(rate float64) float64 { return round(340 - 300*(math.Log10(max(rate, 1))-low)/(high-low)) }
	drawing := struct {
		Title         string
		Columns, Rows []tick
		Line          string
		Dots          []dot
	}{Title: fmt.Sprintf("%d × %d, %s, k = %d", r.Rows, r.Dim, r.Metric, r.K)}
	for _, recall := range []float64{0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999} {
		drawing.Columns = append(drawing.Columns, tick{x(recall), fmt.Sprint(recall)})
	}
	for power := low; power <= high; power++ {
		drawing.Rows = append(drawing.Rows, tick{y(math.Pow(10, power)), fmt.Sprintf("%.0f", math.Pow(10, power))})
	}
	var line strings.Builder
	for i, p := range points {
		d := dot{x(p.Recall), y(p.PerSecond), fmt.Sprintf("recall %.4f, %.0f queries/s", p.Recall, p.PerSecond)}
		drawing.Dots = append(drawing.Dots, d)
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&line, "%c%g %g", command, d.X, d.Y)
	}
	drawing.Line = line.String()
	return picture.Execute(w, drawing)
}

// round is to a tenth of a unit, which nobody sees.
func round(x float64) float64 { return math.Round(10*x) / 10 }
