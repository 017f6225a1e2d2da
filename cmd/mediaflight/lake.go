package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/catalog/external"
	"github.com/mediaflight/mediaflight/catalog/iceberg"
	"github.com/mediaflight/mediaflight/catalog/system"
	"github.com/mediaflight/mediaflight/flightsrv"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
	"github.com/mediaflight/mediaflight/udf/buffers"
)

// A lake is a data folder and a server over it.
type lake struct {
	Catalog catalog.Catalog
	Server  *flightsrv.Server
	tables  *iceberg.Catalog
	files   *external.Reader
}

// openLake builds the parts of a server and hands them to each other. It does not listen. SQL may use the files in some folders.
func openLake(ctx context.Context, dir string, folders []string, limits limitFlags, log *slog.Logger) (*lake, error) {
	temp, err := limits.spill(dir)
	if err != nil {
		return nil, err
	}
	roots, err := external.OpenRoots(folders...)
	if err != nil {
		return nil, err
	}
	tables, err := iceberg.Open(ctx, dir, iceberg.Options{Logger: log, ScreenBytes: limits.screens()})
	if err != nil {
		return nil, err
	}
	key, err := ticketKey(dir)
	if err != nil {
		return nil, errors.Join(err, tables.Close())
	}
	functions, files := udf.Builtin(), external.NewReader(roots)
	all := system.New(tables, functions, flightsrv.Settings()...)
	server, err := flightsrv.New(flightsrv.Config{
		Catalog:   all,
		Files:     files,
		Planner:   &planner.Planner{Catalog: all, Files: files, Functions: functions},
		Functions: functions,
		Allocator: new(buffers.Pool),
		Logger:    log,
		Version:   version,
		Workers:   processors,
		Crowded:   crowded,
		TicketKey: key,

		MemoryLimit:    limits.memory(),
		Spill:          temp,
		SideTableBytes: limits.sideTables(),
	})
	if err != nil {
		return nil, errors.Join(err, tables.Close())
	}
	return &lake{Catalog: all, Server: server, tables: tables, files: files}, nil
}

// Close stops the server at once and closes the folder.
func (l *lake) Close() error {
	l.Server.Close()
	l.files.Close()
	return l.tables.Close()
}

// serveAlone answers on a port of this machine that nobody was told of, for a client in this process. It returns the
// server's address.
func (l *lake) serveAlone() (uri string, err error) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	go l.Server.Serve(listener) // until Close
	return "grpc://" + listener.Addr().String(), nil
}
