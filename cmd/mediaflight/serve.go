package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mediaflight/mediaflight/flightsrv"
)

// drainTime is how long running queries have to end once the server is told to stop.
const drainTime = 30 * time.Second

type listenFlags struct {
	Flight        string `help:"Address of the Flight SQL service." default:"localhost:8815" placeholder:"HOST:PORT" env:"MEDIAFLIGHT_FLIGHT"`
	HTTP          string `name:"http" help:"Address of the HTTP service: health at /healthz." default:"localhost:8816" placeholder:"HOST:PORT" env:"MEDIAFLIGHT_HTTP"`
	AllowInsecure bool   `help:"Listen on addresses that other machines reach although there is neither TLS nor authentication." env:"MEDIAFLIGHT_ALLOW_INSECURE"`
}

type serve struct {
	dataFlag
	filesFlag
	limitFlags
	listenFlags
	LogLevel slog.Level `help:"debug, info, warn or error." default:"info" placeholder:"LEVEL" env:"MEDIAFLIGHT_LOG_LEVEL"`
}

func (s *serve) Run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: s.LogLevel}))
	flight, web, err := s.listen()
	if err != nil {
		return err
	}
	lake, err := openLake(ctx, s.Data, s.Files, s.limitFlags, log)
	if err != nil {
		return err
	}
	defer lake.Close()
	sweeping, stop := context.WithCancel(ctx)
	var sweep sync.WaitGroup
	sweep.Go(func() { lake.sweep(sweeping, log) })
	sweep.Go(func() { lake.tables.KeepIndexes(sweeping, foldEvery) })
	defer sweep.Wait()
	defer stop()
	log.Info("serving", "flight", "grpc://"+flight.Addr().String(), "http", "http://"+web.Addr().String(), "data", s.Data, "version", version)
	return lake.serve(ctx, flight, web)
}

// foldEvery is how often a server looks whether rows were appended that indexes should cover.
const foldEvery = 10 * time.Second

// leftoverAge is how old the files of a write that was cut short are when they are removed: older than any write lasts.
const leftoverAge = 24 * time.Hour

// sweep removes what killed processes have left in the data folder. Queries need not wait for it.
func (l *lake) sweep(ctx context.Context, log *slog.Logger) {
	swept, err := l.tables.Sweep(ctx, time.Now().Add(-leftoverAge))
	switch {
	case err != nil && ctx.Err() == nil:
		log.Warn("what killed processes left is not removed", "error", err)
	case swept.Files+swept.Folders > 0:
		log.Info("removed what killed processes left", "files", swept.Files, "folders", swept.Folders, "bytes", swept.Bytes)
	}
}

// listen opens both ports, so that a port in use is an error before any work.
func (f *listenFlags) listen() (flight, web net.Listener, err error) {
	if flight, err = f.open("--flight", f.Flight); err != nil {
		return nil, nil, err
	}
	if web, err = f.open("--http", f.HTTP); err != nil {
		return nil, nil, errors.Join(err, flight.Close())
	}
	return flight, web, nil
}

// open listens on the address of a flag. Errors say what to do with the flags.
func (f *listenFlags) open(flag, address string) (net.Listener, error) {
	listener, err := flightsrv.Listen(address, false, false, f.AllowInsecure)
	var refused *flightsrv.Error
	switch {
	case errors.As(err, &refused):
		return nil, fmt.Errorf("%w; listen on a loopback address, or ask for an open server with --allow-insecure", err)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use; stop what listens there, or choose another address with %s HOST:PORT", address, flag)
	}
	return listener, err
}

// serve answers until ctx is over and the queries that run then have ended.
func (l *lake) serve(ctx context.Context, flight, web net.Listener) error {
	httpServer := &http.Server{Handler: l.handler(), ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.Server.Serve(flight) })
	group.Go(func() error {
		if err := httpServer.Serve(web); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		l.Server.Drain(limit)
		return httpServer.Shutdown(limit)
	})
	return group.Wait()
}

func (l *lake) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := l.Catalog.Schemas(r.Context()); err != nil {
			http.Error(w, "the catalog does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
