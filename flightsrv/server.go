package flightsrv

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

	"github.com/mediaflight/mediaflight/catalog"
	"github.com/mediaflight/mediaflight/exec"
	"github.com/mediaflight/mediaflight/exec/sidetable"
	"github.com/mediaflight/mediaflight/exec/spill"
	"github.com/mediaflight/mediaflight/flightsrv/session"
	"github.com/mediaflight/mediaflight/planner"
	"github.com/mediaflight/mediaflight/udf"
)

// A Config is what a server is built from. Catalog, Planner and Functions must be set; zero is a fitting value for all
// else.
type Config struct {
	Catalog   catalog.Catalog
	Files     catalog.Files // for SQL; nil where it uses none
	Planner   *planner.Planner
	Functions *udf.Set
	Logger    *slog.Logger
	Version   string      // as SqlInfo tells it
	TLS       *tls.Config // nil for plaintext

	MemoryLimit    int64         // bytes that one query may hold; 0 for 1 GiB
	Spill          *spill.Folder // for rows beyond that; nil to fail instead
	RowSetBytes    int64         // bytes for remembering what filters of vector searches keep; 0 for 128 MiB, less than 0 for none
	SideTableBytes int64         // bytes for columns that training streams read in random order, in files of Spill; 0 for MemoryLimit, less than 0 for none
	// TemporaryLimit is how many bytes the temporary tables of one session may hold; 0 for a quarter of MemoryLimit.
	TemporaryLimit int64
	Allocator      memory.Allocator // of query results; nil for Arrow's default
	Workers        int              // goroutines that scan for one query; 0 for one a processor
	Crowded        func(bool)       // called as queries begin beside others that have been computing for long, and when that is over; may be nil

	// TicketKey signs tickets. Servers with one key and one catalog read each other's; without a key, one is made up, and
	// tickets do not outlive the server.
	TicketKey []byte
	// TicketLast is how long the rows of a ticket can be read, again and again; 0 for a day.
	TicketLast time.Duration

	// Unoptimized and BatchRows let tests run plans as they were bound, and in batches of any size: answers must not change.
	Unoptimized bool
	BatchRows   int   // 0 for what exec finds best
	SpillAt     int64 // bytes beyond which a query spills; 0 for three quarters of its limit

	SessionLimit  int           // 0 for 10,000
	SessionIdle   time.Duration // 0 for two hours
	PreparedLimit int           // 0 for 10,000
	PreparedIdle  time.Duration // 0 for a day
}

// A Server answers Flight requests on any number of listeners.
type Server struct {
	pb.UnimplementedFlightServiceServer // asked for by the generated code; every method is overridden

	config   Config
	log      *slog.Logger
	grpc     *grpc.Server
	health   *health.Server
	sessions *session.Store
	prepared *session.PreparedStore
	running  running
	plans    planCache
	results  results
	rowSets  *exec.RowSets
	sides    *sidetable.Tables // nil for none
	sqlInfo  sqlInfo
	draining atomic.Bool
}

// New builds a server that does not listen yet.
func New(config Config) (*Server, error) {
	if config.Catalog == nil || config.Planner == nil || config.Functions == nil {
		return nil, errors.New("flightsrv: a server needs a catalog, a planner and functions")
	}
	config = config.filled()
	s := &Server{
		config:   config,
		log:      config.Logger,
		health:   health.NewServer(),
		sessions: &session.Store{Limit: config.SessionLimit, Idle: config.SessionIdle, Now: time.Now},
		prepared: &session.PreparedStore{Limit: config.PreparedLimit, Bytes: 256 << 20, Idle: config.PreparedIdle, Now: time.Now},
		plans:    planCache{limit: 1000},
		results:  results{limit: 256 << 20},
		rowSets:  exec.NewRowSets(config.RowSetBytes),
		running:  running{told: config.Crowded},
		sqlInfo:  sqlInfoOf(config),
	}
	if config.Spill != nil && config.SideTableBytes > 0 {
		s.sides = sidetable.New(config.Spill, config.SideTableBytes, config.Logger)
	}
	s.grpc = grpc.NewServer(s.options()...)
	pb.RegisterFlightServiceServer(s.grpc, s)
	healthpb.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	return s, nil
}

