package main

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A step says how far a long task has come.
type step struct {
	Text        string // what is being done, or has been
	Done, Total int64
}

// A unit is what a task's steps count.
type unit struct {
	name  string
	scale int64 // of the counts that progressLines shows
	bytes bool
}

var (
	megabytes = unit{"MB", 1e6, true}
	rows      = unit{"rows", 1, false}
)

// A progress shows how far a task has come.
type progress interface {
	show(step)
	end()
}

// newProgress is a bar on a terminal and a line now and then elsewhere.
func newProgress(out *os.File, counts unit) progress {
	if !term.IsTerminal(int(out.Fd())) {
		return &progressLines{out: out, unit: counts, last: time.Now()}
	}
	return &progressBar{bar: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(out),
		progressbar.OptionShowBytes(counts.bytes),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString(counts.name),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30),
	)}
}

type progressBar struct {
	bar  *progressbar.ProgressBar
	done int64
}

func (b *progressBar) show(s step) {
	if s.Done < b.done { // another stage has begun
		b.bar.Reset()
	}
	b.done = s.Done
	if b.bar.GetMax64() != s.Total {
		b.bar.ChangeMax64(s.Total)
	}
	b.bar.Describe(s.Text)
	b.bar.Set64(s.Done) // a bar that cannot be drawn is no reason to stop
}

func (b *progressBar) end() { b.bar.Finish() }

// progressLines writes a line every few seconds, for logs.
type progressLines struct {
	out         *os.File
	unit        unit
	start, last time.Time
	begun, done int64 // of the stage that is running
}

func (l *progressLines) show(s step) {
	const every = 2 * time.Second
	if l.start.IsZero() || s.Done < l.done {
		l.start, l.begun = time.Now(), s.Done
	}
	l.done = s.Done
	if time.Since(l.last) < every || s.Done == l.begun {
		return
	}
	l.last = time.Now()
	rate := float64(s.Done-l.begun) / time.Since(l.start).Seconds()
	left := time.Duration(float64(s.Total-s.Done) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(l.out, "%s: %d of %d %s, %.0f %s/s, %s left\n", s.Text, s.Done/l.unit.scale, s.Total/l.unit.scale, l.unit.name,
		rate/float64(l.unit.scale), l.unit.name, left)
}

func (l *progressLines) end() {}
