// Command mediaflight serves media tables over Arrow Flight SQL, loads files into them, and is a shell to ask them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mediaflight/mediaflight/clients/shell"
	"github.com/mediaflight/mediaflight/cmd/mediaflight/collector"
)

// version is set by the linker.
var version = "dev"

// A flag means the same in every command, and may be given in a configuration file or the environment instead.
type commands struct {
	Config kong.ConfigFlag `help:"JSON file with flags by their names." type:"path" placeholder:"FILE" env:"MEDIAFLIGHT_CONFIG"`

	Serve   serve       `cmd:"" help:"Serve the tables of a data folder."`
	Demo    demo        `cmd:"" help:"Load the sample media lake, serve it and run the sample queries."`
	SQL     sql         `cmd:"" name:"sql" help:"Ask in SQL: from a terminal, a file or the command line."`
	Load    loadFiles   `cmd:"" name:"load" help:"Load Parquet, Arrow, CSV or JSON lines files into a table."`
	Index   indexes     `cmd:"" help:"Build, check and measure vector indexes."`
	Version showVersion `cmd:"" help:"Print the version."`
}

// A dataFlag names the folder of tables.
type dataFlag struct {
	Data string `help:"Folder of the tables." type:"path" default:"./mediaflight-data" placeholder:"DIR" env:"MEDIAFLIGHT_DATA"`
}

// A filesFlag names the folders whose files SQL may use.
type filesFlag struct {
	Files []string `help:"Folders whose files SQL may read and write: read_parquet('...'), COPY. None for a server; for the shell on a data folder, the current folder." type:"path" placeholder:"DIR" env:"MEDIAFLIGHT_FILES"`
}

// A uriFlag names a running server.
type uriFlag struct {
	URI string `name:"uri" help:"Go through a running server, such as grpc://localhost:8815, instead of the data folder." placeholder:"URI" env:"MEDIAFLIGHT_URI"`
}

type showVersion struct{}

func (showVersion) Run() error {
	_, err := fmt.Println("mediaflight", version)
	return err
}

func main() {
	collector.Start()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends the process at once
	var c commands
	parser := kong.Parse(&c,
		kong.Name("mediaflight"),
		kong.Description("An open Arrow Flight SQL server for media tables."),
		kong.Configuration(kong.JSON, "mediaflight.json"),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.UsageOnError(),
	)
	err := parser.Run()
	switch {
	case err == nil:
	case errors.Is(err, shell.ErrFailed): // it has been shown
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, message(err))
		os.Exit(1)
	}
}

// message shows an error as the shell would, with its state and hint.
func message(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return fmt.Sprintf("ERROR %s: %v", state.SQLState(), err)
	}
	return fmt.Sprintf("ERROR: %v", err)
}