func (c Config) filled() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Allocator == nil {
		c.Allocator = memory.DefaultAllocator
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.TicketKey == nil {
		c.TicketKey = make([]byte, 32)
		rand.Read(c.TicketKey)
	}
	if c.TicketLast == 0 {
		c.TicketLast = 24 * time.Hour
	}
	if c.MemoryLimit == 0 {
		c.MemoryLimit = 1 << 30
	}
	if c.TemporaryLimit == 0 {
		c.TemporaryLimit = c.MemoryLimit / 4
	}
	if c.SideTableBytes == 0 {
		c.SideTableBytes = c.MemoryLimit
	}
	if c.RowSetBytes == 0 {
		c.RowSetBytes = 128 << 20
	}
	if c.SessionLimit == 0 {
		c.SessionLimit = 10_000
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = 2 * time.Hour
	}
	if c.PreparedLimit == 0 {
		c.PreparedLimit = 10_000
	}
	if c.PreparedIdle == 0 {
		c.PreparedIdle = 24 * time.Hour
	}
	return c
}

// receiveWindow is how much a client may send before the server has taken it.
const receiveWindow = 16 << 20

// options set gRPC up for large streams to many kinds of clients.
func (s *Server) options() []grpc.ServerOption {
	pool := &bufferPool{}
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec(pool)),
		experimental.BufferPool(pool),
		// A large buffer makes few system calls; it is shared, so that idle connections do not hold it.
		grpc.WriteBufferSize(1 << 20),
		grpc.ReadBufferSize(64 << 10),  // every connection holds one; four times as much made ingests no cheaper
		grpc.MaxRecvMsgSize(256 << 20), // batches of bulk ingests
		// Windows that gRPC sizes itself cost a ping with its answer for every message received, a third of a small query's
		// system calls. It would open them as far as this.
		grpc.StaticStreamWindowSize(receiveWindow),
		grpc.StaticConnWindowSize(receiveWindow),
		grpc.MaxHeaderListSize(256 << 10), // JDBC sends every unknown URL parameter as a header
		grpc.MaxConcurrentStreams(1000),
		// A goroutine that serves one call after another has grown its stack for them once. What finds none free gets its own.
		grpc.NumStreamWorkers(16),
		// Load balancers cut connections that are silent for minutes; clients ping as they see fit.
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		grpc.StatsHandler(&connections{sessions: s.sessions}),
		grpc.UnaryInterceptor(s.interceptUnary),
		grpc.StreamInterceptor(s.interceptStream),
	}
	if s.config.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(s.config.TLS)))
	}
	return options
}

// Serve answers on the listener until Drain or Close.
func (s *Server) Serve(l net.Listener) error {
	return s.grpc.Serve(s.watch(l))
}

// farewell is how long cancelled queries have to tell their clients why they ended.
const farewell = time.Second

// Drain refuses new requests, waits for those that run, and stops. When ctx is over it cancels them.
func (s *Server) Drain(ctx context.Context) {
	s.draining.Store(true)
	s.health.Shutdown()
	if running := len(s.Running()); running > 0 && ctx.Err() == nil {
		s.log.Info("draining", "running", running)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.GracefulStop()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.running.cancelAll(&Error{State: shuttingDown, Msg: "the server is shutting down"})
		select {
		case <-done:
		case <-time.After(farewell):
			s.grpc.Stop() // clients that do not read
			<-done
		}
	}
	s.prepared.CloseAll()
	s.results.clear()
	if s.sides != nil {
		s.sides.Close()
	}
}

// Close stops at once.
func (s *Server) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Drain(ctx)
}
