package index

import (
	"context"
	"math"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/index/ivf"
)

// calibrate measures how far searches of the index to be have to look.
func (j *job) calibrate(ctx context.Context) error {
	if j.next.Quantizer == nil {
		return nil
	}
	o, err := (&Index{folder: j.folder, dir: j.dir, manifest: j.next}).mapAll()
	if err != nil {
		return err
	}
	defer o.close()
	v, err := o.viewOf(ctx, j.source)
	if err != nil {
		return err
	}
	defer o.closeView(v)
	reading := newReading(j.source, v.vectors.places, j.next.Dim)
	defer reading.close()
	var curve *ivf.Curve
	err = guardFaults(func() (err error) {
		curve, err = ivf.Calibrate(ctx, o.search, v.search, reading, ivf.CalibrateOptions{
			Workers: j.workers,
			Seed:    j.seed(),
			Watch: func(done, all int64) {
				j.watch(catalog.IndexProgress{Stage: "calibrate", Done: done, Rows: all})
			},
		})
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range curve.Points() {
		j.next.Points = append(j.next.Points, curvePoint{K: p.K, Probes: p.Probes, Recall: math.Round(p.Recall*1e4) / 1e4})
	}
	j.next.Curve, err = writeFile(j.newPath("curve"), curveBlob, j.next, curve.Bytes())
	return err
}
