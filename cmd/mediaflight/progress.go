package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/mediaflight/mediaflight/catalog/load"
)

// A progress shows how far a load has come.
type progress interface {
	show(load.Progress)
	end()
}

// newProgress is a bar on a terminal and a line now and then elsewhere.
func newProgress(out *os.File) progress {
	if !term.IsTerminal(int(out.Fd())) {
		return &progressLines{out: out, last: time.Now(), start: time.Now()}
	}
	return &progressBar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(out),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30),
	)}
}

type progressBar struct{ bar *progressbar.ProgressBar }

func (b *progressBar) show(p load.Progress) {
	if b.bar.GetMax64() != p.Total {
		b.bar.ChangeMax64(p.Total)
	}
	b.bar.Describe(fmt.Sprintf("%d rows", p.Rows))
	b.bar.Set64(p.Read) // a bar that cannot be drawn is no reason to stop
}

func (b *progressBar) end() { b.bar.Finish() }

// progressLines writes a line every few seconds, for logs.
type progressLines struct {
	out         *os.File
	start, last time.Time
}

func (l *progressLines) show(p load.Progress) {
	const every = 2 * time.Second
	if time.Since(l.last) < every {
		return
	}
	l.last = time.Now()
	rate := float64(p.Read) / time.Since(l.start).Seconds()
	left := time.Duration(float64(p.Total-p.Read) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(l.out, "%d rows, %d of %d MB, %.0f MB/s, %s left: %s\n", p.Rows, p.Read/1e6, p.Total/1e6, rate/1e6, left, p.File)
}

func (l *progressLines) end() {}
